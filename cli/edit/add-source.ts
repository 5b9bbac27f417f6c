import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, parseDocument, stringify } from "yaml";
import { columnOf, endOf, lineEnd, pairOf, startOf } from "../../files/yaml-places.ts";

/** A source as it is written into the configuration. */
export type NewSource = Readonly<Record<string, unknown>> & { readonly name: string };

/** A file without sources has one, which it would lose with the first that is written. */
const usual = { name: "local" };

/**
 * The text of a configuration with one more source at the end of `sources`; every other byte stays. The text is read again, and must
 * hold exactly the old values and this one. Otherwise it throws an Error with what to write by hand.
 */
export function addSource(text: string, source: NewSource): string {
  const document = parseDocument(text);
  const root = document.contents;
  const values = (document.toJS() ?? {}) as { readonly sources?: readonly unknown[] | null };
  const list = isMap(root) ? pairOf(root, "sources")?.value : undefined;
  const isNew = list === undefined || list === null || !values.sources;
  const sources = [...(values.sources ?? [usual]), source];
  let after = "";
  if (isNew && (!isMap(root) || !pairOf(root, "sources"))) {
    const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    after = `${before}${stringify({ sources }, writing)}`;
  } else if (isSeq(list) && !list.flow && list.items.length > 0) {
    const at = lineEnd(text, endOf(text, { key: list, value: list } as never));
    const lines = stringify([source], writing)
      .trimEnd()
      .replaceAll(/^/gm, " ".repeat(columnOf(text, startOf(list))));
    after = `${text.slice(0, at)}\n${lines}${text.slice(at) || "\n"}`;
  }
  const read = parseDocument(after);
  if (after !== "" && read.errors.length === 0 && isDeepStrictEqual(read.toJS(), { ...values, sources })) return after;
  throw new Error(
    `its sources can't be added to without changing more: write this into it by hand\n${blockOf(source)}`,
  );
}

const writing = { lineWidth: 0 } as const;

/** The lines of a source, as an item of `sources`. */
export function blockOf(source: NewSource): string {
  return stringify({ sources: [source] }, writing).trimEnd();
}
