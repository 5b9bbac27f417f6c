import { isDeepStrictEqual } from "node:util";
import type { Publisher } from "../../server/document/publisher.ts";
import type { Target } from "../../server/roll-call/answers.ts";
import { markKey } from "../../server/roll-call/marks.ts";
import { isBare } from "../../server/roll-call/observed.ts";
import { type GroupPlan, membersOf, type Plan } from "../../server/roll-call/plan.ts";
import type { Inputs, Outcome } from "../../server/wiring.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { tags } from "../../shared/tags.ts";
import { servicesOf } from "./document.ts";
import { createSaid, type Said } from "./said.ts";
import { groupOf, isLabelled, madeAs } from "./truth.ts";

/** What may be served, told by what the server has heard: a second opinion, which knows nothing of how the roll is called. */
export interface Model {
  /** A probe's answer was heard; `by` is the uuid of the machine that gave it, undefined for a failure. */
  answered(target: Target, by: string | undefined): void;
  /** Checks what a roll call came to. */
  check(inputs: Inputs, outcome: Outcome): void;
  /** Checks a document that is published for a plan. */
  checkDocument(document: ReturnType<Publisher["current"]>, plan: Plan): void;
  /** The server starts again; with `forgets` its memory is one roll call older. */
  restarted(forgets: boolean): void;
}

/** One server of a document: `web/web-1 10.0.0.2:3000`. */
interface Served {
  readonly group: string;
  readonly name: string;
  readonly address: string;
  readonly at: string;
}

export function createModel(): Model {
  let said = createSaid();
  /** What was served last, by its key; undefined if that is not known. */
  let last: ReadonlyMap<string, Served> | undefined = new Map();
  let rosters = new Map<string, GroupPlan["inEffect"]>();
  let declared: Inputs["declared"] | undefined;
  /** Those of removed groups: while nothing shows them away, they are served again when their group is declared again. */
  let removed = new Map<string, Served>();
  /** All that ever were served: of which of them an older memory knows is not known. */
  const before = new Map<string, Served>();
  let restarted = false;

  /** Those of whom it is known that they went away have to answer again. */
  function forget(inputs: Inputs) {
    said.forget((name, address) => whyOut(inputs, name, address) !== undefined);
    removed = new Map([...removed].filter(([, one]) => whyOut(inputs, one.name, one.address) === undefined));
  }

  function checkJoin({ groups }: Inputs["declared"], { listings }: Inputs, one: Served) {
    const ready = groups.find(({ name }) => name === one.group)?.service.ready;
    const instance = listings.get("local")?.get("default")?.instances?.get(one.name);
    if (ready === undefined || ready === "address") return;
    if (ready === "platform") {
      if (!instance?.saysReady) throw new Error(`${keyOf(one)} joined before its platform said that it is ready`);
      return;
    }
    // Of one that is lost only its name is known; and one that took its place may have answered before it is listed.
    const isIt = (uuid: string) => !instance || isBare(instance) || madeAs(uuid) >= madeAs(instance.uuid);
    const fall = fallOf(ready) ?? 1;
    const isReady = ({ uuid, failures }: Said) => uuid !== undefined && isIt(uuid) && failures < fall;
    if (!said.of(one.name, one.at).some(isReady)) throw new Error(`${keyOf(one)} joined before it answered`);
  }

  /** Of a member that left: a fact, the file, or silence, which must leave others. */
  function checkLeft(inputs: Inputs, one: Served, now: ReadonlyMap<string, Served>, changed: ReadonlySet<string>) {
    const instance = inputs.listings.get("local")?.get("default")?.instances?.get(one.name);
    const lost = instance !== undefined && isBare(instance) && instance.agreed === true;
    if (isLabelled(one.name)) return checkLabelledLeft(inputs, one, now, lost);
    const group = inputs.declared.groups.find(({ name }) => name === one.group);
    if (!group || changed.has(one.group) || whyOut(inputs, one.name, one.address) !== undefined) return;
    if ([...now.values()].some((other) => other.name === one.name && other.group === one.group)) return;
    const isDeclared = group.selector || replicaNames(group).includes(one.name);
    if (!isDeclared) return;
    const { ready } = group.service;
    const fall = fallOf(ready) ?? Number.POSITIVE_INFINITY;
    const failures = Math.max(...said.of(one.name, one.at).map(({ failures }) => failures));
    const unasked = lost && instance.state === "unlisted" && group.service.protocol === "udp";
    if (!unasked && failures < (lost ? 2 : fall)) throw new Error(`${keyOf(one)} left without a reason`);
    if (![...now.values()].some((other) => other.group === one.group))
      throw new Error(`${keyOf(one)} was the last member, and left by silence`);
  }

  return {
    answered: (target, by) => said.answered(target, by),
    check(inputs, { plan }) {
      forget(inputs);
      const now = new Map(servedBy(plan).map((one) => [keyOf(one), one] as const));
      for (const one of now.values()) {
        const why = whyOut(inputs, one.name, one.address);
        if (why !== undefined) throw new Error(`${keyOf(one)} is served, and ${why}`);
        if (last && !last.has(keyOf(one)) && !removed.has(keyOf(one))) checkJoin(inputs.declared, inputs, one);
      }
      const effect = new Map(plan.groups.map(({ group, inEffect }) => [group.name, inEffect] as const));
      const changed = new Set(
        [...effect.keys()].filter((name) => !isDeepStrictEqual(effect.get(name), rosters.get(name))),
      );
      for (const one of last?.values() ?? []) if (!now.has(keyOf(one))) checkLeft(inputs, one, now, changed);
      const isSame = inputs.listings.size === 0 && inputs.declared === declared;
      if (restarted && isSame && last && !isDeepStrictEqual([...now.keys()].sort(), [...last.keys()].sort()))
        throw new Error(`a restart changed what is served from ${[...last.keys()]} to ${[...now.keys()]}`);
      for (const [key, one] of last ?? []) if (!effect.has(one.group) && !isLabelled(one.name)) removed.set(key, one);
      for (const [key, one] of removed) if (effect.has(one.group)) removed.delete(key);
      for (const [key, one] of now) before.set(key, one);
      [last, rosters, declared, restarted] = [now, effect, inputs.declared, false];
    },
    checkDocument,
    restarted(forgets) {
      said = createSaid();
      restarted = true;
      if (!forgets) return;
      removed = new Map(before);
      last = undefined;
    },
  };
}

