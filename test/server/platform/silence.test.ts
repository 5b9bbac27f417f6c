import { Agent } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { quick } from "../../../embedded-daemon/quick.ts";
import { deadlines } from "../../../server/platform/client.ts";
import { eventPaths, followEvents, patience } from "../../../server/platform/events.ts";
import { openUnixProxy } from "../../support/network/unix-proxy.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

const paths = eventPaths(false, ["default"]);

test("a stream that is silent, without even a ping, is dead: a new listing shows what happened, and a new stream is read", async () => {
  await using bench = await quick({ serve: false });
  const { lxd, driver, launched } = bench;
  await launched("web-0");
  await using watched = watchSource(lxd.socket, { patience: { quiet: 800, silence: 1000 } });
  const { source, instance, log } = watched;
  lxd.faults.silentStreams = true;
  lxd.faults.dropStreams();
  await until("the silent stream is open", () => source.status().reconnects > 0);
  await driver.stop("web-0");
  await until("it is given up", () => log().includes("the event stream was silent for 1 s"));
  await until("the stop is seen", () => instance("web-0")?.state === "stopped");
  lxd.faults.silentStreams = false;
  const { events } = source.status();
  await until("a new stream is heard", async () => {
    await driver.setConfig("web-0", { "user.note": String(performance.now()) });
    return source.status().events > events;
  });
});

test("a ping that is overdue makes the source look, and status says so until the stream is heard again", async () => {
  await using bench = await quick({ serve: false });
  const { lxd, driver, launched } = bench;
  await launched("web-0");
  await using watched = watchSource(lxd.socket, { patience: { quiet: 300, silence: 60_000 } });
  const { source, instance } = watched;
  await until("the instance is seen", () => instance("web-0"));
  lxd.faults.loseEvents = true;
  await driver.stop("web-0");
  await until("the stop is seen", () => instance("web-0")?.state === "stopped");
  expect(source.status().eventsProblem).toBe("no ping for 0.3 s");
  lxd.faults.loseEvents = false;
  await driver.start("web-0");
  await until("the stream is heard", () => source.status().eventsProblem === undefined);
  expect(source.status().reconnects).toBe(0);
});

test("Incus cuts a stream that is more than 1,000 events behind and sends nothing again: a stop, a start and a deletion among them are seen", async () => {
  await using bench = await quick({ platform: "incus", serve: false });
  const { lxd, driver, launched } = bench;
  const proxy = await openUnixProxy(lxd.socket);
  onTestFinished(() => proxy.close());
  for (const name of ["web-0", "web-1", "web-2"]) await launched(name);
  await driver.create("web-3");
  await using watched = watchSource(proxy.socket, { patience: { quiet: 600_000, silence: 600_000 } });
  const { source, instance } = watched;
  await until("all are seen", () => watched.listing()?.instances?.size === 4);
  await until("the stream is open", () => lxd.counts.openStreams === 1);
  const before = lxd.counts.events;
  const burst = async (isOver: () => boolean) => {
    const change = async () => {
      while (!isOver()) await driver.setConfig("web-0", { "user.note": String(lxd.counts.events) });
    };
    await Promise.all(Array.from({ length: 16 }, change));
  };

  proxy.hold(true);
  await burst(() => lxd.counts.events - before > 800);
  await driver.stop("web-1", { force: true });
  await driver.remove("web-2");
  await driver.start("web-3");
  await burst(() => lxd.counts.openStreams === 0);
  expect(lxd.counts.events - before).toBeGreaterThan(1000);
  proxy.hold(false);

  await until("the stream is opened again", () => source.status().reconnects > 0);
  await until("the stop is seen", () => instance("web-1")?.state === "stopped");
  await until("the start is seen", () => instance("web-3")?.state === "running");
  await until("the deletion is seen", () => watched.listing()?.instances?.has("web-2") === false);
  expect(source.status().events).toBeLessThan(lxd.counts.events - before);
});

test("a daemon that hangs after a ping is down within 25 s: the look for the overdue ping ends by then", () => {
  // A ping comes every 10 s, so up to 2 s late it is not overdue.
  expect(patience.quiet).toBeGreaterThanOrEqual(12_000);
  expect(patience.quiet + deadlines.standalone).toBeLessThan(25_000);
});

test("unless told otherwise, a stream may be silent for 25 s", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const agent = new Agent({ connect: { socketPath: "/nobody/listens/here" } });
  // The stream's timer is set some promises later.
  const opened = async () => {
    for (let promises = 0; promises < 5; promises++) await Promise.resolve();
  };
  const client = { stream: async () => ({ url: "ws://lxd/1.0/events", dispatcher: agent, headers: {} }) };
  try {
    const { signal } = new AbortController();
    const end = followEvents({ client, paths, onOpen() {}, onEvent() {}, onQuiet() {}, signal, ...patience });
    await opened();
    vi.advanceTimersByTime(25_000);
    expect(await end).toEqual({ reason: "the event stream was silent for 25 s", hung: true });
    const early = followEvents({ client, paths, onOpen() {}, onEvent() {}, onQuiet() {}, signal, ...patience });
    await opened();
    vi.advanceTimersByTime(24_999);
    expect((await early).reason).toMatch(/^the event stream was closed/);
  } finally {
    vi.useRealTimers();
    await agent.destroy();
  }
});
