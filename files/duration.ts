import { z } from "zod";
import { durationPattern, milliseconds } from "./milliseconds.ts";

/** A duration as text: `250ms`, `60s`, `5m`. */
export const durationText = z
  .string()
  .regex(durationPattern, { error: 'a time is text such as "250ms", "60s" or "5m"' });

/** The same, converted to milliseconds. */
export const duration = durationText.transform(milliseconds);
