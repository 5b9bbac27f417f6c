/** Go keeps a count below this, also the product of counts in each other. */
export const mostRepeats = 1000;

export interface Repetition {
  readonly text: string;
  /** Of one in braces; `max` is -1 where there is no upper end. */
  readonly times: { readonly min: number; readonly max: number } | undefined;
}

const repetition = /(?:[*+?]|\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\})\??/y;

/** The repetition that stands at `at`, with the `?` after it. Braces that hold no count are characters. */
export function readRepetition(source: string, at: number): Repetition | undefined {
  repetition.lastIndex = at;
  const found = repetition.exec(source);
  if (!found) return undefined;
  const [text, least, comma, most] = found;
  if (least === undefined) return { text, times: undefined };
  return { text, times: { min: Number(least), max: most === undefined ? (comma ? -1 : Number(least)) : Number(most) } };
}

/** What is wrong with a count in braces. */
export function countProblem(times: Repetition["times"]): string | undefined {
  if (!times || (Math.max(times.min, times.max) <= mostRepeats && (times.max < 0 || times.min <= times.max)))
    return undefined;
  return `a count in {} is ${mostRepeats} at most, and no range runs backwards`;
}
