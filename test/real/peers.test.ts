import { afterEach, describe, expect, test } from "vitest";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { serving, whilePolled } from "../support/server/house.ts";
import { markOf, peerOf, useStreet } from "../support/server/peers.ts";
import { startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

const traefikPart = await realTraefik();
const etcd = await etcdMissing();
const street = useStreet();
const drainWeb1 = { targets: ["web-1"], by: "ann", grace: "0s" };
const isDrained = ({ step }: { readonly step: string }) => step === "drained";

describe.skipIf(traefikPart.missing)(
  titled("two Traefiks, one beside each of two servers", traefikPart.missing),
  () => {
    const traefiks: Traefik[] = [];
    /** Starts one for each server: edge1, edge2. */
    async function bothTraefiks(...servers: readonly { readonly endpoint: string }[]) {
      for (const [index, { endpoint }] of servers.entries())
        traefiks.push(
          await startTraefik({ binary: traefikPart.binary, endpoint: `${endpoint}?name=edge${index + 1}` }),
        );
      await bothServe(2, 2);
    }
    const served = () => Promise.all(traefiks.map(async (one) => (await one.servers("web"))?.length));
    const bothServe = (...numbers: readonly number[]) =>
      until(`they serve ${numbers}`, async () => String(await served()) === String(numbers));
    afterEach(async () => {
      for (const one of traefiks) one.signal("SIGCONT");
      await Promise.all(traefiks.splice(0).map((one) => one.stop()));
    });

    test("acknowledge a drain that is set at one of them, and one that hangs is waited for and named", async () => {
      const { declare, launch, start, url, write } = street();
      declare(2, "a", "b");
      await launch("web-0", "web-1");
      const [a, b] = [await start("a", ["b"]), await start("b", ["a"])];
      await Promise.all([serving(a, 2), serving(b, 2), peerOf(a, "agrees"), peerOf(b, "agrees")]);
      await bothTraefiks(a, b);
      traefiks[1]?.signal("SIGSTOP");
      await write(a, "POST", drainWeb1);
      // The polls of this test itself are those of another client, which is waited for too.
      const polled = <T>(run: () => Promise<T>) => whilePolled(a, () => whilePolled(b, run));
      const words = `peer ${url("b")}: waiting for edge2 to poll`;
      await polled(() => markOf(a, ({ step, detail }) => step === "waiting-for-peers" && detail === words));
      traefiks[1]?.signal("SIGCONT");
      await polled(() => Promise.all([markOf(a, isDrained), markOf(b, isDrained)]));
      expect(await served()).toEqual([1, 1]);
      await write(b, "DELETE", { all: true });
      await bothServe(2, 2);
    });

    test.each<"SIGKILL" | "SIGSTOP">(["SIGKILL", "SIGSTOP"])(
      "wait for a peer whose process gets %s in the middle of a drain, and that goes on with it when it is back",
      { timeout: 300_000 },
      async (signal) => {
        const { declare, launch, spawn, start, url, write } = street();
        declare(2, "a", "b");
        await launch("web-0", "web-1");
        const [a, b] = [await start("a", ["b"]), await spawn("b", ["a"])];
        await Promise.all([serving(a, 2), peerOf(a, "agrees"), peerOf(b, "agrees")]);
        await bothTraefiks(a, b);
        traefiks[1]?.signal("SIGSTOP");
        await write(a, "POST", drainWeb1);
        await markOf(b, ({ detail }) => detail === "waiting for edge2 to poll");
        b.run.child.kill(signal);
        const words = `peer ${url("b")}: is not answering, and its Traefiks may run an older document`;
        await markOf(a, ({ step, detail }) => step === "waiting-for-peers" && detail === words);
        traefiks[1]?.signal("SIGCONT");
        await bothServe(1, 2);
        expect(await markOf(a, () => true)).toMatchObject({ step: "waiting-for-peers", waitsFor: [url("b")] });
        if (signal === "SIGSTOP") b.run.child.kill("SIGCONT");
        const again = signal === "SIGKILL" ? await spawn("b", ["a"]) : b;
        await Promise.all([a, again].map((server) => markOf(server, isDrained, "web-1", 120_000)));
        expect(await markOf(again, () => true)).toMatchObject({ by: "ann" });
        expect(await served()).toEqual([1, 1]);
      },
    );
  },
);

describe.skipIf(etcd)(titled("servers that share and write to one etcd", etcd), () => {
  let store: Etcd;
  afterEach(() => store?.down());

  test("drain at the one that is standby: what lies there is waited for where it is written, also after a change of turns", async () => {
    store = await startEtcd();
    const { declare, launch, start, write } = street();
    declare(2, "a", "b");
    await launch("web-0", "web-1");
    const outputs = [{ etcd: store.endpoints, lease: "5s" }];
    const a = await start("a", ["b"], { outputs });
    await until("a writes", async () => (await a.status()).outputs[0]?.state === "written");
    const b = await start("b", ["a"], { outputs });
    await until("b is standby", async () => (await b.status()).outputs[0]?.state === "standby");
    await Promise.all([peerOf(a, "agrees"), peerOf(b, "agrees")]);
    const written = async () =>
      (await store.ctl("get", "traefik/http/services/web/loadBalancer/servers", "--prefix", "--keys-only")).match(
        /url$/gm,
      )?.length;
    await until("two servers are there", async () => (await written()) === 2);
    await write(b, "POST", drainWeb1);
    await Promise.all([markOf(a, isDrained), markOf(b, isDrained)]);
    expect(await written()).toBe(1);
    await a.stop();
    await until("b writes", async () => (await b.status()).outputs[0]?.state === "written");
    await write(b, "DELETE", { all: true });
    await until("two servers are there again", async () => (await written()) === 2);
    const again = await start("a", ["b"], { outputs });
    await until("a is standby", async () => (await again.status()).outputs[0]?.state === "standby");
    await write(again, "POST", drainWeb1);
    await Promise.all([markOf(again, isDrained), markOf(b, isDrained)]);
    expect(await written()).toBe(1);
  });
});

describe("three servers", () => {
  test("have what was set while one was not there yet, and wait for it; each accepts what one was told to", async () => {
    const { declare, launch, start, url, write } = street();
    declare(2, "a", "b", "c");
    await launch("web-0", "web-1");
    const [a, b] = [await start("a", ["a", "b", "c"]), await start("b", ["a", "b", "c"])];
    await Promise.all([serving(a, 2), serving(b, 2)]);
    await write(a, "POST", drainWeb1);
    const words = `peer ${url("c")}: is not answering, and its Traefiks may run an older document`;
    const polled = <T>(run: () => Promise<T>) => whilePolled(a, () => whilePolled(b, run));
    for (const server of [a, b]) await polled(() => markOf(server, ({ detail }) => detail === words));
    const c = await start("c", ["a", "b", "c"]);
    await polled(() => Promise.all([a, b, c].map((server) => markOf(server, isDrained))));
    await write(c, "POST", {}, "/api/accept/local");
    for (const server of [a, b]) await until("accepted", () => server.log().includes("is accepted, as at a peer"));
  });
});
