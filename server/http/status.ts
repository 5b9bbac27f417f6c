import type { Declared } from "../declared.ts";
import type { LabelledRow } from "../labels/rows.ts";
import type { GroupPlan, Plan, ReplicaPlan, Waiting } from "../plan.ts";
import type { SourceStatus } from "../platform/source.ts";
import type { Roster } from "../roster.ts";
import { kindOf, nameOf } from "../routes/objects.ts";
import type { Routes } from "../routes/parse-routes.ts";
import type { Remark } from "../routes/resolve.ts";
import { type RouteRow, routeRows } from "../routes/route-rows.ts";
import type { Routed } from "../routes/routing.ts";
import type { Since } from "../since.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Poller } from "./pollers.ts";

/** What `/api/status` answers: the state of everything at one moment. Times are ISO 8601 in UTC, null where there is none. */
export interface Status {
  readonly state: Plan["state"];
  readonly version: string;
  readonly status: 200 | 423;
  readonly published: string;
  readonly waiting: readonly Waiting[];
  readonly groupsDirectory: { readonly directory: string; readonly problem: string | null };
  readonly stateDirectory: { readonly problem: string | null };
  readonly routes: RoutesRow;
  readonly sources: readonly SourceRow[];
  readonly groups: readonly GroupRow[];
  /** The instances that declare themselves. */
  readonly labelled: readonly InstanceRow[];
  readonly pollers: readonly PollerRow[];
}

export interface RoutesRow {
  readonly files: number;
  /** What is wrong with files as a whole. */
  readonly problems: readonly string[];
  /** What is served otherwise than the files say, or not at all, or noted. Never a value: it may be a secret. */
  readonly remarks: readonly RemarkRow[];
  /** Every router that is served, those of groups too. */
  readonly routers: readonly RouteRow[];
}

export interface RemarkRow {
  /** `http.routers` */
  readonly kind: string;
  readonly name: string;
  readonly state: Remark["state"];
  readonly origin: string;
  readonly reason: string;
}

export interface SourceRow {
  readonly name: string;
  readonly socket: string;
  readonly version: string | null;
  readonly up: boolean;
  readonly lastLook: string | null;
  readonly problem: string | null;
  readonly events: "up" | "down";
  readonly eventsProblem: string | null;
}

export interface GroupRow {
  readonly name: string;
  readonly source: string;
  readonly project: string;
  readonly gate: GroupPlan["group"]["gate"];
  readonly declared: number;
  readonly present: number;
  readonly inEffect: RosterRow | null;
  readonly pending: RosterRow | null;
  readonly replicas: readonly ReplicaRow[];
}

export type RosterRow = Omit<Roster, "group">;

export interface ReplicaRow {
  readonly replica: string;
  readonly state: ReplicaPlan["state"];
  readonly address: string | null;
  readonly since: string | null;
  readonly reason: ReplicaPlan["reason"] | null;
  readonly detail: string | null;
  /** Traefik's weight of the server, and who says so; null where nobody does, which is 1. */
  readonly weight: number | null;
  readonly weightFrom: ReplicaPlan["weightFrom"] | null;
  /** What its instance's keys say in vain. */
  readonly remark: string | null;
  readonly spec: ReplicaPlan["spec"] | null;
}

export interface InstanceRow {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  readonly state: LabelledRow["state"];
  readonly address: string | null;
  readonly reason: LabelledRow["reason"] | null;
  readonly detail: string | null;
  /** What of its labels is not served, and why. Never a value of a label but hosts, entry points and names. */
  readonly problems: readonly string[];
  /** What it declares of the document, `http.routers/web`, with or without others. */
  readonly objects: LabelledRow["objects"];
}

export interface PollerRow {
  readonly address: string;
  readonly name: string | null;
  readonly agent: string;
  readonly lastPoll: string;
  readonly polls: number;
  readonly held: boolean;
  readonly intervalMs: number | null;
  readonly status: number | null;
  readonly version: string | null;
  readonly current: boolean;
}

export interface StatusParts {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly published: number;
  readonly declared: Declared;
  readonly routes: Routes;
  readonly routed: Routed;
  readonly stateProblem: string | undefined;
  readonly sources: readonly SourceStatus[];
  readonly pollers: readonly Poller[];
  readonly since: Since;
}

export function statusOf(parts: StatusParts): Status {
  const { plan, snapshot, declared, since } = parts;
  return {
    state: plan.state,
    version: snapshot.version,
    status: snapshot.status,
    published: iso(parts.published),
    waiting: plan.waiting,
    groupsDirectory: { directory: declared.directory, problem: declared.problem ?? null },
    stateDirectory: { problem: parts.stateProblem ?? null },
    routes: routesRow(parts),
    sources: parts.sources.map(sourceRow),
    groups: plan.groups.map((group) => groupRow(group, since)),
    labelled: parts.routed.labelled.map(instanceRow),
    pollers: parts.pollers.map((poller) => pollerRow(poller, snapshot)),
  };
}

function routesRow({ routes, routed }: StatusParts): RoutesRow {
  const remarks = routed.remarks.map(({ id, state, origin, reason }) => ({
    kind: kindOf(id),
    name: nameOf(id),
    state,
    origin,
    reason,
  }));
  return { files: routes.files.size, problems: routes.problems, remarks, routers: routeRows(routed) };
}

function sourceRow(source: SourceStatus): SourceRow {
  const { name, socket, version, lastLook, problem, eventsProblem } = source;
  return {
    name,
    socket,
    version: version ?? null,
    up: lastLook !== undefined && problem === undefined,
    lastLook: lastLook === undefined ? null : iso(lastLook),
    problem: problem ?? null,
    events: eventsProblem === undefined ? "up" : "down",
    eventsProblem: eventsProblem ?? null,
  };
}

function groupRow({ group, inEffect, pending, present, replicas }: GroupPlan, since: Since): GroupRow {
  return {
    name: group.name,
    source: group.source,
    project: group.project,
    gate: group.gate,
    declared: group.replicas,
    present,
    inEffect: rosterRow(inEffect),
    pending: rosterRow(pending),
    replicas: replicas.map((row) => {
      const at = since.of(group.name, row);
      return {
        replica: row.replica,
        state: row.state,
        address: row.address ?? null,
        since: at === undefined ? null : iso(at),
        reason: row.reason ?? null,
        detail: row.detail ?? null,
        weight: row.weight ?? null,
        weightFrom: row.weightFrom ?? null,
        remark: row.remark ?? null,
        spec: row.spec ?? null,
      };
    }),
  };
}

function instanceRow({ address, reason, detail, ...row }: LabelledRow): InstanceRow {
  return { ...row, address: address ?? null, reason: reason ?? null, detail: detail ?? null };
}

function rosterRow(roster: Roster | undefined): RosterRow | null {
  if (!roster) return null;
  const { group: _, ...rest } = roster;
  return rest;
}

function pollerRow(poller: Poller, snapshot: Snapshot): PollerRow {
  return {
    address: poller.address,
    name: poller.name ?? null,
    agent: poller.agent,
    lastPoll: iso(poller.last),
    polls: poller.polls,
    held: poller.held,
    intervalMs: poller.gaps.length > 0 ? Math.min(...poller.gaps) : null,
    status: poller.status ?? null,
    version: poller.version ?? null,
    current: poller.version === snapshot.version,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
