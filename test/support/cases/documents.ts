import fc from "fast-check";
import { documentShape, type FieldShape, type Shape, type StructShape } from "../../../traefik/model/shape.ts";
import { newestTraefik } from "../../../traefik/model/version.ts";

/** A document before it is text: scalars are as they are written, so that a spelling is part of it. */
export type Written =
  | { readonly raw: string }
  | { readonly list: readonly Written[] }
  | { readonly map: readonly (readonly [key: string, value: Written])[] };

const raw = (text: string): Written => ({ raw: text });
const quoted = (text: string): Written => raw(JSON.stringify(text));
const constants = (...texts: string[]) => fc.constantFrom(...texts.map(raw));

const names = fc.constantFrom("a", "b", "web", "B", "x.y", "[0]", "a b", "\u00e9", "true");
const texts = fc.oneof(
  fc
    .constantFrom(
      "a",
      "Host(`a`)",
      "http://10.0.0.1:80",
      "/x",
      "a, b",
      "10s",
      "true",
      "5",
      "\u{1f600}",
      "#no",
      "a: b",
      "",
    )
    .map(quoted),
  fc.string({ maxLength: 6 }).map((text) => quoted(text)),
);

/** What a field of that shape is right with. */
function right(shape: Shape, depth: number): fc.Arbitrary<Written> {
  switch (shape.is) {
    case "struct":
      return struct(shape, depth);
    case "structs":
      return fc.array(struct(shape.of, depth + 1), { maxLength: 2 }).map((list) => ({ list }));
    case "map":
      return entries(struct(shape.of, depth + 1));
    case "texts":
      return fc.array(texts, { maxLength: 3 }).map((list) => ({ list }));
    case "textMap":
      return entries(texts);
    case "wholeMap":
      return entries(wholes);
    case "rawMaps":
      return entries(entries(fc.oneof(texts, wholes, entries(texts))));
    case "flag":
      return constants("true", "false", '"true"');
    case "duration":
      return constants("10", '"10"', "10s", '"1m30s"', "0.5h", "100ms", "0", '"-1s"');
    case "whole":
      return wholes;
    default:
      return texts;
  }
}

const wholes = constants("0", "1", "200", "-1", '"12"', "2.0", "1e3", "0x1F", "017", "0o17", "1_000", "+5");

/** What is wrong, or odd, in most places. */
const odd: fc.Arbitrary<Written> = fc.oneof(
  constants("null", "~", "true", "yes", "'yes'", '""', "1.5", "2.50", ".5", "-0", "1e400", "9223372036854775807"),
  constants(
    "9223372036854775808",
    "18446744073709551616",
    "0b11",
    "0x",
    "1__0",
    "08",
    "-0x1F",
    ".inf",
    ".nan",
    "+.inf",
  ),
  constants("2024-01-02", "2024-01-02T03:04:05Z", "2024-13-01", "12:30:45", "1h", "5x", "1.5h2", "293y", "300000h"),
  constants('"a\u2551b"', '"a\u2551b\u2551c"', '"\u2551"', '"a\u0085b"', '"a\u2028b"', '"a\ufeffb"', '"\u00a0a "'),
  constants(
    '"\\/"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"\\x41"',
    "!!str 5",
    '!!int "5"',
    "!!float 5",
    "!x a",
    "Null",
    "TRUE",
  ),
  constants("T", '"T"', "f", "on", "a-b", "a,b", "-", "plain text").filter(
    (one) => "raw" in one && !/[,]|^-$/.test(one.raw),
  ),
  fc.constant({ map: [] }),
  fc.constant({ list: [] }),
  fc.constantFrom<Written>(
    { list: [raw("null")] },
    { list: [{ map: [] }] },
    { list: [{ list: [] }] },
    { list: [raw("a"), { map: [] }] },
  ),
  fc.constantFrom<Written>(
    { list: [raw("1"), raw("true")] },
    { list: [raw("1.5"), raw("2")] },
    { list: [raw('" a "'), raw("b")] },
  ),
  fc.constantFrom<Written>(
    { map: [["a", raw("b")]] },
    { map: [["a", { map: [["b", raw("c")]] }]] },
    { list: [{ map: [["a", raw("b")]] }] },
  ),
  fc.constantFrom<Written>(
    { map: [["url", raw('"http://a"')]] },
    { list: [quoted("http://a"), { map: [["url", quoted("http://b")]] }] },
  ),
);

/** Right in most places. */
function value(shape: Shape, depth: number): fc.Arbitrary<Written> {
  return fc.oneof({ weight: depth < 2 ? 60 : 25, arbitrary: right(shape, depth) }, { weight: 1, arbitrary: odd });
}

function entries(value: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc
    .uniqueArray(fc.tuple(names, value), { maxLength: 2, minLength: 1, selector: ([name]) => name })
    .map((map) => ({ map }));
}

/** A few fields of a struct; now and then one that no Traefik knows, or in other letters. */
function struct(shape: StructShape, depth: number): fc.Arbitrary<Written> {
  const all = [...shape.fields.values()];
  if (all.length === 0) return fc.constant({ map: [] });
  const one = fc
    .constantFrom(...all)
    .chain((field) =>
      fc.tuple(
        spelled(field),
        field.shape ? fc.constant(null).chain(() => value(field.shape as Shape, depth + 1)) : odd,
      ),
    );
  const unknown = fc.tuple(fc.constantFrom("bogus", "Bogus", "[0]", "a"), odd);
  const field = fc.oneof({ weight: 60, arbitrary: one }, { weight: 1, arbitrary: unknown });
  return fc
    .uniqueArray(field, { minLength: depth < 3 ? 1 : 0, maxLength: depth === 0 ? 2 : 3, selector: ([name]) => name })
    .map((map) => ({ map }));
}

function spelled({ name }: FieldShape): fc.Arbitrary<string> {
  const others = [name.toUpperCase(), name.toLowerCase(), name.replace("k", "\u212a").replace("s", "\u017f")];
  return fc.oneof({ weight: 15, arbitrary: fc.constant(name) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

/** Documents as text, most of them right, for a Traefik that may know fewer fields than the newest. */
export function documents(): fc.Arbitrary<string> {
  const top = value(documentShape(newestTraefik), 0);
  const style = fc.constantFrom(
    flow,
    (one: Written) => `${block(one, "").trimStart()}\n`,
    (one: Written) => flow(one, " "),
  );
  const text = fc.tuple(top, style).map(([document, write]) => write(document));
  // The file provider alone takes these for the beginning of a template.
  return text.filter((document) => !document.includes("{{"));
}

export function flow(one: Written, space = ""): string {
  if ("raw" in one) return one.raw;
  if ("list" in one) return `[${one.list.map((item) => flow(item, space)).join(`,${space}`)}]`;
  return `{${one.map.map(([key, inner]) => `${JSON.stringify(key)}:${space || ("raw" in inner && " ") || ""}${flow(inner, space)}`).join(`,${space}`)}}`;
}

export function block(one: Written, indent: string): string {
  if ("raw" in one) return ` ${one.raw}`;
  if ("list" in one && one.list.length > 0)
    return one.list.map((item) => `\n${indent}-${"raw" in item ? ` ${item.raw}` : ` ${flow(item, " ")}`}`).join("");
  if ("map" in one && one.map.length > 0)
    return one.map
      .map(
        ([key, inner]) =>
          `\n${indent}${/^[\w]+$/.test(key) && key !== "true" ? key : JSON.stringify(key)}:${block(inner, `${indent}  `)}`,
      )
      .join("");
  return ` ${flow(one)}`;
}
