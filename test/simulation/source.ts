import { createGuard } from "../../server/platform/guard.ts";
import { type Instance, isBare, type SourceState } from "../../server/roll-call/observed.ts";
import type { InstanceSource } from "../../server/sources/source.ts";
import { aborted } from "../../server/sources/wake.ts";
import { listed, type Truth } from "./truth.ts";
import type { Wires } from "./wires.ts";

/** What a look finds, and what it should have found. */
export type Lie = "none" | "fails" | "lacks" | "errors" | "unread" | "freezing";

/** A source of one project, which looks at the truth, is lied to, and hears of ends or does not. */
export interface SimulatedSource extends InstanceSource {
  /** Looks now; `of` are the machines that the lie is about. The answer is on its way until it is heard. */
  look(lie: Lie, of: readonly string[]): void;
  /** An event is sent that a machine is gone. */
  tellEnd(name: string): void;
}

/** How long listings have to agree about a loss that no event told of, in milliseconds. */
const agreement = 1000;

/** `watched` is called after each roll call, when all of it is known. */
export function createSource(truth: Truth, wires: Wires, watched: () => void): SimulatedSource {
  const guard = createGuard("50%");
  let report = (_state: SourceState, _since: number) => {};
  let takeBack: (() => void) | undefined;
  let last: ReadonlyMap<string, Instance> | undefined;
  /** Since when listings have lacked an instance, or had it in error. */
  let lostSince = new Map<string, number>();

  function seenNow(lie: Lie, of: readonly string[]): Map<string, Instance> {
    const seen = new Map([...truth.machines].map(([name, machine]) => [name, listed(machine)] as const));
    for (const name of of) {
      const one = seen.get(name);
      if (lie === "lacks") seen.delete(name);
      else if (one && lie === "errors") seen.set(name, { name, state: "error", keys: {}, nics: [] });
      else if (one?.state === "running" && lie === "unread")
        seen.set(name, { ...one, state: "unread", nics: [{ name: "eth0", addresses: [], problem: "unread" }] });
      else if (one?.state === "running" && lie === "freezing") seen.set(name, { ...one, state: "freezing" });
    }
    return seen;
  }

  /** Adds those that are lost: served, missing, and no event told of it. */
  function withLost(seen: ReadonlyMap<string, Instance>, start: number): Map<string, Instance> {
    const { names, held } = guard.lostFrom("default", new Set(seen.keys()), start);
    const all = new Map(seen);
    for (const name of names) all.set(name, { name, state: "unlisted", keys: {}, nics: [] });
    lostSince = new Map(
      [...all.values()].filter(isBare).map(({ name }) => [name, lostSince.get(name) ?? start] as const),
    );
    for (const [name, since] of lostSince) {
      if (start - since < agreement) continue;
      const one = all.get(name) as Instance;
      // A few are believed to be gone; of many it has to be asked.
      if (one.state === "unlisted" && !held.has(name)) all.delete(name);
      else all.set(name, { ...one, agreed: true });
    }
    return all;
  }

  const source: SimulatedSource = {
    name: "local",
    async run(heard, signal) {
      report = heard;
      await aborted(signal);
      takeBack?.();
    },
    look(lie, of) {
      // A look at a time.
      if (takeBack) return;
      const start = performance.now();
      const seen = lie === "fails" ? undefined : seenNow(lie, of);
      takeBack = wires.send("a listing", 5000, () => {
        takeBack = undefined;
        if (seen) last = withLost(seen, start);
        const problem = seen ? undefined : "LXD does not answer";
        report(new Map([["default", { instances: last, problem }]]), start);
      });
    },
    lookAgain: () => source.look("none", []),
    tellEnd(name) {
      const metadata = { action: "instance-deleted", source: `/1.0/instances/${name}` };
      wires.send("an event", 1000, () => guard.hear({ type: "lifecycle", project: "default", metadata }));
    },
    chase() {},
    guard(served) {
      guard.watch(served);
      watched();
    },
    accept() {},
    status() {
      throw new Error("nobody asks how a source is");
    },
  };
  return source;
}
