import { harmlessDeep } from "../../files/harmless.ts";
import { iso } from "../../files/iso.ts";
import { kindOf, nameOf } from "../../traefik/objects/objects.ts";
import type { Composed } from "../document/compose.ts";
import type { LabelledRow } from "../document/instance-rows.ts";
import { routeRows } from "../document/router-rows.ts";
import { middlewareRows, serviceRows } from "../document/service-rows.ts";
import type { Snapshot } from "../document/snapshot.ts";
import type { Drains, Release } from "../marks/drain.ts";
import type { Declared } from "../roll-call/declared.ts";
import type { GroupPlan, Plan } from "../roll-call/plan.ts";
import type { Roster } from "../roll-call/roster.ts";
import type { StateTimes } from "../roll-call/state-times.ts";
import type { Routes } from "../routes/parse-routes.ts";
import type { SourceStatus } from "../sources/source.ts";
import type { TraefikRow } from "../traefik-api/traefiks.ts";
import { isLive, live } from "./live-pollers.ts";
import { markRows } from "./mark-rows.ts";
import type { Poller } from "./pollers.ts";
import type { GroupRow, InstanceRow, PollerRow, RosterRow, RoutesRow, SourceRow, Status } from "./status.ts";
import { appliedBy, traefikRow } from "./traefik-rows.ts";

export interface StatusParts {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly published: number;
  readonly ordinal: number;
  readonly settling: boolean;
  readonly declared: Declared;
  readonly routes: Routes;
  readonly composed: Composed;
  readonly stateProblem: string | undefined;
  readonly sources: readonly SourceStatus[];
  readonly pollers: readonly Poller[];
  readonly traefiks: readonly TraefikRow[];
  readonly times: StateTimes;
  readonly marks: Drains;
  readonly releaseOf: (key: string) => Release | undefined;
  /** Until when a Traefik that an earlier run of the server gave a document may not have polled again. Times are in milliseconds since 1970. */
  readonly unseenUntil: number;
  readonly now: number;
}

/** Names, keys and agents in it come from guests, LXD and clients: none of its texts can move a terminal's cursor. */
export function statusOf(parts: StatusParts): Status {
  const { plan, snapshot, declared, times } = parts;
  const problems = new Set(plan.stale.map(({ problem }) => problem));
  /** The problem of a listing is said once, in `stale` and at its source. */
  const detailOf = ({ source, detail }: { readonly source: string; readonly detail?: string | undefined }) =>
    detail !== undefined && problems.has(detail) ? `see source ${source}` : (detail ?? null);
  return harmlessDeep({
    now: iso(parts.now),
    state: plan.state,
    version: snapshot.version,
    status: snapshot.status,
    published: iso(parts.published),
    ordinal: parts.ordinal,
    settling: parts.settling,
    waiting: plan.waiting,
    stale: plan.stale,
    groupsDirectory: { directory: declared.directory, problem: declared.problem ?? null },
    stateDirectory: { problem: parts.stateProblem ?? null },
    routes: routesRow(parts),
    sources: parts.sources.map(sourceRow),
    groups: plan.groups.map((group) => groupRow(group, times, detailOf)),
    labelled: parts.composed.labelled.map((row) => instanceRow(row, detailOf)),
    pollers: parts.pollers.map((poller) => pollerRow(poller, parts)),
    traefiks: parts.traefiks.map((row) => traefikRow(row, parts.ordinal)),
    marks: markRows({
      ...parts,
      locked: snapshot.status !== 200,
      pollers: live(parts.pollers),
      traefiks: parts.traefiks.filter(({ answering }) => answering),
    }),
  });
}

function routesRow({ routes, composed }: StatusParts): RoutesRow {
  const remarks = composed.remarks.map(({ id, state, origin, reason }) => ({
    kind: kindOf(id),
    name: nameOf(id),
    state,
    origin,
    reason,
  }));
  return {
    files: routes.files.size,
    problems: routes.problems,
    remarks,
    routers: routeRows(composed),
    services: serviceRows(composed),
    middlewares: middlewareRows(composed),
  };
}

/** What a row says in words. */
type DetailOf = (row: { readonly source: string; readonly detail?: string | undefined }) => string | null;

function sourceRow(source: SourceStatus): SourceRow {
  const { name, socket, version, lastLook, lastGoodLook, problem, eventsProblem, operationsProblem } = source;
  return {
    name,
    socket,
    version: version ?? null,
    up: lastLook !== undefined && problem === undefined,
    lastLook: iso(lastLook),
    lastGoodLook: iso(lastGoodLook),
    problem: problem ?? null,
    events: eventsProblem === undefined ? "up" : "down",
    eventsProblem: eventsProblem ?? null,
    operationsProblem: operationsProblem ?? null,
  };
}

function groupRow(plan: GroupPlan, times: StateTimes, detailOf: DetailOf): GroupRow {
  const { group, inEffect, pending, present, replicas } = plan;
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
      const at = times.of(group.name, row);
      return {
        replica: row.replica,
        state: row.state,
        address: row.address ?? null,
        since: iso(at),
        reason: row.reason ?? null,
        detail: detailOf({ source: (inEffect ?? group).source, detail: row.detail }),
        weight: row.weight ?? null,
        weightFrom: row.weightFrom ?? null,
        remark: [row.remark, row.shared].filter((part) => part !== undefined).join("; ") || null,
        spec: row.spec ?? null,
        image: row.image ?? null,
        leftDevices: row.leftDevices ?? [],
      };
    }),
  };
}

function instanceRow({ address, reason, detail, ...row }: LabelledRow, detailOf: DetailOf): InstanceRow {
  const said = detailOf({ source: row.source, detail });
  return { ...row, address: address ?? null, reason: reason ?? null, detail: said };
}

function rosterRow(roster: Roster | undefined): RosterRow | null {
  if (!roster) return null;
  const { group: _, ...rest } = roster;
  return rest;
}

function pollerRow(poller: Poller, parts: StatusParts): PollerRow {
  return {
    address: poller.address,
    name: poller.name ?? null,
    agent: poller.agent,
    lastPoll: iso(poller.last),
    polls: poller.polls,
    held: poller.held,
    intervalMs: poller.gaps.length > 0 ? Math.min(...poller.gaps) : null,
    holdCapMs: Number.isFinite(poller.cap) ? poller.cap : null,
    status: poller.status ?? null,
    version: poller.version ?? null,
    given: poller.given?.ordinal ?? null,
    current: poller.given?.ordinal === parts.ordinal,
    applied: appliedBy(poller, parts),
    live: isLive(poller),
  };
}
