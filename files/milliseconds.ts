/** A time as it is written: `250ms`, `60s`, `5m`, `1h`. */
export const durationPattern = /^\d+(\.\d+)?(ms|s|m|h)$/;

/** The milliseconds of a time that `durationPattern` matches. */
export function milliseconds(written: string): number {
  const [unit = ""] = /[a-z]+$/.exec(written) ?? [];
  return Number.parseFloat(written) * (units[unit] ?? Number.NaN);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
