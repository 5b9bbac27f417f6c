import { byCodePoint } from "../../files/by-code-point.ts";
import { guarded } from "../../files/fault.ts";
import { harmless } from "../../files/harmless.ts";
import { cyclesOf, cycleText } from "../../traefik/judge/cycles.ts";
import { findingAmong } from "../../traefik/judge/neighbours.ts";
import { findingText } from "../../traefik/model/finding.ts";
import type { Candidate, ObjectId, ObjectValue } from "../../traefik/objects/objects.ts";
import { described, type Reference, referencesOf, targetOf, withoutItems } from "../../traefik/objects/references.ts";
import { createUsers } from "./users.ts";

/** The candidates that are served, and what a person has to know about the others. */
export interface Choice {
  /** By id, in code point order. Whatever one of them names is among them, or another provider's and allowed. */
  readonly objects: ReadonlyMap<ObjectId, ObjectValue>;
  readonly remarks: readonly Remark[];
}

/** The worst first. */
export const remarkStates = ["left-out", "previous", "pruned", "altered", "noted"] as const;

/** What rollcall did about an object that can't be served as it is declared, or what is noted about it. */
export interface Remark {
  readonly id: ObjectId;
  readonly origin: string;
  /**
   * `left-out`: not served. `previous`: served in its previous form. `pruned`: served without some of the services it names.
   * `altered`: served, but not entirely as it is written. `noted`: served, with something to know about it; an object may have this
   * in addition to another state.
   */
  readonly state: (typeof remarkStates)[number];
  readonly reason: string;
}

/** `routes/shop.yaml:3:5: middleware m is left out: ...`. It holds no value of the object. */
export function remarkLine({ id, origin, state, reason }: Remark): string {
  return harmless(`${origin}: ${described(id)} ${words[state]}: ${reason}`);
}

const words = {
  "left-out": "is left out",
  previous: "keeps its previous form",
  pruned: "is served without some of its services",
  altered: "is served differently from what is written",
  noted: "is served, but note",
} as const;

export interface ChooseOptions {
  /** Services of groups that are declared but were never in effect: objects that name one keep their previous form. */
  readonly waiting: ReadonlySet<ObjectId>;
  /** The previous form of each object. */
  readonly previous: ReadonlyMap<ObjectId, ObjectValue>;
  /** Whether a name outside this document, `auth@file` or `api@internal`, may be used. */
  readonly allowed: (name: string) => boolean;
  /** Whether an object that is not declared here may be declared elsewhere, and counts as declared. */
  readonly elsewhere?: ((id: ObjectId) => boolean) | undefined;
  /** Whether instances may declare it: such a service comes and goes, and a parent of several services continues without it. */
  readonly labelled?: ((id: ObjectId) => boolean) | undefined;
}

interface Entry {
  readonly origin: string;
  readonly value: ObjectValue;
  readonly form: "new" | "previous";
  /** Why it is not as the file says. */
  readonly reasons: readonly string[];
  readonly pruned: boolean;
}

/**
 * Chooses for each candidate the form that can be served: the new one; else the previous one; else, for a parent of several
 * services, the new one without those of pending groups or absent instances and those that get no requests; else none. An invalid
 * object only affects objects that name it and have no other form. Pure; every step leaves less to choose from, so it ends. After the first step only what the last
 * one changed is looked at again, so a long chain takes no longer than its objects.
 */
