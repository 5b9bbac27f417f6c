import { z } from "zod";
import { durationPattern, milliseconds } from "./milliseconds.ts";

const error = 'a time is text such as "250ms", "60s" or "5m"';

/** A duration as text: `250ms`, `60s`, `5m`. */
export const durationText = z.string({ error }).regex(durationPattern, { error });

/** The same, converted to milliseconds. */
export const duration = durationText.transform(milliseconds);