function fallOf(ready: DeclaredGroup["service"]["ready"]): number | undefined {
  return typeof ready === "object" && typeof ready.fall === "number" ? ready.fall : undefined;
}

const keyOf = ({ group, name, at }: Served) => `${group}/${name} ${at}`;

function servedBy({ groups, labelled }: Plan): Served[] {
  const members = groups.flatMap((plan) =>
    membersOf(plan).map(({ replica: name, address }) => {
      return { group: plan.group.name, name, address, at: `${address}:${plan.inEffect?.port}` };
    }),
  );
  const others = labelled.flatMap(({ instance: name, address }) =>
    address === undefined ? [] : [{ group: groupOf(name), name, address, at: `${address}:80` }],
  );
  return [...members, ...others];
}

/** Nobody has to answer for one that declares itself: that listings agree about its loss is enough. */
function checkLabelledLeft(inputs: Inputs, one: Served, now: ReadonlyMap<string, Served>, lost: boolean) {
  const isElsewhere = [...now.values()].some(({ name }) => name === one.name);
  if (!lost && !isElsewhere && whyOut(inputs, one.name, one.address) === undefined)
    throw new Error(`${keyOf(one)} left without a reason`);
}

function checkDocument({ status, body }: ReturnType<Publisher["current"]>, plan: Plan) {
  if (status === 423 && plan.waiting.length === 0) throw new Error("locked, and waits for nobody");
  if (status !== 200) return;
  const services = servicesOf(body);
  if (services.size === 0) throw new Error("an empty 200");
  const planned = servedBy(plan);
  for (const service of new Set([...services.keys(), ...planned.map(({ group }) => group)])) {
    const expected = planned.filter(({ group }) => group === service).map(({ at }) => at);
    const servers = services.get(service) ?? [];
    if (!isDeepStrictEqual([...servers].sort(), expected.sort()))
      throw new Error(`${service} is served at ${servers}, and planned at ${expected}`);
  }
}

/** What is known that forbids to serve an instance at an address; undefined if nothing is. */
export function whyOut({ listings, marks }: Inputs, name: string, address: string): string | undefined {
  const instances = listings.get("local")?.get("default")?.instances;
  if (!instances) return undefined;
  const one = instances.get(name);
  if (!one) return "no listing has it";
  const mark = marks.get(markKey({ source: "local", project: "default", instance: name }));
  if (one.state === "stopped" || one.state === "frozen") return `it is ${one.state}`;
  if (mark && (isBare(one) || mark.uuid === one.uuid)) return "it is marked";
  if (one.leaving) return one.leaving;
  const shown = one.nics.flatMap(({ addresses }) => addresses.map((shown) => shown.address));
  if (one.state !== "running" && shown.length === 0) return undefined;
  if (!isLabelled(name) && one.keys[tags.group] !== groupOf(name)) return "it has another tag";
  return shown.includes(address) ? undefined : `it is at ${shown}`;
}
