import type { Logger } from "pino";
import { faultText } from "../files/fault.ts";
import { createChangeLog } from "./change-log.ts";
import type { Previous } from "./document/compose.ts";
import { createPublisher, type Publisher } from "./document/publisher.ts";
import { snapshot } from "./document/snapshot.ts";
import type { FileSources } from "./file-sources.ts";
import type { Marks } from "./marks/marks.ts";
import { adopt, type Remembered } from "./peers/adopt.ts";
import { createSharing, type Sharing } from "./peers/sharing.ts";
import { createFlapping } from "./probes/flapping.ts";
import type { Probes } from "./probes/probes.ts";
import { createForgetting } from "./removed-groups.ts";
import { targetsOf } from "./roll-call/answers.ts";
import { noMemory } from "./roll-call/memory.ts";
import { servedOf } from "./roll-call/plan.ts";
import { nothingTold } from "./roll-call/roll-call.ts";
import { rosterOf } from "./roll-call/roster.ts";
import { createStateTimes, type StateTimes } from "./roll-call/state-times.ts";
import type { InstanceSource } from "./sources/source.ts";
import { tellSources } from "./sources/tell-sources.ts";
import { createFirstReports } from "./sources/wake.ts";
import { keptRoutes } from "./state/kept-routes.ts";
import type { StateDirectory } from "./state/state-directory.ts";
import { unconfigured } from "./unconfigured.ts";
import type { Inputs, Outcome, Wiring } from "./wiring.ts";

export interface WalkOptions {
  readonly wiring: Wiring;
  readonly files: FileSources;
  readonly sources: readonly InstanceSource[];
  readonly probes: Probes;
  readonly state: StateDirectory;
  /** How long changes gather, in milliseconds. */
  readonly settle: number;
  /** What is awaited before the first document, once the files have been read. */
  readonly before?: () => Promise<void>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** From the sources to the published snapshot. */
export interface Walk {
  readonly publisher: Publisher;
  readonly inputs: () => Inputs;
  /** What the inputs came to last. */
  readonly outcome: () => Outcome;
  readonly times: StateTimes;
  readonly marks: Marks;
  /** What is shared with peers. */
  readonly sharing: Sharing;
  /** What is remembered, as a peer may take it over. */
  remembered(): Remembered;
  /** Takes over what a peer remembers and this server lacks. `equal`: whether it declares a group of that name equally. */
  adopt(theirs: Remembered, equal: (group: string) => boolean, follows: boolean): void;
  /** Resolves once what is known now has been kept on disk, with the reason if it could not be. */
  kept(): Promise<string | undefined>;
  /** Reads the group files and the route files again; the log says if nothing has changed. */
  reload(): Promise<void>;
  /** Resolves once the group files and the route files have been read, with or without success. */
  readonly read: Promise<unknown>;
  /** Resolves after the signal aborted and every handle is closed. */
  readonly ended: Promise<void>;
}

/** Starts to walk. */
export function startWalk(options: WalkOptions): Walk {
  const { wiring, files, sources, probes, state, settle, before = async () => {}, log, signal } = options;
  const { kept } = state;
  const sharing = createSharing({ kept, log });
  const { marks } = sharing;
  let inputs: Inputs = {
    ...files.first,
    listings: unconfigured(kept.memory, sources),
    ...nothingTold,
    marks: marks.current(),
  };
  let memory = kept.memory;
  const forgetting = createForgetting();
  // Of the last document that was unlocked. At the start it is what the disk remembers.
  let previous: Previous = wiring.remembered(kept);
  // Before the first listings nothing is known to be present, whatever the disk remembers.
  let outcome = wiring.serve(inputs, noMemory, previous);
  const remembered = wiring.serve(inputs, memory, previous);
  const logChanges = createChangeLog(log, outcome, remembered);
  for (const source of sources) source.guard(servedOf(remembered.plan, source.name));
  for (const [source, projects] of inputs.listings)
    for (const { problem } of projects.values()) log.warn({ source }, problem ?? "");
  let started = false;

  const flapping = createFlapping();
  const times = createStateTimes();
  const onFault = (error: unknown) => log.error({ problem: faultText(error) }, "a listener of new versions failed");
  const publisher = createPublisher(snapshot(outcome.plan, outcome.composed), settle, onFault);
  publisher.onVersion(({ version, status, waiting }) => log.info({ version, status, waiting }, "published"));
  marks.follow(publisher);

  /** Every report comes this way, and what leaves is bytes. What can't be worked out changes nothing. */
  function recall(since = performance.now()) {
    try {
      take(wiring.serve(inputs, forgetting(memory, inputs.declared.groups), previous), since);
    } catch (error) {
      log.error({ problem: faultText(error) }, "the roll call failed: what is served is unchanged");
    }
  }
  function take(next: Outcome, since: number) {
    logChanges(next);
    const frozen = snapshot(next.plan, next.composed, publisher.current());
    outcome = next;
    sharing.noteEffects(memory, next.memory);
    memory = next.memory;
    if (next.plan.state === "ready") previous = next.composed;
    times.note(next.plan);
    publisher.offer(frozen, since);
    tellSources(sources, next.plan);
    const heldBack = flapping.note(next.plan, inputs.listings);
    inputs = { ...inputs, answers: probes.ask(targetsOf(next.plan)), heldBack };
    const routes = keptRoutes(inputs.routes, previous);
    const { groups } = inputs.declared;
    state.write({ memory, groups, routes, marks: marks.current(), shared: sharing.current() });
    marks.see(inputs.listings);
  }

  const reports = createFirstReports([files.groups, files.routes, ...sources], signal);
  /** `since` is when the look began, by the clock of `performance.now()`. */
  function hear(source: object, change: Partial<Inputs>, since = performance.now()) {
    inputs = { ...inputs, ...change };
    reports.heard(source);
    if (started) recall(since);
  }

  const read = reports.of(files.groups, files.routes);
  const first = Promise.all([read.then(before), reports.of(...sources)]).then(() => {
    started = true;
    if (!signal.aborted) recall();
  });
  async function run() {
    const running = [
      files.groups.run((declared) => {
        hear(files.groups, { declared });
        // A changed file often comes with changed instances, and events may be down.
        for (const source of sources) source.lookAgain();
      }, signal),
      files.routes.run((routes) => hear(files.routes, { routes }), signal),
      marks.run((drains) => hear(marks, { marks: drains }), signal),
      probes.run((answers) => hear(probes, { answers }), signal),
      flapping.run((heldBack) => hear(flapping, { heldBack }), signal),
      ...sources.map((source) =>
        source.run(
          (listing, since) => hear(source, { listings: new Map(inputs.listings).set(source.name, listing) }, since),
          signal,
        ),
      ),
    ];
    await Promise.all([first, ...running]);
    publisher.close();
    await state.close();
  }

  return {
    publisher,
    inputs: () => inputs,
    outcome: () => outcome,
    times,
    marks,
    sharing,
    remembered: () => ({ memory, effects: sharing.current().effects }),
    adopt(theirs, equal, follows) {
      const groups = inputs.declared.groups.map((group) => ({
        ...{ name: group.name, roster: rosterOf(group), equal: equal(group.name) },
      }));
      const next = adopt({ memory, effects: sharing.current().effects }, theirs, groups, follows);
      memory = next.memory;
      sharing.adopted(next.effects);
      if (started) recall();
    },
    kept: () => first.then(state.settled),
    reload: () => files.reload(() => inputs, signal),
    read,
    ended: run(),
  };
}
