import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { Drain } from "../../../server/marks/drain.ts";
import { createSharing, type Sharing } from "../../../server/peers/sharing.ts";
import { answerReader, type PeerState, written } from "../../../server/peers/wire.ts";
import { markKey } from "../../../server/roll-call/marks.ts";
import { nothingKept } from "../../../server/state/format.ts";
import { instance, see } from "../../support/server/literals.ts";

const year = 365 * 24 * 3_600_000;
const start = 60 * year;
const read = answerReader("3.7");

/** A server with a clock of its own. */
function server(behind = 0, kept: Pick<typeof nothingKept, "marks" | "shared"> = nothingKept) {
  const clock = { time: start - behind };
  const now = () => clock.time;
  const sharing = createSharing({ kept, log: pino({ enabled: false }), now });
  return { clock, now, sharing, mark: (more: Partial<Drain> = {}) => markAt(now(), more) };
}
type Server = ReturnType<typeof server>;

function markAt(now: number, more: Partial<Drain>): Drain {
  const place = { source: "local", project: "default", instance: "web-0" };
  return { ...place, uuid: "", by: "ann", grace: 5, since: now, until: now + 60_000, ...more };
}
const set = ({ sharing, mark }: Server, more: Partial<Drain> = {}) => {
  const one = mark(more);
  sharing.marks.set(new Map([[markKey(one), one]]));
};
const key = "local/default/web-0";

/** What a server tells, as JSON. */
function told({ sharing, now }: Server): Buffer {
  const drains = sharing.marks.current();
  const marks = [...sharing.current().marks].map(([key, entry]) => {
    const drain = drains.get(key);
    return [key, { ...entry, ...(drain && { drain }) }] as const;
  });
  const { accepts } = sharing.current();
  const state: PeerState = {
    id: sharing.id,
    version: "v",
    inputs: new Map(),
    asks: [],
    outputs: [],
    marks: new Map(marks),
    accepts,
  };
  return Buffer.from(JSON.stringify(written(state, [], now())));
}
const hear = (to: Server, from: Server) => to.sharing.take(read(told(from), to.now()).state);
const drained = ({ sharing }: Server) => sharing.marks.current().get(key);
const keptOf = ({ marks, current }: Sharing) => ({ marks: marks.current(), shared: current() });

describe("what servers share", () => {
  test("has the newest mark and its newest end at both, though a clock is behind by a year", () => {
    const [a, b] = [server(), server(year)];
    set(a);
    hear(b, a);
    // As long as at the other one, by its own clock.
    expect(drained(b)).toEqual(b.mark());
    b.sharing.marks.takeBack([key]);
    hear(a, b);
    expect([drained(a), drained(b)]).toEqual([undefined, undefined]);
    set(b, { by: "bob" });
    hear(a, b);
    hear(b, a);
    expect([drained(a)?.by, drained(b)?.by]).toEqual(["bob", "bob"]);
  });

  test("comes to the same at both where each wrote of one mark unseen by the other", () => {
    const [a, b] = [server(), server()];
    set(a);
    set(b, { by: "bob" });
    a.sharing.marks.takeBack([key]);
    const [fromA, fromB] = [told(a), told(b)];
    b.sharing.take(read(fromA, b.now()).state);
    a.sharing.take(read(fromB, a.now()).state);
    expect(drained(a)).toEqual(drained(b));
  });

  test("is not taken up again by a server that has seen the instance gone, nor after its restart", () => {
    const [a, b] = [server(), server()];
    set(a);
    hear(b, a);
    b.sharing.marks.see(see(instance("web-1")));
    hear(b, a);
    expect(drained(b)).toBeUndefined();
    const again = server(0, keptOf(b.sharing));
    hear(again, a);
    expect(drained(again)).toBeUndefined();
    // Nor does it say to others that the mark has ended.
    hear(a, again);
    expect(drained(a)).toMatchObject({ by: "ann" });
    set(a, { by: "bob" });
    hear(again, a);
    expect(drained(again)?.by).toBe("bob");
  });

  test("knows an end for an hour after the mark's deadline, over a restart too", () => {
    const [a, late] = [server(), server()];
    set(a);
    hear(late, a);
    a.sharing.marks.takeBack([key]);
    const again = server(0, keptOf(a.sharing));
    hear(again, late);
    expect(drained(again)).toBeUndefined();
    again.clock.time += 2 * 3_600_000;
    set(again, { instance: "web-1" });
    expect([...again.sharing.current().marks.keys()]).toEqual(["local/default/web-1"]);
  });

  test("has each accept once", () => {
    const [a, b] = [server(), server()];
    a.sharing.accept("local");
    expect(hear(b, a)).toEqual(["local"]);
    expect(hear(b, a)).toEqual([]);
    expect(hear(a, b)).toEqual([]);
  });

  test("is refused where it is anything else, and is told apart from a mark under another's key", () => {
    for (const text of ["", "{}", '{"format":2}', "[]"])
      expect(() => read(Buffer.from(text), 0)).toThrow("its answer is not one of a rollcall that shares marks");
    const a = server();
    set(a);
    const forged = JSON.parse(told(a).toString());
    forged.marks[0].key = "local/default/web-9";
    expect(read(Buffer.from(JSON.stringify(forged)), 0).state.marks.size).toBe(0);
  });
});

const seed = Number(process.env.ROLLCALL_SEED ?? Date.now() % 2 ** 31);

test(`three servers come to the same marks, whatever was heard, lost, written or restarted before (seed ${seed})`, () => {
  const which = fc.nat(2);
  const name = fc.constantFrom("web-0", "web-1");
  const step = fc.oneof(
    fc.record({ act: fc.constant("set" as const), at: which, name }),
    fc.record({ act: fc.constant("takeBack" as const), at: which, name }),
    fc.record({ act: fc.constant("restart" as const), at: which, name }),
    fc.record({ act: fc.constant("hear" as const), at: which, from: which }),
  );
  // A clock that is behind by a year, one that is ahead by an hour; each is set back at a restart.
  const behind = [0, year, -3_600_000];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const all = behind.map((one) => server(one));
      const at = (index: number) => all[index] as Server;
      steps.forEach((one, index) => {
        const own = at(one.at);
        if (one.act === "set") set(own, { instance: one.name, by: `write ${index}` });
        else if (one.act === "takeBack") own.sharing.marks.takeBack([`local/default/${one.name}`]);
        else if (one.act === "restart") all[one.at] = server(behind[one.at], keptOf(own.sharing));
        else hear(own, at(one.from));
        for (const { clock } of all) clock.time += 7;
      });
      for (const round of [1, 2])
        for (const to of all) for (const from of all) if (from !== to || round === 1) hear(to, from);
      const [first, ...others] = all.map(({ sharing }) =>
        [...sharing.marks.current()].map(([key, { by }]) => `${key} ${by}`).sort(),
      );
      for (const one of others) expect(one).toEqual(first);
    }),
    { seed, numRuns: 200 },
  );
});