export function choose(candidates: readonly Candidate[], options: ChooseOptions): Choice {
  const entries = new Map<ObjectId, Entry>();
  const users = createUsers();
  const leftOut: Remark[] = [];
  /** Since they were last looked at. */
  let changed = new Set<ObjectId>();
  let unchecked = new Set<ObjectId>();

  const withdrawn = new Set(candidates.flatMap((one) => (one.withdrawn ? [one.id] : [])));

  function set(id: ObjectId, entry: Entry | undefined) {
    const before = entries.get(id);
    if (entry) entries.set(id, entry);
    else entries.delete(id);
    for (const one of [id, ...users.replace(id, before?.value, entry?.value)]) changed.add(one);
    unchecked.add(id);
  }

  function leave(id: ObjectId, { origin, form, reasons }: Pick<Entry, "origin" | "form" | "reasons">) {
    const before = form === "new" && !withdrawn.has(id) ? options.previous.get(id) : undefined;
    set(id, before && { origin, value: before, form: "previous", reasons, pruned: false });
    if (!before) leftOut.push({ id, origin, state: "left-out", reason: reasons.join("; ") });
  }

  for (const { id, value, origin, problem } of [...candidates].sort((a, b) => byCodePoint(a.id, b.id))) {
    if (value && problem === undefined) set(id, { origin, value, form: "new", reasons: [], pruned: false });
    else leave(id, { origin, form: "new", reasons: [problem ?? "cannot be read"] });
  }

  for (let settled = false; !settled; ) {
    const affected = users.affectedBy(changed, entries);
    changed = new Set();
    const moves = [...movesOf(affected)];
    if (moves.length === 0) moves.push(...movesOutOfCycles());
    for (const move of moves) move();
    settled = moves.length === 0;
  }

  function* movesOf(affected: ReadonlySet<ObjectId>): Generator<() => void> {
    const neighbours = { get: (id: ObjectId) => entries.get(id)?.value, childrenOf: users.of, health: new Map() };
    for (const id of [...affected].sort(byCodePoint)) {
      const entry = entries.get(id);
      if (!entry) continue;
      const without = (reason: string) => leave(id, { ...entry, reasons: [...entry.reasons, reason] });
      const move = guarded(
        () => {
          const missing = referencesOf(id, entry.value).filter((one) => !stands(one));
          if (missing.length > 0) return () => repair(id, entry, missing);
          const finding = findingAmong(id, entry.value, neighbours);
          return finding && (() => without(findingText(finding)));
        },
        (fault) => () => without(fault),
      );
      if (move) yield move;
    }
  }

  /** A new cycle leads through what has changed. */
  function* movesOutOfCycles(): Generator<() => void> {
    const cycles = cyclesOf(entries, unchecked);
    unchecked = new Set();
    for (const cycle of cycles)
      for (const id of cycle) {
        const entry = entries.get(id);
        if (entry) yield () => leave(id, { ...entry, reasons: [...entry.reasons, cycleText(cycle)] });
      }
  }

  function stands(reference: Reference): boolean {
    if (reference.name.includes("@")) return options.allowed(reference.name);
    if (reference.kind === "tls.options" && reference.name === "default") return true;
    return entries.has(targetOf(reference)) || options.elsewhere?.(targetOf(reference)) === true;
  }

  function repair(id: ObjectId, entry: Entry, missing: readonly Reference[]) {
    const reasons = [...entry.reasons, ...missing.map((one) => whyMissing(one, options))];
    const mayCome = (id: ObjectId) => options.waiting.has(id) || options.labelled?.(id) === true;
    const isSpare = missing.every((one) => one.isItem && (one.isIdle || mayCome(targetOf(one))));
    const before = entry.form === "new" ? options.previous.get(id) : undefined;
    const hasPrevious = before !== undefined && referencesOf(id, before).every(stands);
    const value = isSpare && !hasPrevious ? withoutItems(entry.value, missing) : undefined;
    if (value) set(id, { ...entry, value, reasons, pruned: true });
    else leave(id, { ...entry, reasons });
  }

  const notes = new Map(candidates.flatMap(({ id, note }) => (note === undefined ? [] : [[id, note] as const])));
  const kept = [...entries].flatMap(([id, { origin, form, pruned, reasons }]): Remark[] => {
    const note = notes.get(id);
    if (form === "new" && !pruned) return note === undefined ? [] : [{ id, origin, state: "altered", reason: note }];
    return [{ id, origin, state: form === "previous" ? "previous" : "pruned", reason: reasons.join("; ") }];
  });
  const objects = [...entries].map(([id, { value }]) => [id, value] as const);
  return {
    objects: new Map(objects.sort(([a], [b]) => byCodePoint(a, b))),
    remarks: [...leftOut, ...kept].sort((a, b) => byCodePoint(a.id, b.id)),
  };
}

function whyMissing(reference: Reference, { waiting }: ChooseOptions): string {
  const { name, path } = reference;
  if (name.includes("@")) return `${path}: ${name} is another provider's; traefik.uses allows it`;
  const target = targetOf(reference);
  if (waiting.has(target)) return `${path}: group ${name} is not in effect yet`;
  return `${path}: there is no ${described(target)}`;
}
