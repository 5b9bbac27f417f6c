import { z } from "zod";

/** A duration as text: `250ms`, `60s`, `5m`. */
export const durationText = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, { error: 'a time is text such as "250ms", "60s" or "5m"' });

/** The same, converted to milliseconds. */
export const duration = durationText.transform(milliseconds);

export function milliseconds(written: string): number {
  const amount = Number.parseFloat(written);
  return amount * (written.endsWith("ms") ? 1 : written.endsWith("s") ? 1000 : 60_000);
}
