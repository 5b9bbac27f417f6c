import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createPublisher } from "../../../server/document/publisher.ts";
import { lockedSnapshot, snapshotOf } from "../../support/server/literals.ts";

const of = snapshotOf;
const locked = lockedSnapshot;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function publisherWith(first: ReturnType<typeof of>) {
  const publisher = createPublisher(first, 250, (error) => expect.fail(String(error)));
  const versions: [number, string][] = [];
  const begin = performance.now();
  publisher.onVersion(({ version }) => versions.push([Math.round(performance.now() - begin), version]));
  return { publisher, versions };
}

describe("a version", () => {
  test("goes out at once after a quiet time, and the next when 250 ms have passed", () => {
    const { publisher, versions } = publisherWith(of(1));
    publisher.offer(of(2));
    vi.advanceTimersByTime(10);
    publisher.offer(of(3));
    publisher.offer(of(4));
    vi.advanceTimersByTime(1000);
    expect(versions).toEqual([
      [0, of(2).version],
      [250, of(4).version],
    ]);
  });

  test("that removes a member goes out within 100 ms", () => {
    const { publisher, versions } = publisherWith(of(3));
    publisher.offer(of(5));
    vi.advanceTimersByTime(20);
    publisher.offer(of(2));
    vi.advanceTimersByTime(1000);
    expect(versions.map(([time]) => time)).toEqual([0, 110]);
  });

  test("is not put off by further removals", () => {
    const { publisher, versions } = publisherWith(of(9));
    publisher.offer(of(8));
    for (const n of [7, 6, 5]) {
      vi.advanceTimersByTime(30);
      publisher.offer(of(n));
    }
    vi.advanceTimersByTime(1000);
    expect(versions[1]?.[0]).toBeLessThanOrEqual(130);
    expect(versions.at(-1)?.[1]).toBe(of(5).version);
  });

  test("is no change when it is equal, and neither is one that was reverted", () => {
    const { publisher, versions } = publisherWith(of(1));
    publisher.offer(of(1));
    publisher.offer(of(2));
    vi.advanceTimersByTime(10);
    publisher.offer(of(3));
    publisher.offer(of(2));
    vi.advanceTimersByTime(1000);
    expect(versions).toHaveLength(1);
  });

  test("that unlocks goes out at once, however often the lock changed before", () => {
    const { publisher, versions } = publisherWith(locked(3));
    publisher.offer(locked(2));
    vi.advanceTimersByTime(5);
    publisher.offer(of(2));
    expect(versions.at(-1)).toEqual([5, of(2).version]);
  });

  test("moves at most every 250 ms under a storm that removes no replica, and the last one wins", () => {
    const { publisher, versions } = publisherWith(of(1));
    for (let n = 2; n < 102; n++) {
      publisher.offer(of(n));
      vi.advanceTimersByTime(20);
    }
    vi.advanceTimersByTime(1000);
    expect(versions.length).toBeLessThanOrEqual(9);
    expect(publisher.current().version).toBe(of(101).version);
  });
});

test("a listener that throws is reported, and stops none of the others", () => {
  const faults: unknown[] = [];
  const versions: string[] = [];
  const publisher = createPublisher(of(1), 250, (error) => void faults.push(error));
  publisher.onVersion(() => {
    throw new Error("no");
  });
  publisher.onVersion(({ version }) => versions.push(version));
  publisher.offer(of(2));
  expect([faults, versions]).toEqual([[new Error("no")], [of(2).version]]);
});
