import { pino } from "pino";
import { Agent } from "undici";
import { expect, test, vi } from "vitest";
import { quick } from "../../../embedded-lxd/quick.ts";
import { followEvents } from "../../../server/platform/events.ts";
import { createLxdSource } from "../../../server/platform/lxd-source.ts";
import type { SourceState } from "../../../server/roll-call/observed.ts";
import { until } from "../../support/until.ts";

test("a stream that is silent, without even a ping, is dead: a new listing shows what happened, and a new stream is read", async () => {
  await using bench = await quick({ serve: false });
  const { lxd, driver, launched } = bench;
  await launched("web-0");
  const stop = new AbortController();
  let seen: SourceState = new Map();
  const lines: string[] = [];
  const source = createLxdSource({
    name: "local",
    socket: lxd.socket,
    projects: ["default"],
    address: { family: "ipv4", subnet: undefined },
    resync: 3_600_000,
    silence: 1000,
    onLook: () => {},
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });
  const ended = source.run((state) => {
    seen = state;
  }, stop.signal);
  const state = (name: string) => seen.get("default")?.instances?.get(name)?.state;
  try {
    lxd.faults.silentStreams = true;
    lxd.faults.dropStreams();
    await until("the silent stream is open", () => source.status().reconnects > 0);
    await driver.stop("web-0");
    await until("it is given up", () => lines.join("").includes("the event stream was silent for 1 s"));
    await until("the stop is seen", () => state("web-0") === "stopped");
    lxd.faults.silentStreams = false;
    const { events } = source.status();
    await until("a new stream is heard", async () => {
      await driver.setConfig("web-0", { "user.note": String(performance.now()) });
      return source.status().events > events;
    });
  } finally {
    stop.abort();
    await ended;
  }
});

test("unless told otherwise, a stream may be silent for 25 s", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const agent = new Agent({ connect: { socketPath: "/nobody/listens/here" } });
  try {
    const end = followEvents({ agent, onOpen() {}, onEvent() {}, signal: new AbortController().signal });
    vi.advanceTimersByTime(25_000);
    expect(await end).toEqual({ reason: "the event stream was silent for 25 s", hung: true });
    const early = followEvents({ agent, onOpen() {}, onEvent() {}, signal: new AbortController().signal });
    vi.advanceTimersByTime(24_999);
    expect((await early).reason).toMatch(/^the event stream was closed/);
  } finally {
    vi.useRealTimers();
    await agent.destroy();
  }
});
