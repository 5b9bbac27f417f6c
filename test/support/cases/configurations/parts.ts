import fc from "fast-check";

/** A value of one of Traefik's objects. */
export type Value = Readonly<Record<string, unknown>>;

/** What is there more often than not, and what is there now and then. */
export const often = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 4 });
export const seldom = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: one, weight: 1 });

/** The first one, and now and then one of the others. */
export function mostly<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(first), weight: 8 }, { arbitrary: fc.constantFrom(...others), weight: 1 });
}

/** An object with what is not undefined. */
export function record(shape: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Value> {
  return fc.record(shape).map(written);
}

export function written(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}

export function list<T>(one: fc.Arbitrary<T>, most = 2): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 1, maxLength: most });
}

/** How many there may be of each kind. */
const count = 5;

/**
 * The name of one of a kind from an index on, now and then of one that is not there, or with `@http`, which Traefik adds itself. `~`
 * stands for what makes it nobody else's.
 */
export function nameOf(letter: string, from = 0): fc.Arbitrary<string> {
  const there = fc.integer({ min: from, max: count - 1 }).map((index) => `~${letter}${index}`);
  const name = fc.oneof({ arbitrary: there, weight: 16 }, { arbitrary: fc.constant("~nobody"), weight: 1 });
  return fc.tuple(name, mostly("", "@http")).map(([name, end]) => name + end);
}

/** Most of the objects of a kind, by name. */
export function objects(letter: string, one: (index: number) => fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  const all = Array.from({ length: count }, (_, index) => fc.option(one(index), { freq: 10, nil: undefined }));
  return fc
    .tuple(...all)
    .map((made) => written(Object.fromEntries(made.map((value, index) => [`~${letter}${index}`, value]))));
}
