import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { rollcall } from "../support/cli/cli.ts";
import { runHere } from "../support/cli/run-here.ts";
import { requirePart, titled } from "../support/real/parts.ts";
import { until } from "../support/until.ts";

/** A file system of 256 kB without any room, mounted as root. */

const missing = process.getuid?.() === 0 ? undefined : requirePart("lxd", "only root can mount a small file system");
const text = "name: web\nreplicas: 1\ninstance: { image: web }\nservice: { port: 3000 }\n";

describe.skipIf(missing !== undefined)(titled("on a full disk", missing), () => {
  let at: string;
  let room: string;
  beforeEach(() => {
    at = mkdtempSync(join(tmpdir(), "rollcall-full-"));
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", at]);
    mkdirSync(join(at, "groups"));
    writeFileSync(join(at, "groups/web.yaml"), text);
    room = join(at, "room");
  });
  afterEach(() => {
    execFileSync("/usr/bin/umount", [at]);
    rmSync(at, { recursive: true });
  });
  function fill() {
    try {
      writeFileSync(room, Buffer.alloc(1_000_000));
    } catch {
      // That is what it is for.
    }
  }

  test("a verb names the place, changes nothing and leaves nothing, and works once there is room", async () => {
    fill();
    const scaled = await runHere(at, ["scale", "web=3"]);
    expect([scaled.code, scaled.stderr]).toEqual([1, expect.stringMatching(/groups.*no space left/)]);
    expect(readFileSync(join(at, "groups/web.yaml"), "utf8")).toBe(text);
    const made = await runHere(at, ["synth"]);
    expect([made.code, made.stderr]).toEqual([1, expect.stringMatching(/cdktf\.out.*no space left/)]);
    expect([readdirSync(at).sort(), readdirSync(join(at, "groups"))]).toEqual([["groups", "room"], ["web.yaml"]]);
    rmSync(room);
    expect(await runHere(at, ["synth"])).toMatchObject({ code: 0 });
  });

  test("a server starts and serves all the same, and says what it cannot write", async () => {
    await using lxd = await createEmbeddedDaemon();
    const driver = createDriver(lxd.socket);
    await driver.launch("web-0", { config: { "user.rollcall.group": "web" } });
    const listen = "{ listen: 127.0.0.1:0 }";
    const sources = `[{ name: local, url: "unix://${lxd.socket}" }]`;
    writeFileSync(join(at, "rollcall.yaml"), `provider: ${listen}\nadmin: ${listen}\nsources: ${sources}\n`);
    fill();
    const server = rollcall(["serve"], { cwd: at });
    const line = await until("it listens", () =>
      server
        .stderr()
        .split("\n")
        .find((one) => one.includes('"msg":"listening"')),
    );
    const { provider } = JSON.parse(line) as { provider: string };
    await until("it serves", async () => (await fetch(`http://${provider}/traefik?hold=off`)).status === 200);
    expect(server.stderr()).toContain("no lock: another server on this state directory would not be noticed");
    await until("the memory is missed", () => server.stderr().includes("the memory is not written"));
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    await driver.close();
  });
});
