import { gunzipSync } from "node:zlib";

const longest = 256 * 1024 * 1024;

/** What gzip has packed; undefined if that is damaged, is followed by anything else, or is longer than 256 MiB. */
export function unzipped(packed: Uint8Array): Buffer | undefined {
  try {
    // Node leaves zeros that follow unread; Go, and so Traefik, refuses them.
    const options = { maxOutputLength: longest, info: true };
    const { buffer, engine } = gunzipSync(packed, options) as unknown as Unpacked;
    return engine.bytesWritten === packed.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** What Node answers with `info`. */
interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
