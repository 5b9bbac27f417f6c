import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { unzipped } from "../../../files/unzipped.ts";

// Not under the prefix, all of which Traefik would read.
export const writerKey = (prefix: string) => `rollcall/${prefix}/writer`;
export const documentKey = (prefix: string) => `rollcall/${prefix}/document`;

/**
 * A whole document as the value of one key, for followers: a line with the version and how the rest is written (`gzip`; `none` if it is too
 * large for etcd), then the rest.
 */
export function documentValue(version: string, body: Buffer, longest: number): Buffer {
  const packed = gzipSync(body);
  const fits = packed.length <= longest;
  const line = Buffer.from(`${version} ${fits ? "gzip" : "none"}\n`);
  return fits ? Buffer.concat([line, packed]) : line;
}

/** The version that a value says it has; undefined if it is no such value. */
export function versionOf(value: Buffer): string | undefined {
  return /^([0-9a-f]{64}) (?:gzip|none)\n/.exec(value.subarray(0, 80).toString("latin1"))?.[1];
}

export function hasBody(value: Buffer): boolean {
  return value.subarray(65, 69).toString("latin1") === "gzip";
}

/** Throws an Error with a sentence if the body is not there, or is not that of the version. */
export function readDocumentValue(value: Buffer): { readonly version: string; readonly body: Buffer } {
  const version = versionOf(value);
  if (version === undefined) throw new Error("the value is not one that rollcall has written");
  if (!hasBody(value))
    throw new Error(
      `the document of version ${version.slice(0, 12)} is too large for etcd: follow a server by https instead`,
    );
  const body = unzipped(value.subarray(value.indexOf(10) + 1));
  if (body === undefined || createHash("sha256").update(body).digest("hex") !== version)
    throw new Error(`the bytes are not those of version ${version.slice(0, 12)}`);
  return { version, body };
}
