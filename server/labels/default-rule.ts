import { quote } from "../../traefik/rule/quote.ts";
import type { Label } from "./labels-of.ts";

/** What a default rule is made from: the Docker provider's model. */
export interface RuleModel {
  /** The name of the service: the instance's name without a number at the end, `web` of `web-3`. */
  readonly name: string;
  readonly containerName: string;
  readonly labels: ReadonlyMap<string, Pick<Label, "value">>;
}

/** Makes the rule of a router that has none. */
export type DefaultRule = (model: RuleModel) => string;

type Value = (model: RuleModel) => string;

/**
 * Reads a default rule: a rule with `{{ }}` in its back-quoted texts, as in Go's templates, with a few of sprig's functions. Values enter
 * the rule only through `quote`, so nothing an instance says can become anything but a value.
 */
export function parseDefaultRule(
  template: string,
): { readonly ok: true; readonly rule: DefaultRule } | { readonly ok: false; readonly message: string } {
  const pieces: Value[] = [];
  // A literal of either kind, or the text between literals.
  for (const [piece] of template.matchAll(/`[^`]*`|"(?:[^"\\]|\\.)*"|[^`"]+|[`"]/gs)) {
    if (!piece.includes("{{")) pieces.push(() => piece);
    else if (!piece.startsWith("`")) return { ok: false, message: "{{ }} is only allowed inside `back quotes`" };
    else {
      const value = parseText(piece.slice(1, -1));
      if (typeof value === "string") return { ok: false, message: value };
      pieces.push((model) => quote(value(model)));
    }
  }
  return { ok: true, rule: (model) => pieces.map((piece) => piece(model)).join("") };
}

/** Text with `{{ }}` in it; a string is what is wrong with it. */
function parseText(text: string): Value | string {
  const parts: Value[] = [];
  let rest = text;
  for (let at = rest.indexOf("{{"); at >= 0; at = rest.indexOf("{{")) {
    const end = rest.indexOf("}}", at);
    if (end < 0) return "a {{ is never closed";
    const [before, inside] = [rest.slice(0, at), rest.slice(at + 2, end)];
    const value = parsePipeline(inside);
    if (typeof value === "string") return `{{${inside}}}: ${value}`;
    parts.push(() => before, value);
    rest = rest.slice(end + 2);
  }
  return (model) => parts.map((part) => part(model)).join("") + rest;
}

/** sprig's functions, and Traefik's `normalize`; the piped value comes last. */
const functions: Readonly<Record<string, { readonly takes: number; readonly make: (...texts: string[]) => string }>> = {
  normalize: {
    takes: 1,
    make: (text = "") =>
      text
        .split(/[^\p{L}\p{N}]+/u)
        .filter((part) => part !== "")
        .join("-"),
  },
  lower: { takes: 1, make: (text = "") => text.toLowerCase() },
  upper: { takes: 1, make: (text = "") => text.toUpperCase() },
  trim: { takes: 1, make: (text = "") => text.trim() },
  trimPrefix: { takes: 2, make: (end = "", text = "") => (text.startsWith(end) ? text.slice(end.length) : text) },
  trimSuffix: {
    takes: 2,
    make: (end = "", text = "") => (end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text),
  },
  replace: { takes: 3, make: (from = "", to = "", text = "") => text.replaceAll(from, () => to) },
  default: { takes: 2, make: (other = "", text = "") => (text === "" ? other : text) },
};

/** `.Name | trimSuffix "-x"`, `normalize .Name`, `index .Labels "site"`, with parentheses; a string is what is wrong with it. */
function parsePipeline(source: string): Value | string {
  const tokens = source.match(/"(?:[^"\\]|\\.)*"|\.?[\p{L}_][\p{L}\p{N}_.]*|[().|]|\S/gu) ?? [];
  let at = 0;
  try {
    const value = pipeline();
    if (at < tokens.length) throw new Error(`${tokens[at]} is not expected here`);
    return value;
  } catch (error) {
    return (error as Error).message;
  }

  function pipeline(): Value {
    let value = command([]);
    while (tokens[at] === "|") {
      at++;
      const before = value;
      value = command([before]);
    }
    return value;
  }

  function command(piped: readonly Value[]): Value {
    const name = tokens[at] ?? "";
    if (name === "index") return label();
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!known) {
      if (piped.length > 0) throw new Error(unknown(name));
      return operand();
    }
    at++;
    const values: Value[] = [];
    while (at < tokens.length && tokens[at] !== "|" && tokens[at] !== ")") values.push(operand());
    values.push(...piped);
    if (values.length !== known.takes) throw new Error(`${name} takes ${known.takes} values`);
    return (model) => known.make(...values.map((value) => value(model)));
  }

  function label(): Value {
    const [, labels, name] = tokens.slice(at, at + 3);
    if (labels !== ".Labels" || !name?.startsWith('"')) throw new Error('write index .Labels "name"');
    at += 3;
    const key = JSON.parse(name) as string;
    return ({ labels }) => labels.get(key)?.value ?? "";
  }

  function operand(): Value {
    const token = tokens[at++] ?? "";
    if (token === ".Name") return ({ name }) => name;
    if (token === ".ContainerName") return ({ containerName }) => containerName;
    if (token.startsWith('"')) {
      const text = JSON.parse(token) as string;
      return () => text;
    }
    if (token !== "(") throw new Error(unknown(token));
    const inner = pipeline();
    if (tokens[at++] !== ")") throw new Error("a ( is never closed");
    return inner;
  }
}

function unknown(token: string): string {
  const known = `.Name, .ContainerName, index .Labels "name", ${Object.keys(functions).join(", ")}`;
  return token === "" ? `is empty; there is ${known}` : `${token} is not known here; there is ${known}`;
}
