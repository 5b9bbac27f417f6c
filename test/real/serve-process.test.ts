import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { groupFile, isColoured, usePlaces } from "../cli/places.ts";
import { main } from "../support/cli/cli.ts";
import { until } from "../support/until.ts";

const { place, start, run } = usePlaces();

test("a configuration with several mistakes names each with a caret, ends with 1 and never listens", async () => {
  const port = await freePort();
  const text = `provider: { listen: "127.0.0.1:${port}", hold: soon }\nsetle: 1s\ntraefik:\n  version: 3.7\n`;
  const at = place({ "rollcall.yaml": text, "groups/web.yaml": groupFile("web", 1) });
  let listened = false;
  const asking = setInterval(() => {
    fetch(`http://127.0.0.1:${port}/traefik`).then(
      () => (listened = true),
      () => {},
    );
  }, 50);
  const { code, stdout, stderr } = await run(at, ["serve", "--config", "rollcall.yaml"]);
  clearInterval(asking);
  expect([code, listened, stdout]).toEqual([1, false, ""]);
  const file = join(at, "rollcall.yaml");
  expect(stderr).toContain(`${file}:1:`);
  expect(stderr).toContain("error: provider.hold: ");
  expect(stderr).toContain(`${file}:2:1: error: setle: unknown key, did you mean "settle"?\n    2 | setle: 1s\n`);
  expect(stderr).toContain(`${file}:4:12: error: traefik.version: `);
  expect(stderr.match(/^ +\| +\^+$/gm)).toHaveLength(3);
  expect(stderr).toContain("FAILED: 3 errors in 1 file");
  expect(isColoured(stderr)).toBe(false);
});

test.each(["0.0.0.0:7071", "192.0.2.1:7071", "[::]:7071"])("an admin listener on %s is refused", async (listen) => {
  const at = place({ "rollcall.yaml": `admin: { listen: "${listen}" }\n`, "groups/web.yaml": groupFile("web", 1) });
  const { code, stderr } = await run(at, ["serve"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error: admin\.listen: is open to the network without authentication: add token: FILE/);
});

test("a state directory and a port that another server has are named, and the program ends with 1", async () => {
  const [provider, admin] = [await freePort(), await freePort()];
  const config = `provider: { listen: "127.0.0.1:${provider}" }\nadmin: { listen: "127.0.0.1:${admin}" }\nsources: [{ name: local, url: "unix:///nowhere.socket" }]\n`;
  const at = place({ "rollcall.yaml": config, "groups/web.yaml": groupFile("web", 1) });
  const first = start(at, ["serve"]);
  await until("it listens", () => first.stderr().includes('"msg":"listening"'));
  const held = await run(at, ["serve"]);
  expect([held.code, held.stderr]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(`^rollcall: rollcall serve \\(process ${first.child.pid}\\) has been at work in ${at}/state since `),
    ),
  ]);
  const elsewhere = place({ "rollcall.yaml": config, "groups/web.yaml": groupFile("web", 1) });
  const second = await run(elsewhere, ["serve"]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`rollcall: cannot listen on 127.0.0.1:${provider}: another program listens there`);
});

test("a log that cannot be written, on a full disk, does not end the server", async () => {
  const [provider, admin] = [await freePort(), await freePort()];
  const config = `provider: { listen: "127.0.0.1:${provider}" }\nadmin: { listen: "127.0.0.1:${admin}" }\nsources: [{ name: local, url: "unix:///nowhere.socket" }]\n`;
  const at = place({ "rollcall.yaml": config, "groups/web.yaml": groupFile("web", 1) });
  const script = 'exec "$1" "$2" serve 2>/dev/full';
  const server = spawn("/bin/sh", ["-c", script, "sh", process.execPath, main], { cwd: at, stdio: "ignore" });
  const ended = new Promise((done) => server.once("close", done));
  await until("it answers", () =>
    fetch(`http://127.0.0.1:${admin}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  server.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("without a source it is locked, says so, says at SIGHUP what has changed, and stops on SIGTERM with 0 and JSON lines", async () => {
  const config = `provider: { listen: 127.0.0.1:0 }\nadmin: { listen: 127.0.0.1:0 }\nsources: [{ name: local, url: "unix:///nowhere.socket" }]\n`;
  const at = place({ "rollcall.yaml": config, "groups/web.yaml": groupFile("web", 1) });
  const server = start(at, ["serve"]);
  const lines = () => server.stderr().split("\n").filter(Boolean);
  const listening = await until("it listens", () => lines().find((line) => line.includes('"msg":"listening"')));
  const { provider } = JSON.parse(listening) as { provider: string };
  expect((await fetch(`http://${provider}/traefik?hold=off`)).status).toBe(423);
  const said = (line: string) => until(line, () => server.stderr().includes(`"msg":"${line}`));
  server.child.kill("SIGHUP");
  await said("read again: no change");
  expect(server.stderr()).not.toContain("rollcall.yaml changed");
  writeFileSync(join(at, "rollcall.yaml"), `${config}settle: 1s\n`);
  server.child.kill("SIGHUP");
  await said("rollcall.yaml changed: restart to apply");
  writeFileSync(join(at, "rollcall.yaml"), `${config}setle: hunter2\n`);
  server.child.kill("SIGHUP");
  await said(
    `rollcall.yaml changed and is invalid, so a restart would fail: ${at}/rollcall.yaml:4:1: error: setle: unknown key`,
  );
  expect(server.stderr()).not.toContain("hunter2");
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(server.stdout()).toBe("");
  for (const line of lines()) expect(() => JSON.parse(line), line).not.toThrow();
  expect(lines().at(-1)).toContain('"msg":"stopped"');
});

test("a follower says at SIGHUP that it has no files to read again, and what changed in its configuration; it stops on SIGTERM with 0", async () => {
  const config = `provider: { listen: 127.0.0.1:0 }\nadmin: { listen: 127.0.0.1:0 }\nfollow: [{ url: "http://127.0.0.1:1", token: token }]\n`;
  const at = place({ "rollcall.yaml": config });
  const server = start(at, ["follow"]);
  const said = (line: string) => until(line, () => server.stderr().includes(line));
  await said(`"msg":"listening"`);
  await said(`${at}/token: does not exist`);
  server.child.kill("SIGHUP");
  await said(`"msg":"nothing to read again: `);
  expect(server.stderr()).not.toContain("rollcall.yaml changed");
  writeFileSync(join(at, "rollcall.yaml"), config.replace("token: token", "token: other"));
  server.child.kill("SIGHUP");
  await said(`"msg":"rollcall.yaml changed: restart to apply`);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  const { code, stderr } = await run(at, ["follow", "https://me:hunter2@127.0.0.1:1"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("https://127.0.0.1:1: is an http or https address without credentials"),
  ]);
  expect(stderr).not.toContain("hunter2");
});
