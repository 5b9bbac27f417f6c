import { harmlessDeep } from "../../files/harmless.ts";
import { iso } from "../../files/iso.ts";
import { kindOf, nameOf } from "../../traefik/objects/objects.ts";
import type { Composed } from "../document/compose.ts";
import type { LabelledRow } from "../document/instance-rows.ts";
import { routeRows } from "../document/router-rows.ts";
import { middlewareRows, serviceRows } from "../document/service-rows.ts";
import type { PeerRow } from "../peers/peers.ts";
import type { Declared } from "../roll-call/declared.ts";
import { type GroupPlan, type Plan, placeOf } from "../roll-call/plan.ts";
import type { Roster } from "../roll-call/roster.ts";
import type { StateTimes } from "../roll-call/state-times.ts";
import type { Routes } from "../routes/parse-routes.ts";
import type { SourceStatus } from "../sources/source.ts";
import { isLive } from "./live-pollers.ts";
import { type DrainParts, markRowsOf } from "./mark-rows.ts";
import { outputRow } from "./output-rows.ts";
import { peerRow } from "./peer-rows.ts";
import type { Poller } from "./pollers.ts";
import type { GroupRow, InstanceRow, PollerRow, RosterRow, RoutesRow, SourceRow, Status } from "./status.ts";
import { appliedBy, traefikRow } from "./traefik-rows.ts";

export interface StatusParts extends DrainParts {
  readonly plan: Plan;
  readonly published: number;
  readonly settling: boolean;
  readonly declared: Declared;
  readonly routes: Routes;
  readonly composed: Composed;
  readonly stateProblem: string | undefined;
  readonly listeners: Status["listeners"];
  readonly sources: readonly SourceStatus[];
  /** @default none */
  readonly peers?: readonly PeerRow[];
  readonly times: StateTimes;
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
    listeners: parts.listeners,
    routes: routesRow(parts),
    sources: parts.sources.map(sourceRow),
    groups: plan.groups.map((group) => groupRow(group, times, detailOf)),
    labelled: parts.composed.labelled.map((row) => instanceRow(row, detailOf)),
    pollers: parts.pollers.map(pollerRows(parts)),
    traefiks: parts.traefiks.map((row) => traefikRow(row, parts.ordinal)),
    outputs: parts.outputs.map(outputRow),
    peers: (parts.peers ?? []).map(peerRow),
    marks: markRowsOf(parts),
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
  const { name, endpoint, version, lastLook, lastGoodLook, problem, eventsProblem, operationsProblem, members } =
    source;
  return {
    name,
    endpoint,
    version: version ?? null,
    up: lastLook !== undefined && problem === undefined,
    lastLook: iso(lastLook),
    lastGoodLook: iso(lastGoodLook),
    problem: problem ?? null,
    events: eventsProblem === undefined ? "up" : "down",
    eventsProblem: eventsProblem ?? null,
    operationsProblem: operationsProblem ?? null,
    members,
  };
}

function groupRow(plan: GroupPlan, times: StateTimes, detailOf: DetailOf): GroupRow {
  const { group, inEffect, pending, present, replicas } = plan;
  return {
    name: group.name,
    source: group.source ?? null,
    project: group.project,
    gate: group.gate,
    declared: group.replicas,
    present,
    inEffect: rosterRow(inEffect),
    pending: rosterRow(pending),
    replicas: replicas.map((row) => {
      const at = times.of(group, row);
      const place = placeOf(group, row);
      return {
        replica: row.replica,
        ...place,
        state: row.state,
        address: row.address ?? null,
        since: iso(at),
        reason: row.reason ?? null,
        detail: detailOf({ ...place, detail: row.detail }),
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

function pollerRows({ pollers, traefiks, ordinal }: StatusParts): (poller: Poller) => PollerRow {
  const applied = appliedBy(pollers, traefiks);
  return (poller) => ({
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
    current: poller.given?.ordinal === ordinal,
    applied: applied(poller),
    live: isLive(poller),
  });
}
