import { describe, expect, test } from "vitest";
import { outputsSchema } from "../../../../server/outputs/settings.ts";

const etcd = ["http://127.0.0.1:2379"];
const said = (written: unknown) =>
  (outputsSchema.safeParse(written).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("outputs to key-value stores", () => {
  test("need no more than where they are", () => {
    expect(outputsSchema.parse([{ etcd }, { redis: "redis://127.0.0.1:6379/0" }])).toEqual([
      { etcd, prefix: "traefik", lease: 15_000 },
      { redis: "redis://127.0.0.1:6379/0", prefix: "traefik" },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["neither kind", [{ prefix: "traefik" }], "0: an output has one of file, etcd, redis"],
    ["two kinds", [{ etcd, file: "a.yml" }], "0: an output has one of file, etcd, redis"],
    ["an unknown key", [{ etcd, root: "a" }], '0: Unrecognized key: "root"'],
    [
      "credentials in a URL, which are not repeated",
      [{ redis: "redis://ann:secret@127.0.0.1" }],
      "0.redis: a URL has no user and password here: use username, and password with the path of a file",
    ],
    [
      "another protocol",
      [{ etcd: ["127.0.0.1:2379"] }],
      "0.etcd.0: a URL begins with http:// or https://, and a host follows",
    ],
    [
      "tls without TLS",
      [{ redis: "redis://127.0.0.1", tls: { ca: "ca.pem" } }],
      "0.tls: is for a URL that begins with https:// or rediss://",
    ],
    [
      "a user without a password",
      [{ etcd, username: "ann" }],
      "0.password: username needs password, the path of a file",
    ],
    [
      "one place twice",
      [{ redis: "redis://127.0.0.1" }, { redis: "redis://127.0.0.1:6379/0" }],
      ": two write the same keys: give each another prefix",
    ],
    [
      "a member twice",
      [{ etcd }, { etcd: [...etcd, "http://127.0.0.1:2"] }],
      ": two write the same keys: give each another prefix",
    ],
  ])("are refused: %s", (_, written, message) => {
    expect(said(written)).toEqual([message]);
  });

  test("may share a server under other prefixes", () => {
    expect(said([{ etcd }, { etcd, prefix: "other" }])).toEqual([]);
  });
});
