import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Written } from "../../server/outputs/writer.ts";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { failure, one, two, writerTo } from "../support/real/etcd-writer.ts";
import { titled } from "../support/real/parts.ts";
import { startFollower } from "../support/server/follower.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const missing = await etcdMissing();

describe.skipIf(missing)(titled("a follower of an etcd", missing), () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd?.down());
  const at = () => `etcd://${etcd.endpoints.map((url) => new URL(url).host).join(",")}/traefik`;

  const serves = (follower: Rollcall, { version, body }: Written) =>
    until("the document", async () => {
      const served = await follower.document();
      return served.version === version && served.body === body.toString();
    });
  const problem = async (follower: Rollcall, index = 0) => (await follower.status()).sources[index]?.problem;

  test("serves the bytes that a rollcall has written there with their version, each change, and keeps them while etcd is gone", async () => {
    const writer = writerTo(etcd);
    const follower = await startFollower(at());
    await until("it says that there is none", async () =>
      /there is no key rollcall\/traefik/.test((await problem(follower)) ?? ""),
    );
    expect((await follower.document()).status).toBe(423);
    await writer.put(one);
    await serves(follower, one);
    expect(await follower.status()).toMatchObject({
      state: "ready",
      sources: [{ endpoint: at(), up: true, problem: null }],
    });
    const began = performance.now();
    await writer.put(two);
    await serves(follower, two);
    expect(performance.now() - began).toBeLessThan(2000);
    await etcd.act("kill", 1);
    await until("it says so", async () => /nothing listens there: does etcd run/.test((await problem(follower)) ?? ""));
    await serves(follower, two);
    await etcd.act("start", 1);
    await until("it is written", async () => (await failure(writer.look(one))) === "nothing failed");
    await serves(follower, one);
    await writer.close();
  });

  test("takes what lies in an etcd that was made anew at the same address, whose revisions are lower", async () => {
    const other = await startEtcd();
    onTestFinished(() => other.down());
    let [target] = etcd.endpoints;
    const open = new Set<Socket>();
    const front = createServer((outer) => {
      const inner = connect(2379, new URL(target ?? "").hostname);
      for (const [one, peer] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        open.add(one);
        one.on("error", () => peer.destroy()).on("close", () => peer.destroy());
      }
      inner.pipe(outer).pipe(inner);
    });
    await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void front.close());
    const [first, later] = [writerTo(etcd), writerTo(other)];
    for (const document of [two, one, two, one]) await first.put(document);
    await later.put(two);
    const follower = await startFollower(`etcd://127.0.0.1:${(front.address() as AddressInfo).port}/traefik`);
    await serves(follower, one);
    [target] = other.endpoints;
    for (const one of open) one.destroy();
    await serves(follower, two);
    await Promise.all([first.close(), later.close()]);
  });

  test("stands beside servers: where the first upstream is gone etcd's document is served", async () => {
    const writer = writerTo(etcd);
    await writer.put(one);
    const follower = await startFollower("http://127.0.0.1:1", { etcd: etcd.endpoints, prefix: "traefik" });
    await serves(follower, one);
    expect(await follower.status()).toMatchObject({ sources: [{ up: false }, { up: true }] });
    await writer.close();
  });
});
