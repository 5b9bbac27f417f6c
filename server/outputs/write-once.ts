import { faultText } from "../../files/fault.ts";
import type { Report, Writer, Written } from "./writer.ts";

/** In milliseconds. */
const longestWrite = 60_000;

/**
 * Has a writer write a document, or compare what lies there if `compares`. A document without any object is refused. Rejects with a sentence
 * without secrets; after 60 s, too.
 */
export async function writeOnce(
  writer: Writer,
  document: Written,
  { compares, signal }: { readonly compares: boolean; readonly signal: AbortSignal },
): Promise<Report> {
  if (Object.keys(document.document).length === 0)
    throw new Error("the document has no object, which would end every route");
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), longestWrite);
  const limit = AbortSignal.any([signal, tooLong.signal]);
  try {
    return await (compares && writer.check ? writer.check(document, limit) : writer.write(document, limit));
  } catch (error) {
    throw new Error(tooLong.signal.aborted ? `it was not written within ${longestWrite / 1000} s` : problemText(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A writer says what is wrong by an Error; any other kind is a fault of rollcall, whose text may hold a secret. */
function problemText(error: unknown): string {
  return Object.getPrototypeOf(error) === Error.prototype ? (error as Error).message : faultText(error);
}
