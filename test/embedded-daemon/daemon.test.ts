import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { answerOf, quick } from "../../embedded-daemon/quick.ts";
import { pause, record } from "../contract/stream.ts";

describe("a fleet", () => {
  test("of a cluster is spread over its members", async () => {
    await using bench = await quick({ clustered: true, serve: false });
    const { driver } = bench;
    for (let n = 0; n < 3; n += 1) await driver.launch(`web-${n}`);
    expect((await driver.list()).map((each) => each.location).sort()).toEqual(["m1", "m2", "m3"]);
  });
});

describe("an end", () => {
  test("leaves no socket, no listener and no handle, whatever was going on", async () => {
    const before = handles();
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const address = await launched("web-0");
    await driver.setConfig("web-0", { "environment.GRACE": "60" });
    await record(lxd.socket);
    lxd.faults.nextListing("hang");
    const abandoned = Promise.allSettled([
      driver.stop("web-0"),
      driver.list(),
      fetch(`http://${address}:3000/slow/60`),
    ]);
    await pause(50);
    await lxd.close();
    await abandoned;
    expect(existsSync(lxd.socket)).toBe(false);
    await expect(answerOf(address)).rejects.toThrow();
    await expect.poll(() => handles() - before).toBeLessThanOrEqual(0);
  });

  test("two daemons side by side give out different addresses", async () => {
    await using bench = await quick({ firstBlock: 7 });
    const { launched } = bench;
    const address = await launched("web-0");
    await using other = await createEmbeddedDaemon({ firstBlock: 7 });
    const another = createDriver(other.socket);
    await another.launch("web-0");
    expect(await another.waitForAddress("web-0")).not.toBe(address);
    await another.close();
  });
});

/** What keeps the process alive: servers, sockets and timers. */
function handles(): number {
  const kinds = ["PipeServerWrap", "PipeWrap", "TCPServerWrap", "Timeout"];
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind)).length;
}
