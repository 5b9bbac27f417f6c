import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { rollcall } from "../support/cli/cli.ts";
import { pause, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

/** `rollcall serve` as a process, with a group of one in effect. */
async function serveProcess() {
  const { at, lxd, launch } = house();
  at.declare("web", 1);
  await launch("web-0");
  const [provider, admin] = [await freePort(), await freePort()];
  writeFileSync(
    join(at.path, "rollcall.yaml"),
    `provider: { listen: 127.0.0.1:${provider} }\nadmin: { listen: 127.0.0.1:${admin} }\nsources: [{ name: local, url: unix://${lxd.socket} }]\n`,
  );
  const run = rollcall(["serve", "--config", join(at.path, "rollcall.yaml")]);
  const ask = (path = "/traefik", port = provider) => fetch(`http://127.0.0.1:${port}${path}`);
  await until("it serves", async () => (await ask().catch(() => undefined))?.status === 200);
  return { run, ask, admin };
}

describe("serve", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "answers the polls that it holds on %s, closes, and exits 0 within a second",
    async (signal) => {
      const { run, ask } = await serveProcess();
      const held = ask("/traefik?hold=30s");
      await pause(100);
      const began = performance.now();
      run.child.kill(signal);
      expect((await held).status).toBe(200);
      expect(await run.ended).toBe(0);
      expect(performance.now() - began).toBeLessThan(5000);
      await expect(ask()).rejects.toThrow();
    },
  );

  test("reads the group files again on SIGHUP", async () => {
    const { run, ask, admin } = await serveProcess();
    const reads = () => run.stderr().match(/"groups read"/g)?.length ?? 0;
    const before = reads();
    writeFileSync(join(house().at.path, "groups", "web.yaml"), "name: web\nreplicas: 1\nservice: { port: 3001 }\n");
    run.child.kill("SIGHUP");
    await until("it was read", () => reads() > before);
    await until("it is served", async () => (await (await ask()).text()).includes(":3001"));
    expect((await ask("/healthz", admin)).status).toBe(200);
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
  });
});

test("after the abort no handle is open, so the process ends", async () => {
  const { lxd, launch, at } = house();
  at.declare("web", 1);
  await launch("web-0");
  const script = resolve(import.meta.dirname, "../support/server/serve-and-stop.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script, at.path, lxd.socket], { timeout: 60_000 });
  expect(stdout).toBe("left: \n");
});
