import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { steadyNow } from "../../../files/steady-now.ts";
import { createPublisher } from "../../../server/document/publisher.ts";
import type { Snapshot } from "../../../server/document/snapshot.ts";
import { runOutput } from "../../../server/outputs/run-output.ts";
import type { Report, Writer } from "../../../server/outputs/writer.ts";

/** One loop keeps each output at the newest document that is not locked. */

const none: Omit<Snapshot, "status" | "version" | "body"> = {
  ...{ type: "application/json", gzip: Buffer.of(), waiting: "", stale: "" },
  ...{ served: new Set(), instances: new Set() },
};
const unlocked = (version: string, body = `{"http":{"routers":{"${version}":{}}}}`): Snapshot => ({
  ...{ ...none, status: 200, version, body: Buffer.from(body) },
});
const locked: Snapshot = { ...none, status: 423, version: "locked", body: Buffer.from("{}") };

function started(
  first: Snapshot,
  answer: (signal: AbortSignal) => Promise<Report> | Report = () => ({ warnings: [] }),
) {
  const stop = new AbortController();
  const calls: string[] = [];
  const lines: string[] = [];
  const say = (values: object, text: string) => void lines.push(`${text} ${JSON.stringify(values)}`);
  const called = async (call: string, signal: AbortSignal) => {
    calls.push(call);
    return await answer(signal);
  };
  const writer: Writer = {
    target: "a place",
    write: ({ version }, signal) => called(version, signal),
    check: ({ version }, signal) => called(`${version}, compared`, signal),
    close: async () => void calls.push("closed"),
  };
  const publisher = createPublisher(first, 0, () => {});
  const log = { info: say, warn: say } as never;
  const output = runOutput({ writer, publisher, resync: 60_000, log, signal: stop.signal });
  return { ...output, publisher, calls, lines, stop };
}

describe("an output", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const soon = () => vi.advanceTimersByTimeAsync(0);

  test("is compared at the start, written at each change, and compared at each resync", async () => {
    const { publisher, calls, state } = started(unlocked("a"));
    await soon();
    expect(calls).toEqual(["a, compared"]);
    publisher.offer(unlocked("b"));
    expect(state()).toMatchObject({ state: "behind", version: "a" });
    await soon();
    expect(state()).toMatchObject({
      target: "a place",
      state: "written",
      version: "b",
      loaded: [{ ordinal: 1 }, { ordinal: 2 }],
    });
    // Traefik needs up to five seconds to load what was written.
    expect((state().loaded.at(-1)?.at ?? 0) - steadyNow()).toBe(5000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(calls).toEqual(["a, compared", "b", "b, compared", "b, compared"]);
  });

  test("is not written while the document is locked, and keeps what it has", async () => {
    const { publisher, calls, state } = started(locked);
    await soon();
    expect([calls, state().state]).toEqual([[], "behind"]);
    publisher.offer(unlocked("a"));
    await soon();
    publisher.offer(locked);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual(["a, compared", "a, compared"]);
    expect(state()).toMatchObject({ state: "written", version: "a" });
  });

  test("is never given a document without any object", async () => {
    const { calls, state } = started(unlocked("empty", "{}"));
    await soon();
    expect(calls).toEqual([]);
    expect(state()).toMatchObject({ state: "failing", problem: expect.stringContaining("no object") });
  });

  test("gets the newest of several changes, and never two at once", async () => {
    let go = () => {};
    const { publisher, calls } = started(unlocked("a"), async () => {
      await new Promise<void>((resolve) => (go = resolve));
      return { warnings: [] };
    });
    publisher.offer(unlocked("b"));
    publisher.offer(unlocked("c"));
    await soon();
    expect(calls).toEqual(["a, compared"]);
    go();
    await soon();
    expect(calls).toEqual(["a, compared", "c"]);
  });

  test("that fails is tried again after growing gaps, compared, and reported once", async () => {
    let fails = true;
    const { calls, lines, state, publisher } = started(unlocked("a"), () => {
      if (fails) throw new Error("no space left");
      return { warnings: [] };
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(state()).toMatchObject({ state: "failing", problem: "no space left", version: undefined });
    expect(state()).toMatchObject({ failures: calls.length, lastGood: undefined });
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThan(15);
    publisher.offer(unlocked("b"));
    fails = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(calls.at(-1)).toBe("b, compared");
    expect(state()).toMatchObject({ state: "written", problem: undefined, failures: calls.length - 1 });
    expect(state().lastGood).toBe(steadyNow() - 5000);
    expect(lines.map((line) => line.split(" {")[0])).toEqual([
      "an output can't be written: it is tried again",
      "an output is written",
    ]);
  });

  test("that another server writes is asked again every few seconds, and compared then", async () => {
    const { calls, state } = started(unlocked("a"), () => ({ warnings: [], standby: "b holds the lease" }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toEqual(["a, compared", "a, compared", "a, compared"]);
    expect(state()).toMatchObject({ state: "standby", problem: "b holds the lease", version: undefined });
  });

  test("says each warning once, and each repair", async () => {
    const { lines, state } = started(unlocked("a"), () => ({ warnings: ["w"], repaired: "was gone" }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state().warnings).toEqual(["w"]);
    expect(lines.filter((line) => line.includes('"warning":"w"'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('"repaired":"was gone"'))).toHaveLength(2);
  });

  test("that was put right, or was another server's, is loaded five seconds after it is written again", async () => {
    let report: Report = { warnings: [] };
    const { state } = started(unlocked("a"), () => report);
    const loadedIn = () => state().loaded.map(({ at }) => at - steadyNow());
    await soon();
    expect(loadedIn()).toEqual([5000]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loadedIn()).toEqual([-55_000]);
    report = { warnings: [], repaired: "held an older document" };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loadedIn()).toEqual([5000]);
    report = { warnings: [], standby: "b holds the lease" };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loadedIn()).toEqual([]);
    report = { warnings: [] };
    await vi.advanceTimersByTimeAsync(5000);
    expect(loadedIn()).toEqual([5000]);
  });

  test("that hangs is given up after a minute", async () => {
    const { state } = started(
      unlocked("a"),
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    );
    await vi.advanceTimersByTimeAsync(61_000);
    expect(state()).toMatchObject({ state: "failing", problem: "it was not written within 60 s" });
  });

  test("shows no text of a fault of rollcall's, which may hold a secret", async () => {
    const { state } = started(unlocked("a"), () => {
      throw new TypeError("secret");
    });
    await soon();
    expect(state().problem).toMatch(/^a fault of rollcall itself: TypeError/);
  });

  test("ends with the signal, and closes its writer", async () => {
    const { calls, stop, ended } = started(unlocked("a"));
    await soon();
    stop.abort();
    await ended;
    expect(calls.at(-1)).toBe("closed");
  });
});
