import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drain } from "../../cli/drain.ts";
import { configSchema } from "../../server/config.ts";
import { serving, whilePolled } from "../support/server/house.ts";
import { markOf, peerOf, type Street, useStreet } from "../support/server/peers.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const street = useStreet();
const drainWeb1 = { targets: ["web-1"], by: "ann", grace: "0s" };

/** Two servers that share, with a group of two replicas. */
async function two({ declare, launch, start }: Street) {
  declare(2, "a", "b");
  await launch("web-0", "web-1");
  const [a, b] = [await start("a", ["b"]), await start("b", ["a"])];
  await Promise.all([serving(a, 2), serving(b, 2), peerOf(a, "agrees"), peerOf(b, "agrees")]);
  return { a, b };
}
const isDrained = ({ step }: { readonly step: string }) => step === "drained";
const polledUntil = (a: Rollcall, b: Rollcall, run: () => Promise<unknown>) =>
  whilePolled(a, () => whilePolled(b, run));
const drained = (a: Rollcall, b: Rollcall) =>
  polledUntil(a, b, () => Promise.all([markOf(a, isDrained), markOf(b, isDrained)]));
const undrained = (server: Rollcall) =>
  until("the drain has ended", async () => (await server.status()).marks.length === 0);

describe.concurrent("servers that share", () => {
  test("wait for the pollers of both when one of them drains, and end a drain at both", async () => {
    const { url, write } = street();
    const { a, b } = await two(street());
    await b.document();
    await write(a, "POST", drainWeb1);
    const waiting = await whilePolled(a, () => markOf(a, ({ detail }) => /^peer .* to poll$/.test(detail)));
    expect(waiting).toMatchObject({
      ...{ step: "waiting-for-peers", waitsFor: [url("b")] },
      detail: `peer ${url("b")}: waiting for 127.0.0.1 to poll`,
    });
    await drained(a, b);
    expect(await markOf(b, isDrained)).toMatchObject({ by: "ann", until: expect.stringMatching(/^20/) });
    await Promise.all([serving(a, 1), serving(b, 1)]);
    await write(b, "DELETE", { targets: ["web-1"] });
    await Promise.all([serving(a, 2), serving(b, 2), undrained(a), undrained(b)]);
  });

  test("that can't reach each other name it and wait, and catch up with what was drained and ended meanwhile", async () => {
    const { relays, url, write } = street();
    const { a, b } = await two(street());
    const cut = () => [relays.a, relays.b].map((relay) => relay.cut());
    const heal = () => [relays.a, relays.b].map((relay) => relay.heal());
    cut();
    await write(a, "POST", drainWeb1);
    const words = `peer ${url("b")}: is not answering, and its Traefiks may run an older document`;
    await polledUntil(a, b, () => markOf(a, ({ detail }) => detail === words));
    expect(await peerOf(a, "not answering")).toMatchObject({
      problem: expect.stringContaining("closes the connection"),
    });
    expect(await serving(b, 2)).toHaveLength(2);
    // The verb can end without it; the server goes on saying what is so.
    const lines: string[] = [];
    const config = configSchema.parse({ admin: { listen: a.admin, token: join(street().at.a.path, "token") } });
    const asked = {
      targets: ["web-1"],
      by: "ann",
      grace: 0,
      timeout: 60_000,
      holds: 60_000,
      force: false,
      ifPresent: false,
    };
    const say = (line: string) => void lines.push(line);
    await polledUntil(a, b, async () => {
      expect((await drain({ config, ...asked, withoutPeer: [`${url("b")}/`], say })).code).toBe(0);
    });
    expect(lines.at(-1)).toContain(`web-1: drained here; not waited for: ${words}`);
    expect(isDrained(await markOf(a, () => true))).toBe(false);
    heal();
    await drained(a, b);
    cut();
    await write(b, "DELETE", { all: true });
    await serving(b, 2);
    expect(await serving(a, 1)).toHaveLength(1);
    heal();
    await Promise.all([serving(a, 2), undrained(a)]);
  });

  test("serve both where one has a stale group file, and both name it", async () => {
    const { declare, launch, start } = street();
    declare(2, "a");
    declare(1, "b");
    await launch("web-0", "web-1");
    const [a, b] = [await start("a", ["b"]), await start("b", ["a"])];
    await Promise.all([serving(a, 2), serving(b, 1)]);
    for (const server of [a, b]) expect(await peerOf(server, "differs")).toMatchObject({ differs: ["group web"] });
    expect(await (await fetch(`http://${a.admin}/metrics`)).text()).toMatch(
      /^rollcall_peer_agrees\{peer="http.*"\} 0$/m,
    );
    await Promise.all([serving(a, 2), serving(b, 1)]);
  });

  test("give one that has lost its state the marks, and what was once in effect: it serves at once", async () => {
    const { at, driver, relays, start, write } = street();
    const { a, b } = await two(street());
    await b.stop();
    relays.b.cut();
    await write(a, "POST", drainWeb1);
    await driver.stop("web-0", { force: true });
    rmSync(join(at.b.path, "state"), { recursive: true });
    relays.b.heal();
    const again = await start("b", ["a"]);
    // web-0 is down and web-1 drained: without the memory of its peer it would be locked until both are there.
    const { status, waiting } = await until("an answer", async () => {
      const now = await again.status();
      return now.peers[0]?.state === "agrees" && now;
    });
    expect([status, waiting]).toEqual([200, expect.anything()]);
    expect(await markOf(again, () => true)).toMatchObject({ by: "ann" });
  });
});
