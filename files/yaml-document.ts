import { type Node, parseAllDocuments } from "yaml";
import { type KeyPath, writePath } from "./key-path.ts";
import type { Problem } from "./problem.ts";
import { readText, type SourceText } from "./source-text.ts";
import { exceeds } from "./yaml-bounds.ts";
import { plainValue } from "./yaml-value.ts";

/** A place in a file; without a line it is the whole file. */
export type Place = Omit<Problem, "path" | "message">;

/** One document of a YAML file, which can turn paths into places. */
export interface YamlDocument {
  /** Plain values; null for an empty value. */
  readonly value: unknown;
  /** The place of the key or the value at a path; if it is missing, that of its nearest parent key. */
  at(path: KeyPath, part: "key" | "value"): Place;
  /** Whether the value at a path, or one around it, could not be read; the file's problems already include that. */
  unread?(path: KeyPath): boolean;
}

/** A problem with the value at a path of a document, or with its key. */
export function problemAt(
  document: YamlDocument,
  path: KeyPath,
  message: string,
  part: "key" | "value" = "value",
): Problem {
  return { ...document.at(path, part), path: writePath(path), message };
}

export interface ParsedDocuments {
  /** The documents that could be read, in order. An empty file is one document with the value null. */
  readonly documents: readonly YamlDocument[];
  /** The file's problems as YAML 1.2, unordered. A document that is not YAML only appears here. */
  readonly problems: readonly Problem[];
}

/** Reads the bytes of a YAML file, or `text` of the same length in their place. It never throws, for any bytes. */
export function parseDocuments(file: string, bytes: Uint8Array, text?: string): ParsedDocuments {
  const { source, problem } = readText(file, bytes);
  if (problem) return { documents: [], problems: [problem] };
  const beyond = exceeds(text ?? source.text);
  if (beyond) {
    const { offset, message } = beyond;
    return { documents: [], problems: [{ ...source.at(offset, offset + 1), path: "", message }] };
  }
  const parsed = withoutStacks(() =>
    parseAllDocuments(text ?? source.text, {
      prettyErrors: false,
      stringKeys: true,
      // This would compare every key with every other; plainValue finds duplicates in linear time.
      uniqueKeys: false,
      // No schema here accepts dates, sets or bytes.
      resolveKnownTags: false,
      logLevel: "silent",
    }),
  );
  if (parsed.length === 0) return { documents: [{ value: null, at: () => ({ file }) }], problems: [] };
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  for (const { errors, warnings, contents, range, directives } of parsed) {
    const said = new Set<number>();
    for (const { pos, code, message } of [...errors, ...warnings]) {
      const line = source.lineOf(pos[0]);
      // One mistake can cause several errors on its line.
      if (!said.has(line))
        problems.push({ ...source.at(pos[0], pos[1]), path: "", message: syntaxMessage(code, message) });
      said.add(line);
    }
    if (directives.yaml.version !== "1.2")
      problems.push({
        ...source.at(range[0], range[0]),
        path: "",
        message: "YAML 1.1 is not read; remove the %YAML line",
      });
    else if (errors.length === 0) documents.push(yamlDocument(source, contents as Node | null, range[0], problems));
  }
  return { documents, problems };
}

/** The library makes an Error of each mistake; recording where in the code takes four times as long as finding it. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function yamlDocument(source: SourceText, contents: Node | null, start: number, problems: Problem[]): YamlDocument {
  const broken = new Set<string>();
  const { value, find } = plainValue(contents, (node, path, message, first) => {
    const where = first?.range ? `, first on line ${source.lineOf(first.range[0])}` : "";
    const [from, to] = node.range ?? [start, start];
    problems.push({ ...source.at(from, to), path: writePath(path), message: message + where });
    if (!first) broken.add(writePath(path));
  });
  return {
    value,
    at(path, part) {
      for (let length = path.length; length > 0; length--) {
        const { key, value } = find(path.slice(0, length)) ?? {};
        const isValue = part === "value" && length === path.length && value?.range && value.range[1] > value.range[0];
        const node = isValue ? value : (key ?? value);
        if (node?.range) return source.at(node.range[0], node.range[1]);
      }
      const [from, to] = contents?.range ?? [start, start];
      return from < to ? source.at(from, to) : source.at(start, start);
    },
    unread(path) {
      if (broken.size === 0) return false;
      return broken.has("") || path.some((_, index) => broken.has(writePath(path.slice(0, index + 1))));
    },
  };
}

/** The YAML library's message, or the cure for a common mistake. */
function syntaxMessage(code: string, message: string): string {
  const cure = syntaxCures[code];
  return cure ?? `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1, 300)}`;
}

const syntaxCures: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab; YAML is indented with spaces only",
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line; put text that holds one in quotes',
  BAD_SCALAR_START: "text may not begin with this character; put it in quotes",
  MULTILINE_IMPLICIT_KEY: 'a key needs a ": " on its own line',
  NON_STRING_KEY: "a key is text, neither a list nor a map nor an alias",
  TAG_RESOLVE_FAILED: "an unknown tag; remove the word that starts with !",
};
