/** One number that was measured, and what it should be. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
  /** Words that help to read it. */
  readonly note?: string;
}

export type Target = { readonly most: number } | { readonly least: number };

/** A line for a person: the name, the number, the target beside it, and whether it is met. */
export function resultLine({ name, value, unit, target, note }: Result): string {
  const number = `${rounded(value)}${unit && ` ${unit}`}`;
  const wanted = target && ("most" in target ? `at most ${target.most}` : `at least ${target.least}`);
  const verdict = target && (missedBy(value, target) <= 1 ? "met" : "MISSED");
  const parts = [
    name.padEnd(62),
    number.padStart(12),
    wanted && `(target: ${wanted}, ${verdict})`,
    note && `- ${note}`,
  ];
  return parts.filter((part) => part).join("  ");
}

/** How many times over a target is missed; 1 and less is met. */
export function missedBy(value: number, target: Target): number {
  if ("most" in target) return value <= target.most ? 1 : value / target.most;
  return value > 0 ? target.least / value : Number.POSITIVE_INFINITY;
}

/** The results that miss their target so far that it is no noise. */
export function farOff(results: readonly Result[]): Result[] {
  return results.filter(({ value, target }) => target && !(missedBy(value, target) <= 5));
}

function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** The value below which the given part of the values lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
