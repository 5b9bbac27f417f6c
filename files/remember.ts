/**
 * A pure function of a text that remembers its answers for the texts used last: at least `most` characters of them and at most
 * twice as many.
 */
export function remembering<T>(answer: (text: string) => T, most: number): (text: string) => T {
  let [newer, older] = [new Map<string, T>(), new Map<string, T>()];
  let characters = 0;
  return (text) => {
    const known = newer.get(text);
    if (known !== undefined) return known;
    const found = older.get(text) ?? answer(text);
    if (characters > most) [newer, older, characters] = [new Map(), newer, 0];
    newer.set(text, found);
    characters += text.length;
    return found;
  };
}
