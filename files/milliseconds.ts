/** A time as it is written: `250ms`, `60s`, `5m`. */
export const durationPattern = /^\d+(\.\d+)?(ms|s|m)$/;

/** The milliseconds of a time that `durationPattern` matches. */
export function milliseconds(written: string): number {
  const amount = Number.parseFloat(written);
  return amount * (written.endsWith("ms") ? 1 : written.endsWith("s") ? 1000 : 60_000);
}
