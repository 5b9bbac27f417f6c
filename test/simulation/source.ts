import { type Instance, isBare, type Listing } from "../../server/roll-call/observed.ts";
import { listed, type Truth } from "./truth.ts";

/** What a look finds, and what it should have found. */
export type Lie = "none" | "fails" | "lacks" | "errors" | "unread" | "freezing";

/** A source of one project, which looks at the truth, is lied to, and hears of ends or does not. */
export interface Source {
  /** Looks now; `of` are the machines that the lie is about. The answer is on its way until it is heard. */
  look(lie: Lie, of: readonly string[]): void;
  /** An event tells that a machine is gone. */
  tellEnd(name: string): void;
  /** The listing that the answer on its way comes to, for a server that serves those machines. Undefined if there is none. */
  hear(served: ReadonlySet<string>): Listing | undefined;
  /** Forgets what only a running server knows. */
  restart(): void;
}

/** How long listings have to agree about a loss that no event told of, in milliseconds. */
const agreement = 1000;

export function createSource(truth: Truth): Source {
  let answer: ReadonlyMap<string, Instance> | "fails" | undefined;
  let last: ReadonlyMap<string, Instance> | undefined;
  /** Since when listings have lacked an instance, or had it in error. */
  let lostSince = new Map<string, number>();
  const told = new Set<string>();

  /** Adds those that are lost: served, missing, and no event told of it. */
  function withLost(seen: ReadonlyMap<string, Instance>, served: ReadonlySet<string>): Map<string, Instance> {
    const lost = [...served].filter((name) => !seen.has(name) && !told.has(name));
    for (const name of seen.keys()) told.delete(name);
    const most = lost.length > served.size / 2;
    const all = new Map(seen);
    for (const name of lost) all.set(name, { name, state: "unlisted", keys: {}, nics: [] });
    lostSince = new Map(
      [...all.values()].filter(isBare).map(({ name }) => [name, lostSince.get(name) ?? Date.now()] as const),
    );
    for (const [name, since] of lostSince) {
      if (Date.now() - since < agreement) continue;
      const one = all.get(name) as Instance;
      // A few are believed to be gone; of most it has to be asked.
      if (one.state === "unlisted" && !most) all.delete(name);
      else all.set(name, { ...one, agreed: true });
    }
    return all;
  }

  return {
    look(lie, of) {
      if (lie === "fails") answer = "fails";
      else {
        const seen = new Map([...truth.machines].map(([name, machine]) => [name, listed(machine)] as const));
        for (const name of of) {
          const one = seen.get(name);
          if (lie === "lacks") seen.delete(name);
          else if (one && lie === "errors") seen.set(name, { name, state: "error", keys: {}, nics: [] });
          else if (one?.state === "running" && lie === "unread")
            seen.set(name, { ...one, state: "unread", nics: [{ name: "eth0", addresses: [], problem: "unread" }] });
          else if (one?.state === "running" && lie === "freezing") seen.set(name, { ...one, state: "freezing" });
        }
        answer = seen;
      }
    },
    tellEnd: (name) => void told.add(name),
    hear(served) {
      const heard = answer;
      answer = undefined;
      if (heard === undefined) return undefined;
      if (heard === "fails") return { instances: last, problem: "LXD does not answer" };
      last = withLost(heard, served);
      return { instances: last, problem: undefined };
    },
    restart() {
      answer = undefined;
      last = undefined;
      lostSince = new Map();
      told.clear();
    },
  };
}
