import { type KeyPath, writePath } from "../../files/key-path.ts";
import { byPlace, type Problem } from "../../files/problem.ts";
import { readText, type SourceText } from "../../files/source-text.ts";
import type { TraefikDocument } from "../model/document.ts";
import { documentShape } from "../model/shape.ts";
import { fillStruct } from "./fill.ts";
import { readJson } from "./json-body.ts";
import { checkNames, isSection } from "./names.ts";
import { type DecoderNode, nodesOf } from "./node.ts";
import { readPlain } from "./plain-value.ts";
import { served, shown } from "./shown.ts";
import { spansIn } from "./spans.ts";
import type { Fields, Finding, Value } from "./value.ts";
import { type Body, readYaml } from "./yaml-body.ts";

/** What Traefik makes of a body that its HTTP provider gets. */
export type Decoded =
  /** It uses `document`, which includes its defaults; what it reads differently from what is written is in `altered`. */
  | {
      readonly verdict: "accepted";
      readonly document: TraefikDocument;
      readonly altered: readonly Problem[];
      /** The place of a path of the document, or else of what is around it. */
      readonly placeOf: (path: KeyPath) => Omit<Problem, "path" | "message">;
    }
  /** It keeps its configuration; any one of the problems causes that. */
  | { readonly verdict: "rejected"; readonly problems: readonly Problem[] }
  /** It reads an empty document, and removes everything from this provider. */
  | { readonly verdict: "wipes"; readonly problems: readonly Problem[]; readonly altered: readonly Problem[] };

/**
 * Decodes a body as the HTTP provider of a Traefik of `version` does, `3.7` or `3.7.15`. Pure, never throws, whatever the bytes are; the
 * time it takes grows with their number. `file` is the name in places. (Agrees with the running 3.7.15, 3.6.15 and 3.0.4
 * on generated documents: test/real/documents.test.ts.)
 */
export function decode(body: Uint8Array | string, version: string, file = "document"): Decoded {
  const { source, problem } = readText(file, typeof body === "string" ? new TextEncoder().encode(body) : body);
  if (problem) return { verdict: "rejected", problems: [problem] };
  const found = findingsOf(readJson(source.text) ?? readYaml(source.text), version);
  const { problems } = found;
  const document = shown(found.filled, documentShape(version)) as TraefikDocument;
  const altered = [...(source.text.includes("\u0085") ? [nextLine(source.text)] : []), ...found.altered];
  const said = (findings: readonly Finding[]) => findings.map((one) => toProblem(source, one)).sort(byPlace);
  if (problems.length > 0) return { verdict: "rejected", problems: said(problems) };
  if (Object.keys(document).length > 0) {
    const spanOf = spansIn(found.nodes);
    const placeOf = (path: KeyPath) => {
      const { from, to } = spanOf(path);
      return source.at(from, to);
    };
    return { verdict: "accepted", document, altered: said(altered), placeOf };
  }
  const message = "holds nothing that Traefik works with: it would remove everything from this provider";
  return { verdict: "wipes", problems: [{ file, path: "", message }], altered: said(altered) };
}

/** What the decoder finds in a body. The document is empty if there is a problem. */
export interface Findings {
  readonly document: TraefikDocument;
  readonly problems: readonly Finding[];
  readonly altered: readonly Finding[];
  /** What the document was made from. */
  readonly nodes: readonly DecoderNode[];
}

/** Decodes a plain value, as `decode` does a document of it. The result is one that Traefik reads the same again. */
export function decodeValue(value: object, version: string): Findings {
  const { filled, ...found } = findingsOf(readPlain(value), version);
  return { ...found, document: served(filled, documentShape(version)) as TraefikDocument };
}

function findingsOf(read: Body, version: string): Omit<Findings, "document"> & { readonly filled: Fields } {
  const problems = [...read.problems];
  const altered: Finding[] = [];
  const entries = sections(read.value, problems);
  const nodes = nodesOf(
    entries.filter(({ name = "" }) => isSection(name)),
    [],
    problems,
  );
  for (const { key, name } of entries)
    if (name !== undefined && !isSection(name))
      altered.push({ ...key, path: [name], message: "is no section that Traefik reads; it does nothing" });
  const shape = documentShape(version);
  const root = {
    name: "",
    key: read.value,
    value: "",
    children: nodes,
    items: [],
    written: "map",
    from: 0,
    to: 0,
  } as const;
  const report = { problems, altered, version };
  if (nodes.length > 0) checkNames(root, shape, [], report);
  const filled = read.problems.length === 0 ? fillStruct(root, shape, [], report) : {};
  return { filled: problems.length === 0 ? filled : {}, problems, altered, nodes };
}

function sections(value: Value, problems: Finding[]) {
  if (value.is === "map") return value.entries;
  const message = "is not a map; a document has the sections http, tcp, udp and tls";
  if (value.is !== "null" && problems.length === 0)
    problems.push({ path: [], from: value.from, to: value.to, message });
  return [];
}

function nextLine(text: string): Finding {
  const from = text.indexOf("\u0085");
  return { path: [], from, to: from + 1, message: "U+0085 is read as the end of a line, and in text as a space" };
}

function toProblem(source: SourceText, { path, from, to, message }: Finding): Problem {
  return { ...source.at(from, to), path: writePath(path), message };
}
