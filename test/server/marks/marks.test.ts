import { describe, expect, test } from "vitest";
import type { Drain } from "../../../server/marks/drain.ts";
import { createMarks } from "../../../server/marks/marks.ts";
import { markKey } from "../../../server/roll-call/marks.ts";
import type { Listing } from "../../../server/roll-call/observed.ts";
import { instance, listing, nothingRead, see, seeListing } from "../../support/server/literals.ts";
import { until } from "../../support/until.ts";

const mark = (name: string, more: Partial<Drain> = {}): readonly [string, Drain] => {
  const place = { source: "local", project: "default", instance: name };
  return [markKey(place), { ...place, uuid: "one", by: "ann", since: 0, until: 1000, grace: 0, ...more }];
};
const named = (name: string, uuid: string) => ({ ...instance(name), uuid });

function owner(...kept: (readonly [string, Drain])[]) {
  const log: string[] = [];
  const marks = createMarks({
    kept: new Map(kept),
    log: { info: (line: string) => void log.push(line) } as never,
    now: () => 0,
  });
  return { marks, log, names: () => [...marks.current().values()].map((one) => one.instance) };
}

describe("a mark ends by itself", () => {
  test.each<[string, Listing]>([
    ["when a good listing lacks its instance: the instance is gone", listing(instance("web-1"))],
    ["when another instance has its name: another instance has its name by now", listing(named("web-0", "two"))],
  ])("%s", (title, seen) => {
    const { marks, log, names } = owner(mark("web-0"));
    marks.see(seeListing(seen));
    expect(names()).toEqual([]);
    expect(log).toEqual([`the drain of local/default/web-0 has ended: ${title.split(": ")[1]}`]);
  });

  test.each<[string, Parameters<typeof seeListing>[0] | undefined]>([
    ["its source has not been read", undefined],
    ["the newest listing failed", { ...listing(), problem: "down" }],
    ["its instance is lost silently", listing(instance("web-0", { state: "unlisted" }))],
    ["its instance is in an error state", listing(instance("web-0", { state: "error" }))],
    ["its instance is stopped", listing({ ...named("web-0", "one"), state: "stopped" })],
  ])("but not while %s", (_, seen) => {
    const { marks, names } = owner(mark("web-0"));
    marks.see(seen ? seeListing(seen) : nothingRead);
    expect(names()).toEqual(["web-0"]);
  });

  test("at its deadline, each at its own, and never while the server was down: then at the start", async () => {
    const stop = new AbortController();
    let now = 1000;
    const kept = new Map([
      mark("late", { until: now - 1 }),
      mark("soon", { until: now + 30 }),
      mark("later", { until: now + 60_000 }),
    ]);
    const marks = createMarks({ kept, log: { info: () => {} }, now: () => now });
    const heard: number[] = [];
    const running = marks.run((all) => void heard.push(all.size), stop.signal);
    expect(marks.current().size).toBe(2);
    now += 30;
    await until("the first deadline", () => heard.length > 0);
    expect([...marks.current().values()].map((one) => one.instance)).toEqual(["later"]);
    stop.abort();
    await running;
  });
});

test("each change is reported whole, and what changes nothing is not", () => {
  const { marks } = owner();
  const heard: string[][] = [];
  void marks.run((all) => void heard.push([...all.keys()]), AbortSignal.timeout(60_000));
  marks.set(new Map([mark("web-0")]));
  marks.set(new Map());
  marks.set(new Map([mark("web-1")]));
  marks.see(see(named("web-0", "one"), named("web-1", "one")));
  marks.takeBack(["local/default/web-0", "local/default/none"]);
  expect(heard).toEqual([
    ["local/default/web-0"],
    ["local/default/web-0", "local/default/web-1"],
    ["local/default/web-1"],
  ]);
});

describe("a mark is released at the first published document without its instance", () => {
  const web0 = "local/default/web-0";
  function publishing() {
    const { marks } = owner(mark("web-0"));
    let document = { status: 200, instances: new Set([web0]) };
    let ordinal = 1;
    let said = () => {};
    marks.follow({
      current: () => document,
      ordinal: () => ordinal,
      since: () => ordinal * 100,
      onVersion(listener) {
        said = listener;
      },
    });
    said();
    return {
      marks,
      publish(status: number, ...instances: string[]) {
        document = { status, instances: new Set(instances) };
        if (status === 200) ordinal++;
        said();
      },
    };
  }

  test("and stays so with later ones", () => {
    const { marks, publish } = publishing();
    expect(marks.releaseOf(web0)).toBeUndefined();
    publish(200);
    publish(200, "local/default/web-1");
    expect(marks.releaseOf(web0)).toEqual({ ordinal: 2, at: 200 });
  });

  test("which a locked answer is not", () => {
    const { marks, publish } = publishing();
    publish(423);
    expect(marks.releaseOf(web0)).toBeUndefined();
  });

  test("and if the newest one is without it already, at that", () => {
    const { marks } = publishing();
    marks.set(new Map([mark("web-7")]));
    marks.see(nothingRead);
    expect(marks.releaseOf("local/default/web-7")).toEqual({ ordinal: 1, at: 100 });
  });

  test("until it is taken back: another mark of its instance begins anew", () => {
    const { marks, publish } = publishing();
    publish(200);
    marks.takeBack([web0]);
    publish(200, web0);
    marks.set(new Map([mark("web-0")]));
    marks.see(nothingRead);
    expect(marks.releaseOf(web0)).toBeUndefined();
  });
});
