/** The first line of each file that rollcall writes for Traefik. */
const first = "# Written by rollcall, which compares it and writes it again: do not edit. Version ";

/**
 * The text of a document for Traefik's file provider, which reads YAML, of which JSON is a part, and first runs the file as a Go template: each
 * opening of one becomes a template that writes it.
 */
export function fileText(version: string, body: Uint8Array): string {
  return `${first}${version}\n${Buffer.from(body).toString().replaceAll("{{", '{{ "{{" }}')}\n`;
}

/** Whether a file is one of these, whole or cut off. */
export function isRollcalls(text: string): boolean {
  return text.startsWith(first) || first.startsWith(text);
}

/** The version that a file of rollcall's says it has; undefined if it is no such file. */
export function versionIn(text: string): string | undefined {
  return text.startsWith(first) ? /^[0-9a-f]{64}(?=\n)/.exec(text.slice(first.length))?.[0] : undefined;
}
