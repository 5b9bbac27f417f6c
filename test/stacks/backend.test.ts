import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backendSchema } from "../../shared/backend.ts";
import { local, made, useWorkshop } from "./fleets.ts";

const { stack, synth, directory } = useWorkshop();
const written = (backend: unknown) => stack([made("web", 1)], { backend: backendSchema.parse(backend) });
const backendOf = (backend: unknown) => written(backend).json.terraform.backend;

describe("a local backend", () => {
  test("is a path from the stack's directory, so that no absolute path is in the stack", () => {
    const at = directory();
    const { text, json } = stack([made("web", 2)], { at });
    expect(json.terraform.backend).toEqual({ local: { path: "../../../terraform/local.tfstate" } });
    const absolute = [...text.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path).filter((path) => path !== "//");
    expect([absolute, text.includes(at)]).toEqual([[], false]);
  });

  test("leads to the configured directory, wherever the output is", () => {
    const at = directory();
    const states = join(directory(), "deep", "states");
    mkdirSync(states, { recursive: true });
    const { json, directory: from } = stack([], { at, backend: { local: states } });
    expect(join(from, String(json.terraform.backend.local?.path))).toBe(join(states, "local.tfstate"));
  });
});

describe("a remote backend is the only one, as Terraform wants it", () => {
  test("http: each stack has its own address, at which it is locked too", () => {
    const backend = backendSchema.parse({ http: { address: "https://states.example/tf/{stack}" } });
    const sources = ["north", "south"].map((name) => ({ ...local, name }));
    const [north, south] = synth([], { sources, backend }).map(({ json }) => json.terraform.backend);
    expect(north).toEqual({
      http: {
        address: "https://states.example/tf/north",
        lock_address: "https://states.example/tf/north",
        unlock_address: "https://states.example/tf/north",
        lock_method: "LOCK",
        unlock_method: "UNLOCK",
        update_method: "POST",
      },
    });
    expect(south?.http?.address).toBe("https://states.example/tf/south");
  });

  test("http: the addresses and methods of locking may be others", () => {
    const address = "https://forge.example/state/{stack}";
    const lock = { lockAddress: `${address}/lock`, lockMethod: "POST", unlockMethod: "DELETE", updateMethod: "PUT" };
    expect(backendOf({ http: { address, ...lock } })).toEqual({
      http: {
        address: "https://forge.example/state/local",
        lock_address: "https://forge.example/state/local/lock",
        unlock_address: "https://forge.example/state/local/lock",
        lock_method: "POST",
        unlock_method: "DELETE",
        update_method: "PUT",
      },
    });
    const unlockAddress = `${address}/unlock`;
    expect(backendOf({ http: { address, unlockAddress } }).http).toMatchObject({
      lock_address: "https://forge.example/state/local",
      unlock_address: "https://forge.example/state/local/unlock",
    });
  });

  test("s3: a key for each stack, encrypted, and locked by a file beside it", () => {
    expect(backendOf({ s3: { bucket: "states", region: "eu-central-1" } })).toEqual({
      s3: {
        bucket: "states",
        key: "rollcall/local.tfstate",
        region: "eu-central-1",
        encrypt: true,
        use_lockfile: true,
      },
    });
  });

  test("s3: another server than Amazon's", () => {
    const minio = { endpoint: "http://minio.example:9000", usePathStyle: true, useLockfile: false, profile: "lab" };
    expect(backendOf({ s3: { bucket: "states", region: "x", prefix: "a/b", encrypt: false, ...minio } })).toEqual({
      s3: {
        bucket: "states",
        key: "a/b/local.tfstate",
        region: "x",
        encrypt: false,
        profile: "lab",
        endpoints: { s3: "http://minio.example:9000" },
        use_lockfile: false,
        use_path_style: true,
      },
    });
  });

  test("pg: a schema for each stack, and no connection string, which the environment holds", () => {
    expect(backendOf({ pg: {} })).toEqual({ pg: { schema_name: "rollcall_local" } });
    const backend = backendSchema.parse({ pg: { schema: "fleet" } });
    const { json } = stack([], { sources: [{ ...local, name: "north-1" }], backend });
    expect(json.terraform.backend).toEqual({ pg: { schema_name: "fleet_north-1" } });
  });

  test.each([
    { http: { address: "https://states.example/{stack}" } },
    { s3: { bucket: "states", region: "x" } },
    { pg: {} },
  ])("%j leaves no word of a secret in the stack", (backend) => {
    expect(written(backend).text).not.toMatch(/password|username|secret|access_key|token|conn_str/i);
  });
});
