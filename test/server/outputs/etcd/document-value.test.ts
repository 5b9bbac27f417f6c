import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { documentValue, readDocumentValue, versionOf } from "../../../../server/outputs/etcd/document-value.ts";

const body = Buffer.from(JSON.stringify({ http: { services: {} } }));
const version = createHash("sha256").update(body).digest("hex");

test("a document is read from its value as it was written, with its version", () => {
  const value = documentValue(version, body, 1000);
  expect(versionOf(value)).toBe(version);
  expect(readDocumentValue(value)).toEqual({ version, body });
});

test("a value that was cut or changed is refused", () => {
  const value = documentValue(version, body, 1000);
  expect(() => readDocumentValue(value.subarray(0, -3))).toThrow("the bytes are not those of version");
  const other = Buffer.concat([Buffer.from(`${"0".repeat(64)} gzip\n`), value.subarray(70)]);
  expect(() => readDocumentValue(other)).toThrow("the bytes are not those of version 000000000000");
  expect(() => readDocumentValue(Buffer.from("hello\n"))).toThrow("not one that rollcall has written");
});

test("a document that is too large for one value leaves its version there, and a follower is told", () => {
  const value = documentValue(version, randomBytes(5000), 1000);
  expect(versionOf(value)).toBe(version);
  expect(() => readDocumentValue(value)).toThrow("is too large for etcd: follow a server by https instead");
});
