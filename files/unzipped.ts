import { gunzipSync } from "node:zlib";

const longest = 256 * 1024 * 1024;

/** What gzip has packed; undefined if that is damaged, or longer than 256 MiB. */
export function unzipped(packed: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: longest });
  } catch {
    return undefined;
  }
}
