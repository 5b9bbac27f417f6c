import { describe, expect, test } from "vitest";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { StackSource } from "../../stacks/platform.ts";
import { local, made, spec, useWorkshop } from "./fleets.ts";

const { stack } = useWorkshop();

/** The first instance of a group like that. */
function instance(rest: Partial<DeclaredGroup> = {}, source: StackSource = local) {
  const { instances } = stack([made("web", 1, rest)], { sources: [source] });
  const only = instances["web-0"];
  if (only === undefined) throw new Error("no web-0");
  return only;
}
const of = (rest: Parameters<typeof spec>[0]) => instance({ instance: spec(rest) });

describe("an instance", () => {
  test("carries the tags of its group, its index and what it is made from", () => {
    const { instances } = stack([made("web", 12)]);
    const config = (name: string) => instances[name]?.config ?? {};
    expect(config("web-11")).toEqual({
      "user.rollcall.group": "web",
      "user.rollcall.replica": "11",
      "user.rollcall.spec": config("web-0")["user.rollcall.spec"],
    });
    expect(config("web-0")["user.rollcall.replica"]).toBe("0");
  });

  test("has the config of its group beside the tags", () => {
    expect(of({ config: { "limits.cpu": "2" } }).config).toMatchObject({
      "limits.cpu": "2",
      "user.rollcall.group": "web",
    });
  });

  test("is in the project of its group, on the remote of its source", () => {
    expect(instance({ project: "shop" })).toMatchObject({ project: "shop", remote: "local", type: "container" });
  });

  test("has the devices as they are declared, whatever their type", () => {
    const devices = {
      root: { type: "disk", path: "/", pool: "default", size: "10GiB" },
      web: { type: "proxy", listen: "tcp:0.0.0.0:80", connect: "tcp:127.0.0.1:3000" },
      bare: { type: "none" },
    };
    expect(of({ devices }).device).toEqual([
      { name: "root", type: "disk", properties: { path: "/", pool: "default", size: "10GiB" } },
      { name: "web", type: "proxy", properties: { listen: "tcp:0.0.0.0:80", connect: "tcp:127.0.0.1:3000" } },
      { name: "bare", type: "none", properties: {} },
    ]);
  });
});

describe("the seldom parts of an instance", () => {
  test("are attributes only where they are written", () => {
    const rare = ["description", "ephemeral", "target", "file", "execs", "allow_restart", "timeouts"];
    for (const name of rare) expect(of({})).not.toHaveProperty(name);
  });

  test("are LXD's by its provider's names", () => {
    const written = of({
      description: "shop",
      ephemeral: true,
      target: "@ssd",
      allowRestart: true,
      timeouts: { create: "10m" },
      files: { "/etc/a": { content: "x", mode: "0600", uid: 1, createDirectories: true } },
      execs: { "1-go": { command: ["sh", "-c", "true"], trigger: "once", workingDir: "/tmp", failOnError: true } },
    });
    expect(written).toMatchObject({
      description: "shop",
      ephemeral: true,
      target: "@ssd",
      allow_restart: true,
      timeouts: { create: "10m" },
      file: [{ target_path: "/etc/a", content: "x", mode: "0600", uid: 1, create_directories: true }],
      execs: { "1-go": { command: ["sh", "-c", "true"], trigger: "once", working_dir: "/tmp", fail_on_error: true } },
    });
  });

  test("are Incus's by its provider's names", () => {
    const execs = { a: { command: ["true"], timeout: "5s", workingDir: "/tmp" } };
    const made = instance({ instance: spec({ target: "m1", execs }) }, { ...local, platform: "incus" });
    const exec = { a: { command: ["true"], timeout: "5s", working_dir: "/tmp" } };
    expect(made).toMatchObject({ target: "m1", exec });
    expect(made).not.toHaveProperty("execs");
  });

  test("without a key are merged into the resource, and are text to Terraform too", () => {
    const overrides = { wait_for: [{ type: "delay", delay: "1s" }], lifecycle: { ignore_changes: ["running"] } };
    expect(of({ overrides })).toMatchObject(overrides);
    const code = `\${file("/etc/passwd")}`;
    const escaped = `$${code}`;
    expect(of({ overrides: { a: code, b: { c: [code] } } })).toMatchObject({ a: escaped, b: { c: [escaped] } });
    expect(of({ files: { "/a": { content: code } }, execs: { a: { command: [code] } } })).toMatchObject({
      file: [{ content: escaped }],
      execs: { a: { command: [escaped] } },
    });
  });
});

describe("what a file writes is text to Terraform, never code", () => {
  const [code, directive] = [`\${file("/etc/passwd")}`, "%{ if true }x%{ endif }"];
  const [escaped, escapedDirective] = [`$\${file("/etc/passwd")}`, "%%{ if true }x%%{ endif }"];

  test("in the keys and values of config", () => {
    const { config } = of({ config: { [`user.${code}`]: directive, "user.a": code, "user.b": `$${code}` } });
    expect(config).toMatchObject({
      [`user.${escaped}`]: escapedDirective,
      "user.a": escaped,
      "user.b": `$${escaped}`,
    });
  });

  test("in the image", () => {
    expect(of({ image: code }).image).toBe(escaped);
    expect(of({ image: directive }).image).toBe(escapedDirective);
  });

  test("in the keys, values and type of a device", () => {
    const devices = { disk: { type: code, [directive]: code } };
    expect(of({ devices }).device).toEqual([
      { name: "disk", type: escaped, properties: { [escapedDirective]: escaped } },
    ]);
  });

  test("in the url of a source", () => {
    const { json } = stack([], { sources: [{ ...local, url: `unix:///${code}` }] });
    expect(json.provider.lxd?.[0].remote).toEqual([{ name: "local", address: `unix:///${escaped}` }]);
  });

  test("but a dollar or a percent sign without a brace stays as it is", () => {
    expect(of({ config: { "user.a": "$5, 100%, $HOME, {}" } }).config["user.a"]).toBe("$5, 100%, $HOME, {}");
  });
});

test("creation waits for no address: the provider would give up after three minutes and taint it, and the roll call waits anyway", () => {
  for (const type of ["container", "virtual-machine"] as const)
    expect(instance({ nic: "lan", instance: spec({ type }) })).not.toHaveProperty("wait_for");
});

test("an https source hands the provider the pin, and the files of certificate and key or of the token, never what they hold", () => {
  const far = { ...local, url: undefined, urls: ["https://m1:8443", "https://m2:8443"] };
  const remoteOf = (tls: StackSource["tls"]) => stack([], { sources: [{ ...far, tls }] }).json.provider.lxd?.[0].remote;
  const address = { name: "local", address: "https://m1:8443" };
  expect(remoteOf({ fingerprint: "5f", certificate: "/k/a.crt", key: "/k/a.key" })).toEqual([
    {
      ...address,
      server_certificate_fingerprint: "5f",
      client_certificate_file: "/k/a.crt",
      client_key_file: "/k/a.key",
    },
  ]);
  expect(remoteOf({ token: "/k/token" })).toEqual([{ ...address, bearer_token_file: "/k/token" }]);
});

test("a source without a url leaves it to the provider where LXD is", () => {
  const { json } = stack([], { sources: [{ name: "local", address: { family: "ipv4" } }] });
  expect(json.provider.lxd?.[0].remote).toEqual([{ name: "local", address: "unix://" }]);
});
