/** Parses the files of a reading, in their order. */
export type ParseFiles<T> = (files: ReadonlyMap<string, Uint8Array>) => ReadonlyMap<string, T>;

/** Parses files, but not those that the previous call parsed from the same bytes. */
export function parseOnce<T>(parse: (file: string, bytes: Uint8Array) => T): ParseFiles<T> {
  let known = new Map<string, { readonly bytes: Uint8Array; readonly parsed: T }>();
  return (files) => {
    const before = known;
    known = new Map();
    const all = new Map<string, T>();
    for (const [file, bytes] of files) {
      const same = before.get(file);
      const one = same && Buffer.compare(same.bytes, bytes) === 0 ? same : { bytes, parsed: parse(file, bytes) };
      known.set(file, one);
      all.set(file, one.parsed);
    }
    return all;
  };
}
