import fc from "fast-check";

/**
 * Any character of Unicode, as the unit "binary" of `fc.string` is. That one makes a table of all 1.1 million of them for each string
 * that it is the unit of, which takes a second.
 */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(
    (code) => String.fromCodePoint(code),
    (character) => {
      const [only, more] = typeof character === "string" ? character : [];
      if (only === undefined || more !== undefined) throw new Error("not a character");
      return only.codePointAt(0) ?? 0;
    },
  );
