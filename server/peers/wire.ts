import { createHash } from "node:crypto";
import { z } from "zod";
import type { DrainStep } from "../marks/drain-state.ts";
import type { Entry, Register } from "../marks/versions.ts";
import { markKey } from "../roll-call/marks.ts";
import { type Kept, keptReader, keptText, nothingKept } from "../state/format.ts";
import type { Remembered } from "./adopt.ts";
import type { InputDigests } from "./inputs.ts";
import type { Told } from "./sharing.ts";

/** A mark with how far its drain is at the server that tells it: among its own Traefiks alone. */
export interface ToldMark extends Told {
  readonly step?: DrainStep;
  readonly detail?: string;
}

/** What one server tells another. */
export interface PeerState {
  readonly id: string;
  /** The version of its document. */
  readonly version: string;
  readonly inputs: InputDigests;
  /** The ids of the servers that answer it. */
  readonly asks: readonly string[];
  /** The places that it writes, as `placeOf` calls them. */
  readonly outputs: readonly string[];
  readonly marks: Register<ToldMark>;
  readonly accepts: Register;
  /** Only when it is asked for. */
  readonly remembered?: Remembered;
}

/** What servers that reach it by different addresses call a place that they write: `etcd traefik/` of `etcd http://10.0.0.5:2379 traefik/`. */
export function placeOf(target: string): string {
  return `${target.slice(0, target.indexOf(" "))} ${target.slice(target.lastIndexOf(" ") + 1)}`;
}

/** A state as JSON. Times are durations: how old something is, and how long it holds from now, in milliseconds. */
export function written(state: PeerState, groups: Kept["groups"], now: number): z.input<typeof answerSchema> {
  const { id, version, inputs, asks, outputs, marks, accepts, remembered } = state;
  const entry = ({ version, ended, until }: Entry) => ({ ...version, ...(ended && { ended }), left: until - now });
  return {
    format: 1,
    state: digestOf(state),
    ...{ id, version, inputs: Object.fromEntries(inputs), asks: [...asks], outputs: [...outputs] },
    // Where the clock was set back before a restart, a kept mark lies in the future.
    marks: [...marks].map(([key, { drain, step, detail, ...rest }]) => ({
      key,
      ...entry(rest),
      ...(drain && { drain: { ...drain, since: Math.max(0, now - drain.since), until: drain.until - now } }),
      ...(step && { step, detail }),
    })),
    accepts: Object.fromEntries([...accepts].map(([source, one]) => [source, entry(one)])),
    ...(remembered && {
      memory: keptText({ ...nothingKept, memory: remembered.memory, groups }),
      effects: Object.fromEntries(remembered.effects),
    }),
  };
}

/** The same for the same state at any time. */
export function digestOf({ id, version, inputs, asks, outputs, marks, accepts }: PeerState): string {
  const plain = [
    ...[id, version, [...inputs], asks, outputs],
    [...marks].map(([key, { version, ended, drain, step, detail }]) => [key, version, ended, !drain, step, detail]),
    [...accepts].map(([source, { version }]) => [source, version]),
  ];
  return createHash("sha256").update(JSON.stringify(plain)).digest("hex").slice(0, 32);
}

const word = z.string().max(400);
const time = z
  .int()
  .min(0)
  .max(2 ** 50);
const left = z.int().max(2 ** 42);
const age = z
  .int()
  .min(0)
  .max(2 ** 42);
const version = { at: time, by: z.string().max(40) };
const entry = { ...version, ended: z.boolean().optional(), left };
const drain = z.object({
  ...{ source: word, project: word, instance: word, uuid: word, by: word },
  ...{ since: age, until: left, grace: age },
});
const steps = [
  "leaving",
  "waiting-for-pollers",
  "waiting-for-traefik",
  "grace",
  "waiting-for-peers",
  "drained",
] as const;
const answerSchema = z.object({
  format: z.literal(1),
  state: word,
  id: z.string().min(1).max(40),
  version: word,
  inputs: z.record(word, word),
  asks: z.array(word).max(1000),
  outputs: z.array(word).max(1000),
  marks: z
    .array(
      z.object({
        ...{ key: z.string().max(1200), ...entry, drain: drain.optional() },
        ...{ step: z.enum(steps).optional(), detail: z.string().max(2000).optional() },
      }),
    )
    .max(100_000),
  accepts: z.record(word, z.object(entry)),
  memory: z.string().optional(),
  effects: z.record(word, z.object(version)).default({}),
});

/** Reads what `written` made, for Traefik of that version. Throws if it is anything else. What can't be read of a memory is left out. */
export function answerReader(traefik: string) {
  const readMemory = keptReader(traefik);
  return (json: Buffer, now: number): { readonly known: string; readonly state: PeerState } => {
    const { data } = answerSchema.safeParse(parsed(json));
    if (!data) throw new Error("its answer is not one of a rollcall that shares marks");
    const { id, version, inputs, asks, outputs, memory } = data;
    const kept = memory === undefined ? undefined : readMemory(memory).kept;
    return {
      known: data.state,
      state: {
        ...{ id, version, inputs: new Map(Object.entries(inputs)), asks, outputs },
        marks: new Map(data.marks.flatMap((one) => (isOwnKey(one) ? [[one.key, markOf(one, now)] as const] : []))),
        accepts: new Map(Object.entries(data.accepts).map(([source, one]) => [source, entryOf(one, now)])),
        ...(kept && { remembered: { memory: kept.memory, effects: new Map(Object.entries(data.effects)) } }),
      },
    };
  };
}

type Answered = z.output<typeof answerSchema>;

function isOwnKey({ key, drain }: Answered["marks"][number]): boolean {
  return drain === undefined || markKey(drain) === key;
}

function entryOf({ at, by, ended = false, left }: Answered["accepts"][string], now: number): Entry {
  return { version: { at, by }, ended, until: now + left };
}

function markOf(one: Answered["marks"][number], now: number): ToldMark {
  const { drain, step, detail } = one;
  return {
    ...entryOf(one, now),
    ...(drain && !one.ended && { drain: { ...drain, since: now - drain.since, until: now + drain.until } }),
    ...(step && { step }),
    ...(detail !== undefined && { detail }),
  };
}

function parsed(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
