import type { IncomingMessage } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { snapshot } from "../../../server/document/snapshot.ts";
import { isLive, live } from "../../../server/http/live-pollers.ts";
import { createPollers } from "../../../server/http/pollers.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, lockedSnapshot, see } from "../../support/server/literals.ts";

const { plan } = callRoll(noMemory, declare(group("web", 1)), see(instance("web-0")));
const answer = snapshot(plan);

/** A request on a connection of its own, as far as pollers look at it. */
function connection(agent = "Go-http-client/1.1"): IncomingMessage {
  const socket = { remoteAddress: "127.0.0.1", destroyed: false };
  return { socket, headers: { "user-agent": agent } } as unknown as IncomingMessage;
}

function clocked() {
  const clock = { now: 0 };
  return { clock, pollers: createPollers(() => clock.now) };
}

test("a clock that is set forgets no poller, and keeps none", () => {
  vi.useFakeTimers({ now: Date.now(), toFake: ["Date", "performance"] });
  try {
    const pollers = createPollers();
    pollers.answered(pollers.arrive(connection(), undefined), answer);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(pollers.list()).toHaveLength(1);
    vi.setSystemTime(0);
    vi.advanceTimersByTime(15_001);
    expect(pollers.list()).toHaveLength(0);
  } finally {
    vi.useRealTimers();
  }
});

test("a poller whose quick polls are followed by a long hold is still known when that ends", () => {
  const { clock, pollers } = clocked();
  const traefik = connection();
  pollers.answered(pollers.arrive(traefik, undefined), answer);
  clock.now += 2;
  const row = pollers.arrive(traefik, undefined);
  row.held = true;
  clock.now += 60_000;
  pollers.answered(row, answer);
  clock.now += 100;
  // Somebody else's poll has those forgotten who are gone.
  pollers.arrive(connection(), undefined);
  expect(pollers.arrive(traefik, undefined)).toMatchObject({ polls: 3, version: answer.version });
});

test("a poller is forgotten after three of its intervals, and not before 15 s", () => {
  const { clock, pollers } = clocked();
  const [quick, slow] = [connection(), connection()];
  for (const gap of [10, 10_000]) {
    pollers.answered(pollers.arrive(gap === 10 ? quick : slow, undefined), answer);
    clock.now += gap;
    pollers.answered(pollers.arrive(gap === 10 ? quick : slow, undefined), answer);
  }
  clock.now = 10 + 15_001;
  expect(pollers.list()).toHaveLength(1);
  clock.now = 10_010 + 30_000;
  expect(pollers.list()).toHaveLength(1);
  clock.now += 1;
  expect(pollers.list()).toHaveLength(0);
});

test("only the last five gaps of a poller count", () => {
  const isKnownAfter20s = (...gaps: number[]) => {
    const { clock, pollers } = clocked();
    const traefik = connection();
    for (const gap of [0, ...gaps]) {
      clock.now += gap;
      pollers.answered(pollers.arrive(traefik, undefined), answer);
    }
    clock.now += 20_000;
    return pollers.list().length === 1;
  };
  expect(isKnownAfter20s(10_000, 10, 10, 10, 10)).toBe(true);
  expect(isKnownAfter20s(10_000, 10, 10, 10, 10, 10)).toBe(false);
});

test("as many are known as may be held at once, and the oldest give way", () => {
  const { pollers } = clocked();
  for (let i = 0; i < 2100; i++) pollers.arrive(connection(), `edge${i}`);
  const rows = pollers.list();
  expect([rows.length, rows[0]?.name]).toEqual([2000, "edge100"]);
});

test("eight cut holds lower a client's cap to half a second and no further, for an hour", () => {
  const { clock, pollers } = clocked();
  const row = pollers.arrive(connection(), "edge");
  for (let i = 0; i < 8; i++) pollers.cut(row, 60_000);
  expect(row.cap).toBe(500);
  expect(pollers.arrive(connection(), "edge").cap).toBe(500);
  expect(pollers.arrive(connection(), "other").cap).toBe(Number.POSITIVE_INFINITY);
  clock.now += 3_600_001;
  pollers.list();
  expect(pollers.arrive(connection(), "edge").cap).toBe(Number.POSITIVE_INFINITY);
});

