import { type Node, parseAllDocuments } from "yaml";
import { type KeyPath, writePath } from "./key-path.ts";
import type { Problem } from "./problem.ts";
import { readText, type SourceText } from "./source-text.ts";
import { deepest, tooDeepAt } from "./yaml-depth.ts";
import { type PlainValue, plainValue } from "./yaml-value.ts";

/** One document of a YAML file, with places in it. */
export interface YamlDocument {
  readonly file: string;
  /** Plain values; null where nothing is written. */
  readonly value: unknown;
  /** The line, from 1, on which the value at a path or its key begins; of the nearest one around it, where it is not written. */
  lineOf(path: KeyPath): number;
  /** A problem with the key or the value at a path; it points to the nearest one around it, where it is not written. */
  problem(path: KeyPath, message: string, part?: "key" | "value"): Problem;
  /** Whether the value at a path could not be read, or lies in one that could not; that is among the problems already. */
  unread(path: KeyPath): boolean;
}

export interface ParsedDocuments {
  /** Those that could be read, in order. A file without any content is one document of the value null. */
  readonly documents: readonly YamlDocument[];
  /** What is wrong with the file as YAML 1.2, in no order. A document that is no YAML at all is only here. */
  readonly problems: readonly Problem[];
}

/** Reads the bytes of a YAML file. It never throws, whatever the bytes are. */
export function parseDocuments(file: string, bytes: Uint8Array): ParsedDocuments {
  const { source, problem } = readText(file, bytes);
  if (problem) return { documents: [], problems: [problem] };
  const deep = tooDeepAt(source.text);
  if (deep !== undefined) {
    const message = `nested deeper than ${deepest} levels; a bracket may be missing`;
    return { documents: [], problems: [source.problem(deep, deep + 1, "", message)] };
  }
  const parsed = parseAllDocuments(source.text, {
    prettyErrors: false,
    stringKeys: true,
    // Compares every key with every other one; plainValue looks for them in linear time.
    uniqueKeys: false,
    // Dates, sets and bytes are nothing that a schema here takes.
    resolveKnownTags: false,
    logLevel: "silent",
  });
  if (parsed.length === 0) return { documents: [emptyDocument(source)], problems: [] };
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  for (const { errors, warnings, contents, range, directives } of parsed) {
    const said = new Set<number>();
    for (const { pos, code, message } of [...errors, ...warnings]) {
      const line = source.lineOf(pos[0]);
      // One mistake makes several errors on its line.
      if (!said.has(line)) problems.push(source.problem(pos[0], pos[1], "", syntaxMessage(code, message)));
      said.add(line);
    }
    if (directives.yaml.version !== "1.2")
      problems.push(source.problem(range[0], range[0] + 3, "", "%YAML 1.1 is not read; remove the line"));
    else if (errors.length === 0) documents.push(yamlDocument(source, contents as Node | null, range[0], problems));
  }
  return { documents, problems };
}

function yamlDocument(source: SourceText, contents: Node | null, start: number, problems: Problem[]): YamlDocument {
  const broken = new Set<string>();
  const plain = plainValue(contents, (node, path, message, first) => {
    const where = first?.range ? `, first on line ${source.lineOf(first.range[0])}` : "";
    const [from, to] = node.range ?? [start, start];
    problems.push(source.problem(from, to, writePath(path), message + where));
    if (!first) broken.add(writePath(path));
  });

  function rangeOf(path: KeyPath, part: "key" | "value"): readonly [number, number] {
    for (let length = path.length; length >= 0; length--) {
      const found = plain.find(path.slice(0, length));
      const preferKey = part === "key" || length < path.length;
      const node = preferKey ? (found?.key ?? found?.value) : written(found);
      if (!node?.range) continue;
      // The document as a whole is meant by its first key, not by all of its text.
      return [node.range[0], node.range[1]];
    }
    return [start, start + 1];
  }

  return {
    file: source.file,
    value: plain.value,
    lineOf: (path) => source.lineOf(rangeOf(path, "key")[0]),
    problem: (path, message, part = "value") => source.problem(...rangeOf(path, part), writePath(path), message),
    unread: (path) => broken.size > 0 && path.some((_, index) => broken.has(writePath(path.slice(0, index + 1)))),
  };
}

/** The value, or its key where the value is left empty. */
function written(found: ReturnType<PlainValue["find"]>): Node | undefined {
  const { key, value } = found ?? {};
  return value?.range && value.range[1] > value.range[0] ? value : (key ?? value);
}

function emptyDocument({ file }: SourceText): YamlDocument {
  const problem = (path: KeyPath, message: string) => ({ file, path: writePath(path), message });
  return { file, value: null, lineOf: () => 1, problem, unread: () => false };
}

/** What the YAML library says, with the cure where it is a common mistake. */
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
