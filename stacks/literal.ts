/** Text that Terraform takes literally: even in its JSON `${...}` and `%{...}` are code, and a group file contains none. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** A map whose keys and values are taken literally. */
export function literals(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [literal(key), literal(value)]));
}
