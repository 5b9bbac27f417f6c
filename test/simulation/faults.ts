import { noMemory } from "../../server/roll-call/memory.ts";
import { isBare, type Observed } from "../../server/roll-call/observed.ts";
import { type Parts, realParts } from "./server.ts";

interface Fault {
  readonly parts: () => Parts;
  /** What the simulation says of it. */
  readonly says: RegExp;
  /** How many histories are enough to find it. */
  readonly within: number;
}

/** Servers with a planted fault each, which the simulation has to find. */
export const faults: Readonly<Record<string, Fault>> = {
  "takes no notice of marks": {
    parts: () => serving((inputs) => ({ ...inputs, marks: new Map() })),
    says: /is served, and it is marked/,
    within: 20,
  },
  "believes every loss at once": {
    parts: () => serving((inputs) => ({ ...inputs, listings: withoutBare(inputs.listings) })),
    says: /left without a reason/,
    within: 20,
  },
  "asks no replica whether it is ready": {
    parts: () =>
      serving((inputs) => ({
        ...inputs,
        declared: { ...inputs.declared, groups: inputs.declared.groups.map(unasked) },
      })),
    says: /joined before/,
    within: 20,
  },
  "forgets its members when it starts": {
    parts() {
      let seen = false;
      return {
        ...realParts,
        serve(inputs, memory, previous) {
          const isFirst = inputs.listings.size > 0 && !seen;
          seen = inputs.listings.size > 0;
          return realParts.serve(inputs, isFirst ? noMemory : memory, previous);
        },
      };
    },
    says: /left without a reason|was stopped by us while/,
    within: 300,
  },
  "serves what left for one roll call more": {
    parts() {
      let last: Observed = new Map();
      return serving((inputs) => {
        const listings = last.size > 0 && inputs.listings.size > 0 ? last : inputs.listings;
        last = inputs.listings;
        return { ...inputs, listings };
      });
    },
    says: /is served, and /,
    within: 20,
  },
  "asks no poller whether it has let go": {
    parts: () => ({
      ...realParts,
      drainState: (facts) => realParts.drainState({ ...facts, pollers: [] }),
    }),
    says: /was stopped by us while/,
    within: 300,
  },
  "calls a drain done before the grace is over": {
    parts: () => ({
      ...realParts,
      drainState: (facts) => realParts.drainState({ ...facts, mark: { ...facts.mark, grace: 0 } }),
    }),
    says: /was stopped by us while/,
    within: 20,
  },
  "does not wait after a start for the pollers of the run before": {
    parts: () => ({ ...realParts, drainState: (facts) => realParts.drainState({ ...facts, unseenUntil: 0 }) }),
    says: /was stopped by us while/,
    within: 300,
  },
};

type Serve = Parts["serve"];

function serving(change: (inputs: Parameters<Serve>[0]) => Parameters<Serve>[0]): Parts {
  return { ...realParts, serve: (inputs, memory, previous) => realParts.serve(change(inputs), memory, previous) };
}

function withoutBare(listings: Observed): Observed {
  return new Map(
    [...listings].map(([source, projects]) => [
      source,
      new Map(
        [...projects].map(([project, one]) => [
          project,
          { ...one, instances: one.instances && new Map([...one.instances].filter(([, each]) => !isBare(each))) },
        ]),
      ),
    ]),
  );
}

function unasked<Group extends { readonly service: object }>(group: Group): Group {
  return { ...group, service: { ...group.service, ready: "address" } };
}
