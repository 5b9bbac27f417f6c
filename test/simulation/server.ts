import { noPrevious, type Previous } from "../../server/document/compose.ts";
import { createPublisher, type Publisher } from "../../server/document/publisher.ts";
import { type Snapshot, snapshot } from "../../server/document/snapshot.ts";
import { live } from "../../server/http/live-pollers.ts";
import { createPollers, type Pollers, shortestLife } from "../../server/http/pollers.ts";
import type { Drain, Drains } from "../../server/marks/drain.ts";
import { drainState } from "../../server/marks/drain-state.ts";
import { createMarks, type Marks } from "../../server/marks/marks.ts";
import { createForgetting } from "../../server/removed-groups.ts";
import { type Answers, type Target, targetsOf } from "../../server/roll-call/answers.ts";
import { markKey } from "../../server/roll-call/marks.ts";
import { noMemory } from "../../server/roll-call/memory.ts";
import type { Listing } from "../../server/roll-call/observed.ts";
import { servedOf } from "../../server/roll-call/plan.ts";
import { nothingTold } from "../../server/roll-call/roll-call.ts";
import { noRoutes } from "../../server/routes/parse-routes.ts";
import { type Kept, keptReader, keptText, nothingKept } from "../../server/state/format.ts";
import { createWiring, type Inputs, type Outcome, type Wiring } from "../../server/wiring.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { declare } from "../support/server/literals.ts";

/** What a simulated server is made of. A planted fault replaces a part. */
export interface Parts {
  readonly serve: Wiring["serve"];
  readonly snapshot: typeof snapshot;
  readonly drainState: typeof drainState;
}

const wiring = createWiring({ traefik: { version: "3.7", uses: [] }, sources: [] });
export const realParts: Parts = { serve: wiring.serve, snapshot, drainState };
const readKept = keptReader("3.7");

/** The server of one history: the real pure parts, the real publisher and pollers, put together as the walk does. */
export interface SimulatedServer {
  readonly publisher: () => Publisher;
  readonly pollers: () => Pollers;
  readonly inputs: () => Inputs;
  readonly outcome: () => Outcome;
  /** Calls the roll and offers what it comes to; `change` replaces inputs before. */
  hear(change: Partial<Inputs>): void;
  hearListing(listing: Listing): void;
  mark(mark: Drain): void;
  unmark(key: string): void;
  /** Whether the drain of a mark is done. One that has ended by itself is not. */
  isDrained(key: string): boolean;
  /** The names that it serves, for its source. */
  serves(): ReadonlySet<string>;
  /** Goes on without the first listing if that is late. */
  tick(): void;
  /** Ends it and starts the next one; with `late` what was written in this instant is not on the disk yet. */
  restart(late: boolean): void;
  stop(): void;
}

export interface Hooks {
  readonly target: (targets: readonly Target[]) => void;
  readonly answers: () => Answers;
  /** After each roll call; `before` is what was offered before it by the same server. */
  readonly called: (outcome: Outcome, offered: Snapshot, before: Snapshot | undefined) => void;
  readonly published: (snapshot: Snapshot) => void;
}

/** How long the first listing is awaited before what the disk remembers is served. */
const firstListing = 2000;

export function createServer(groups: readonly DeclaredGroup[], parts: Parts, hooks: Hooks): SimulatedServer {
  let inputs: Inputs = { declared: declare(...groups), routes: noRoutes, listings: new Map(), ...nothingTold };
  let memory = noMemory;
  let previous: Previous = noPrevious;
  let kept: { now: Kept; before: Kept; at: number } = { now: nothingKept, before: nothingKept, at: 0 };
  let outcome: Outcome;
  let offered: Snapshot | undefined;
  let publisher: Publisher;
  let pollers: Pollers;
  let forgetting: ReturnType<typeof createForgetting>;
  let began = 0;
  let unseenUntil = 0;
  let started = false;
  let marks: Marks;
  let stop: AbortController;

  function start() {
    began = Date.now();
    unseenUntil = memory.opened ? began + shortestLife : 0;
    started = false;
    offered = undefined;
    outcome = parts.serve(inputs, noMemory, previous);
    publisher = createPublisher(parts.snapshot(outcome.plan, outcome.composed), 250, (error) => {
      throw error;
    });
    marks = createMarks({ kept: inputs.marks as Drains, log: { info() {} } });
    inputs = { ...inputs, marks: marks.current() };
    marks.follow(publisher);
    publisher.onVersion(hooks.published);
    pollers = createPollers();
    forgetting = createForgetting();
    stop = new AbortController();
    const { signal } = stop;
    // The timer of one that has ended goes on: no promise is settled in here.
    void marks.run((marks) => signal.aborted || hear({ marks }), signal);
  }

  function recall() {
    inputs = { ...inputs, answers: hooks.answers() };
    outcome = parts.serve(inputs, forgetting(memory, inputs.declared.groups), previous);
    const frozen = parts.snapshot(outcome.plan, outcome.composed, publisher.current());
    ({ memory } = outcome);
    if (outcome.plan.state === "ready") previous = outcome.composed;
    const before = offered;
    offered = frozen;
    hooks.target(targetsOf(outcome.plan));
    const now = { memory, groups: inputs.declared.groups, routes: new Map(), marks: marks.current() };
    kept = { now, before: kept.now, at: Date.now() };
    hooks.called(outcome, frozen, before);
    publisher.offer(frozen);
    marks.see(inputs.listings);
  }

  function hear(change: Partial<Inputs>) {
    inputs = { ...inputs, ...change };
    if (started) recall();
  }

  start();
  return {
    publisher: () => publisher,
    pollers: () => pollers,
    inputs: () => inputs,
    outcome: () => outcome,
    hear,
    hearListing(listing) {
      started = true;
      hear({ listings: new Map([["local", new Map([["default", listing]])]]) });
    },
    mark: (mark) => marks.set(new Map([[markKey(mark), mark]])),
    unmark: (key) => marks.takeBack([key]),
    isDrained(key) {
      const mark = marks.current().get(key);
      if (!mark) return false;
      const facts = {
        ...{ mark, now: Date.now(), release: marks.releaseOf(key), locked: publisher.current().status !== 200 },
        ...{ unseenUntil, pollers: live(pollers.list()), traefiks: [] },
      };
      return parts.drainState(facts).step === "drained";
    },
    serves: () => servedOf(outcome.plan, "local").get("default") ?? new Set(),
    tick() {
      if (started || Date.now() - began < firstListing) return;
      started = true;
      recall();
    },
    stop() {
      publisher.close();
      stop.abort();
    },
    restart(late) {
      this.stop();
      const isLost = late && Date.now() === kept.at;
      const read = readKept(keptText(isLost ? kept.before : kept.now));
      if (!read.kept || read.problem) throw new Error(`the next server can't read what is kept: ${read.problem}`);
      ({ memory } = read.kept);
      previous = wiring.remembered(read.kept);
      inputs = { ...inputs, listings: new Map(), answers: new Map(), marks: read.kept.marks };
      hooks.target([]);
      start();
    },
  };
}
