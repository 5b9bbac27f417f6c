import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createDriver } from "../../embedded-daemon/driver.ts";

const main = fileURLToPath(new URL("../../embedded-daemon/main.ts", import.meta.url));

test("the hand tool names its socket, works, and on Ctrl-C ends by itself and leaves nothing", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fake-lxd-"));
  const socket = join(directory, "unix.socket");
  const tool = spawn(process.execPath, ["--import", "tsx", main, "--socket", socket, "--delay", "0"]);
  const [said] = (await once(tool.stdout, "data")) as [Buffer];
  expect(String(said)).toContain(`curl -s --unix-socket ${socket}`);
  const driver = createDriver(socket);
  await driver.launch("web-0");
  const address = await driver.waitForAddress("web-0");
  expect(await (await fetch(`http://${address}:3000/`)).text()).toBe(`web-0 ${address} v1\n`);
  await driver.close();
  tool.kill("SIGINT");
  expect(await once(tool, "exit")).toEqual([0, null]);
  expect(existsSync(socket)).toBe(false);
  await rm(directory, { recursive: true });
});