describe("a live poller", () => {
  /** A client after some polls, which was given the document of this ordinal with each. */
  function polled({ times = 1, agent = "Go-http-client/1.1", name = "", open = true, given = true }) {
    const { clock, pollers } = clocked();
    const request = connection(agent);
    for (let poll = 0; poll < times; poll++) {
      const row = pollers.arrive(request, name || undefined);
      pollers.answered(row, answer);
      if (given) pollers.gave(row, 1);
      clock.now += 10;
    }
    Object.assign(request.socket, { destroyed: !open });
    const isOne = () => pollers.list().some(isLive);
    return { clock, pollers, request, isOne };
  }

  test("is one from its first document on, while its connection is open", () => {
    expect(polled({}).isOne()).toBe(true);
    expect(polled({ given: false }).isOne()).toBe(false);
  });

  test("keeps a drain waiting before its first document too: it may run one that an earlier server gave it", () => {
    expect(live(polled({ given: false }).pollers.list())).toEqual([{ name: "127.0.0.1", read: [] }]);
    expect(live(polled({ given: false, agent: "rollcall" }).pollers.list())).toEqual([]);
  });

  test("is no verb of rollcall, and no client that comes once without a name and closes its connection", () => {
    expect(polled({ agent: "rollcall", times: 2 }).isOne()).toBe(false);
    expect(polled({ open: false }).isOne()).toBe(false);
    expect(polled({ open: false, name: "edge1" }).isOne()).toBe(true);
    expect(polled({ open: false, times: 2 }).isOne()).toBe(true);
  });

  test("stays one for three intervals after its last poll, though it is stopped and its connection stays open", () => {
    const { clock, pollers, request, isOne } = polled({ times: 2 });
    const row = pollers.arrive(request, undefined);
    row.held = true;
    clock.now += 60_000;
    expect(isOne()).toBe(true);
    // The hold ends, and nobody reads its answer.
    pollers.answered(row, answer);
    clock.now += 15_000;
    expect(isOne()).toBe(true);
    clock.now += 1;
    expect(isOne()).toBe(false);
  });

  test("has what it was given before while it is answered 423 and after it reconnects", () => {
    const { pollers, request } = polled({ times: 2 });
    pollers.answered(pollers.arrive(request, undefined), lockedSnapshot(1));
    Object.assign(request.socket, { destroyed: true });
    pollers.arrive(connection(), undefined);
    expect(pollers.list()).toMatchObject([{ polls: 4, given: { ordinal: 1, at: 0 } }]);
  });

  test("has read a document once it polls again, unless it resets the connection on which it was given that", () => {
    const { clock, pollers, request } = polled({});
    const whatIsRead = () => live(pollers.list());
    const gave = (from: typeof request) => pollers.gave(pollers.arrive(from, undefined), 2);
    expect(whatIsRead()).toEqual([{ name: "127.0.0.1", read: [] }]);
    gave(request);
    expect(whatIsRead()).toEqual([{ name: "127.0.0.1", read: [{ ordinal: 1, at: clock.now }] }]);
    Object.assign(request.socket, { destroyed: true, errored: new Error("ECONNRESET") });
    const second = connection();
    gave(second);
    expect(whatIsRead()).toEqual([{ name: "127.0.0.1", read: [{ ordinal: 1, at: clock.now }] }]);
    clock.now += 10;
    Object.assign(second.socket, { destroyed: true });
    gave(connection());
    const [first] = whatIsRead()[0]?.read ?? [];
    expect(whatIsRead()).toEqual([{ name: "127.0.0.1", read: [first, { ordinal: 2, at: clock.now }] }]);
  });

  test("is not forgotten for thousands of clients that come once", () => {
    const { pollers, isOne } = polled({ times: 2 });
    for (let i = 0; i < 2100; i++) {
      const once = connection("curl/8");
      pollers.answered(pollers.arrive(once, `${i}`), answer);
      Object.assign(once.socket, { destroyed: true });
    }
    expect(isOne()).toBe(true);
  });
});

test("a follower has read a version once it names that one as what everybody behind it runs, whatever connection it uses", () => {
  const { pollers } = clocked();
  const follower = (names: string, agent = "rollcall-follow/1") => {
    const request = connection(agent);
    Object.assign(request.headers, { "rollcall-read": names });
    return pollers.arrive(request, "edge");
  };
  const row = follower("");
  pollers.answered(row, answer);
  pollers.gave(row, 1);
  expect(follower("").read).toEqual([]);
  expect(follower("one that is not known").read).toEqual([]);
  expect(follower(answer.version, "rollcall-follow/2").read).toEqual([]);
  expect(row.read).toEqual([]);
  expect(follower(answer.version)).toBe(row);
  expect(row.read).toMatchObject([{ ordinal: 1 }]);
  expect(pollers.list()).toHaveLength(2);
});

test("a follower has read what it names though it was given newer ones since", () => {
  const { pollers } = clocked();
  const request = connection("rollcall-follow/1");
  const poll = (names: string) => {
    Object.assign(request.headers, { "rollcall-read": names });
    return pollers.arrive(request, "edge");
  };
  for (const ordinal of [1, 2, 3]) {
    const row = poll("");
    pollers.answered(row, { ...answer, version: `version ${ordinal}` });
    pollers.gave(row, ordinal);
  }
  expect(poll("version 2").read).toMatchObject([{ ordinal: 2 }]);
});
