import { z } from "zod";

/** `250ms`, `60s`, `5m`; read as milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, { error: 'a time is text such as "250ms", "60s" or "5m"' })
  .transform(milliseconds);

function milliseconds(written: string): number {
  const amount = Number.parseFloat(written);
  return amount * (written.endsWith("ms") ? 1 : written.endsWith("s") ? 1000 : 60_000);
}
