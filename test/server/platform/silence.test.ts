import { Agent } from "undici";
import { expect, test, vi } from "vitest";
import { quick } from "../../../embedded-lxd/quick.ts";
import { deadlines } from "../../../server/platform/client.ts";
import { followEvents, patience } from "../../../server/platform/events.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

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

test("a daemon that hangs after a ping is down within 25 s: the look for the overdue ping ends by then", () => {
  // A ping comes every 10 s, so up to 2 s late it is not overdue.
  expect(patience.quiet).toBeGreaterThanOrEqual(12_000);
  expect(patience.quiet + deadlines.standalone).toBeLessThan(25_000);
});

test("unless told otherwise, a stream may be silent for 25 s", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const agent = new Agent({ connect: { socketPath: "/nobody/listens/here" } });
  try {
    const { signal } = new AbortController();
    const end = followEvents({ agent, onOpen() {}, onEvent() {}, onQuiet() {}, signal, ...patience });
    vi.advanceTimersByTime(25_000);
    expect(await end).toEqual({ reason: "the event stream was silent for 25 s", hung: true });
    const early = followEvents({ agent, onOpen() {}, onEvent() {}, onQuiet() {}, signal, ...patience });
    vi.advanceTimersByTime(24_999);
    expect((await early).reason).toMatch(/^the event stream was closed/);
  } finally {
    vi.useRealTimers();
    await agent.destroy();
  }
});
