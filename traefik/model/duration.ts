import { z } from "zod";
import { noted } from "./field.ts";

/** Go's units of time, in seconds. */
const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Go counts nanoseconds in 64 bits: past 292 years a number wraps around and a text makes Traefik reject the document. */
const longest = 365 * 24 * 3600;

const error = 'a duration is whole seconds or text such as "10s", "500ms", "1m30s"';

const written = z
  .union([z.int().min(0), z.string().regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/, { error })], { error })
  .refine((written) => seconds(written) <= longest, { error: "a duration is a year (8760h) at most" })
  .describe('Whole seconds, or text such as "10s", "500ms", "1m30s".');

/** A time as Traefik reads it: a bare number is seconds, whatever its documentation says of milliseconds. */
export const duration = noted(written, { duration: true });

/** The seconds of a time that `duration` accepts. */
export function seconds(written: number | string): number {
  if (typeof written === "number") return written;
  const parts = [...written.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0);
}
