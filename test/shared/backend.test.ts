import { describe, expect, test } from "vitest";
import { backendSchema } from "../../shared/backend.ts";

const address = "https://states.example/tf/{stack}";
const http = (rest: object = {}) => ({ http: { address, ...rest } });
const s3 = (rest: object = {}) => ({ s3: { bucket: "states", region: "x", ...rest } });

test.each<[string, unknown, boolean]>([
  ["a directory", { local: "./terraform" }, true],
  ["no directory", { local: "" }, false],
  ["an address with the stack in it", http(), true],
  ["an address of plain http", http({ address: "http://127.0.0.1:8080/{stack}" }), true],
  ["an address that all stacks would share", http({ address: "https://states.example/tf" }), false],
  ["a lock that all stacks would share", http({ lockAddress: "https://states.example/lock" }), false],
  ["another scheme", http({ address: "ftp://states.example/{stack}" }), false],
  ["no URL", http({ address: "states.example/{stack}" }), false],
  ["a password in the address", http({ address: "https://ada:hunter2@states.example/{stack}" }), false],
  ["a user in the address of the lock", http({ lockAddress: "https://ada@states.example/{stack}" }), false],
  ["a password in the address to unlock", http({ unlockAddress: "https://:x@states.example/{stack}" }), false],
  ["a password beside the address", http({ username: "ada", password: "hunter2" }), false],
  ["a bucket", s3(), true],
  ["a bucket elsewhere", s3({ endpoint: "http://minio:9000", usePathStyle: true }), true],
  ["a password in the endpoint", s3({ endpoint: "http://ada:hunter2@minio:9000" }), false],
  ["a key of Amazon's", s3({ accessKey: "AKIA", secretKey: "hunter2" }), false],
  ["a bucket without region", { s3: { bucket: "states" } }, false],
  ["a database, whose address the environment holds", { pg: {} }, true],
  ["a connection string", { pg: { connStr: "postgres://ada:hunter2@db/states" } }, false],
  ["a schema that would need quotes", { pg: { schema: "My Schema" } }, false],
  ["two at once", { local: "./terraform", pg: {} }, false],
  ["none", {}, false],
  ["one that there is none of", { gcs: { bucket: "states" } }, false],
])("%s", (_, written, accepted) => expect(backendSchema.safeParse(written).success).toBe(accepted));

test("an address that all stacks would share is answered with what it lacks", () => {
  const { error } = backendSchema.safeParse(http({ lockAddress: "https://states.example/lock" }));
  expect(JSON.stringify(error?.issues)).toContain("must contain {stack}, which stands for the name of the source");
});

describe("what is left out", () => {
  test("is locked over http as Terraform itself does it", () => {
    expect(backendSchema.parse(http())).toEqual(
      http({ lockMethod: "LOCK", unlockMethod: "UNLOCK", updateMethod: "POST" }),
    );
  });

  test("is encrypted and locked in a bucket, under a prefix of its own", () => {
    expect(backendSchema.parse(s3())).toEqual(s3({ prefix: "rollcall", encrypt: true, useLockfile: true }));
  });

  test("is a schema of its own in a database", () => {
    expect(backendSchema.parse({ pg: {} })).toEqual({ pg: { schema: "rollcall" } });
  });
});

test("where a secret goes instead is said", () => {
  const { error } = backendSchema.safeParse(http({ address: "https://ada:hunter2@states.example/{stack}" }));
  expect(error?.issues.map(({ message, path }) => [path.join("."), message])).toEqual([
    ["http.address", "an http or https URL; a user and a password go into TF_HTTP_USERNAME and TF_HTTP_PASSWORD"],
  ]);
});
