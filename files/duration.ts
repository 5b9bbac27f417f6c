import { z } from "zod";
import { durationPattern, milliseconds } from "./milliseconds.ts";

/** `250ms`, `60s`, `5m`, as it is written. */
export const durationText = z
  .string()
  .regex(durationPattern, { error: 'a time is text such as "250ms", "60s" or "5m"' });

/** The same, read as milliseconds. */
export const duration = durationText.transform(milliseconds);
