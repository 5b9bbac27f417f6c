import { milliseconds } from "../../files/milliseconds.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type GroupPlan, type Plan, placeOf } from "./plan.ts";
import { placeIn, type Roster, samePlace } from "./roster.ts";

/** What a replica is asked, and where. */
export interface Target {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  readonly address: string;
  readonly question: Question;
}

/** A TCP connection that has to open, or an HTTP request that has to be answered. Times are in milliseconds. */
export type Question = Pace & ({ readonly by: "tcp" } | HttpQuestion);

interface Pace {
  readonly port: number;
  readonly interval: number;
  readonly timeout: number;
  /** How many good answers in a row make it ready. */
  readonly rise: number;
  /** How many failures in a row make it fallen; left out: none. */
  readonly fall?: number;
}

export interface HttpQuestion {
  readonly by: "http";
  readonly scheme: "http" | "https";
  readonly path: string;
  /** The Host header; left out: the address. */
  readonly host?: string | undefined;
  /** The first and the last status that count. */
  readonly statuses: readonly [number, number];
}

/** How a target has answered since it is asked. */
export interface Answer {
  /** `ready`: `rise` good answers in a row. `fallen`: `fall` failures in a row. `asking`: neither yet. */
  readonly state: "asking" | "ready" | "fallen";
  /** The newest failure in the probe's own words: `GET /health answered 503`. Empty if there is none. */
  readonly detail: string;
}

/** By `targetKey`. A target that is not asked has no answer. */
export type Answers = ReadonlyMap<string, Answer>;

export function targetKey({ source, project, instance, address, question }: Target): string {
  return JSON.stringify([source, project, instance, address, question]);
}

const usual = { interval: 5000, timeout: 2000, rise: 1 } as const;

/** What a group asks of a replica of that roster before it joins; undefined if nothing is asked. */
export function questionOf(
  { service }: Pick<DeclaredGroup, "service">,
  roster: Pick<Roster, "port">,
): Question | undefined {
  const { ready } = service;
  if (ready === "port") return { by: "tcp", port: roster.port, ...usual };
  if (ready === undefined || ready === "address" || ready === "platform") return undefined;
  const [first, last] = String(ready.status).split("-").map(Number) as [number, number?];
  return {
    by: "http",
    scheme: ready.scheme ?? (service.scheme === "https" ? "https" : "http"),
    path: ready.http,
    host: ready.host,
    statuses: [first, last ?? first],
    port: ready.port ?? roster.port,
    interval: milliseconds(ready.interval),
    timeout: milliseconds(ready.timeout),
    rise: ready.rise,
    ...(ready.fall !== "off" && { fall: ready.fall }),
  };
}

/** What is asked of a member that its source lost: whether anything still listens there. UDP can't be asked. */
export function silenceOf({ protocol, port }: Pick<Roster, "protocol" | "port">): Question | undefined {
  return protocol === "udp" ? undefined : { by: "tcp", port, interval: 1000, timeout: 1000, rise: 1, fall: 2 };
}

/** What the plan wants asked: replicas that may join, members that may fall, and members that their source lost. */
export function targetsOf({ groups }: Pick<Plan, "groups">): Target[] {
  return groups.flatMap(targetsIn);
}

function targetsIn({ group, inEffect, pending, replicas }: GroupPlan): Target[] {
  const rosters = [pending, inEffect].filter((one) => one !== undefined);
  const lost = inEffect && silenceOf(inEffect);
  return replicas.flatMap((row): Target[] => {
    const { replica: instance, state, address, reason } = row;
    if (address === undefined || state === "leaving") return [];
    const at = placeOf(group, row);
    const ask = (question: Question | undefined) => (question ? [{ ...at, instance, address, question }] : []);
    if (inEffect && reason === "unconfirmed") return ask(lost);
    return rosters
      .filter((roster) => samePlace(placeIn(roster, instance), at))
      .flatMap((roster) => {
        const question = questionOf(group, roster);
        const joins = state !== "member" || pending !== undefined;
        return joins || question?.fall !== undefined ? ask(question) : [];
      });
  });
}
