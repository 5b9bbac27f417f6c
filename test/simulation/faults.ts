import { noMemory } from "../../server/roll-call/memory.ts";
import { isBare, type Observed } from "../../server/roll-call/observed.ts";
import { type Parts, realParts } from "./server.ts";
import { isLabelled } from "./truth.ts";

interface Fault {
  readonly parts: () => Parts;
  /** What the simulation says of it. */
  readonly says: RegExp;
  /** Of histories that find it soon. */
  readonly seed: number;
}

/** Servers with a planted fault each, which the simulation has to find. */
export const faults: Readonly<Record<string, Fault>> = {
  "takes no notice of marks": {
    parts: () => serving((inputs) => ({ ...inputs, marks: new Map() })),
    says: /is served, and it is marked/,
    seed: 2,
  },
  "believes every loss at once": {
    parts: () => serving((inputs) => ({ ...inputs, listings: withoutBare(inputs.listings) })),
    says: /left without a reason/,
    seed: 2,
  },
  "asks no replica whether it is ready": {
    parts: () =>
      serving((inputs) => ({
        ...inputs,
        declared: { ...inputs.declared, groups: inputs.declared.groups.map(unasked) },
      })),
    says: /joined before/,
    seed: 1,
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
    seed: 3,
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
    seed: 2,
  },
  "asks no poller whether it has let go": {
    parts: () => ({
      ...realParts,
      facts: (facts) => ({ ...facts, pollers: [] }),
    }),
    says: /was stopped by us while/,
    seed: 5,
  },
  "calls a drain done before the grace is over": {
    parts: () => ({
      ...realParts,
      facts: (facts) => ({
        ...facts,
        marks: new Map([...facts.marks].map(([key, mark]) => [key, { ...mark, grace: 0 }])),
      }),
    }),
    says: /was stopped by us while/,
    seed: 24,
  },
  "does not wait after a start for the pollers of the run before": {
    parts: () => ({ ...realParts, facts: (facts) => ({ ...facts, unseenUntil: 0 }) }),
    says: /was stopped by us while/,
    seed: 9,
  },
  "trusts what a Traefik was given although its API tells what it runs": {
    parts: () => ({ ...realParts, facts: (facts) => ({ ...facts, traefiks: [] }) }),
    says: /was stopped by us while/,
    seed: 33,
  },
  "believes what an instance answered at its earlier address": {
    parts() {
      const answeredAt = new Map<string, string>();
      return {
        ...realParts,
        ask:
          (ask) =>
          ({ instance, address, ...target }, told) => {
            const earlier = answeredAt.get(instance) ?? address;
            if (earlier !== address) queueMicrotask(() => told({ is: "good" }));
            return ask({ instance, address, ...target }, (outcome) => {
              if (outcome.is === "good") answeredAt.set(instance, address);
              if (earlier === address) told(outcome);
            });
          },
      };
    },
    says: /joined before it answered/,
    seed: 6,
  },
  "takes no notice of the marks of instances that declare themselves": {
    parts: () =>
      serving((inputs) => ({
        ...inputs,
        marks: new Map([...inputs.marks].filter(([, { instance }]) => !isLabelled(instance))),
      })),
    says: /box.* is served, and it is marked/,
    seed: 2,
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
