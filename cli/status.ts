import { stringify } from "yaml";
import type { Status } from "../server/http/status.ts";
import { isServed } from "../server/roll-call/plan.ts";
import { inProject } from "./pipeline/in-project.ts";
import { outputTable, peerTable, pollerTable, traefikTables } from "./poller-tables.ts";
import { groupsNamed, sourcesIn } from "./standing.ts";
import { ago, table, wrap } from "./terminal/table.ts";

export type StatusFormat = "table" | "json" | "yaml" | "quiet";

export interface StatusView {
  readonly format: StatusFormat;
  /** The groups to show; all if none is named. */
  readonly groups?: readonly string[];
  /** In milliseconds since 1970. */
  readonly now: number;
  /** The width of the terminal. @default no limit */
  readonly columns?: number | undefined;
  /** @default no colours */
  readonly colours?: Record<"green" | "yellow" | "red", (text: string) => string>;
}

/** A row for each replica, source and poller; with groups named, only theirs. Throws if the server has no such group. */
export function formatStatus(all: Status, view: StatusView): string {
  const { format, groups: names = [], columns } = view;
  const groups = groupsNamed(all.groups, names);
  const status = { ...all, groups };
  if (format === "json") return `${JSON.stringify(status, null, 2)}\n`;
  if (format === "yaml") return stringify(status);
  const replicas = groups.flatMap(({ name, source, replicas: rows }) =>
    rows.map((row) => ({ ...row, group: name, on: row.source === source ? "" : ` on ${row.source}` })),
  );
  if (format === "quiet")
    return replicas
      .filter(({ state }) => isServed(state))
      .map(({ replica }) => `${replica}\n`)
      .join("");
  const ofThem =
    names.length === 0
      ? all.sources
      : all.sources.filter(({ name }) => groups.some((group) => sourcesIn(group).includes(name)));
  const others = names.length === 0 ? [instanceTable(status, columns), remarkTable(status, columns)] : [];
  const tables = [
    replicaTable(replicas, view),
    ...others,
    sourceTable(ofThem, view),
    ...(names.length === 0
      ? [pollerTable, traefikTables, outputTable, peerTable, drainTable].flatMap((tables) => tables(status, view))
      : []),
  ];
  return [headline(all, view), ...tables].filter((part) => part !== "").join("\n");
}

/** The answer and what is not well, then the problems of files and directories. */
function headline(status: Status, { now, columns, colours }: StatusView): string {
  const { state, groups, sources } = status;
  const away = groups.filter(({ present, declared }) => present < declared);
  const waiting = status.waiting.map(({ group, replica }) => replica ?? group ?? "any group");
  const bad = [
    ...(state === "ready" && away.length > 0
      ? [`degraded: ${few(away.map(({ name, present, declared }) => `${name} ${present}/${declared}`))}`]
      : []),
    ...[...new Set(status.stale.map(({ source }) => source))].map((source) => {
      const last = sources.find(({ name }) => name === source)?.lastGoodLook ?? null;
      return `stale: ${source}, ${last === null ? "never read" : ago(last, now).replace(/\D/, " $&")}`;
    }),
    ...status.peers.flatMap(({ url, state }) => (state === "differs" ? [`peer ${url} differs`] : [])),
  ];
  const version = `version ${status.version.slice(0, 12)}${waiting.length > 0 ? `, waiting for ${few(waiting)}` : ""}`;
  const first = `${status.status} ${state}, ${[...bad, version].join("; ")}`;
  const own = status.listeners.map(({ name, problem }) => problem && `${name}: ${problem}`);
  const problems = [status.groupsDirectory.problem, ...status.routes.problems, status.stateDirectory.problem, ...own]
    .filter((one) => one !== null)
    .map((problem) => `problem: ${problem}`);
  const paint = colours && (state === "locked" ? colours.red : bad.length > 0 ? colours.yellow : colours.green);
  const lines = (text: string, paint = (line: string) => line) =>
    wrap(text, columns ?? Number.POSITIVE_INFINITY).map((line) => `${paint(line)}\n`);
  return [...lines(first, paint), ...problems.flatMap((problem) => lines(problem, colours?.red))].join("");
}

function few(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}

type Row = Status["groups"][number]["replicas"][number] & {
  readonly group: string;
  /** Its source, if that is not its group's only one. */
  readonly on: string;
};

function replicaTable(rows: readonly Row[], { now, columns }: StatusView): string {
  // Few groups have weights: the column is only there if one has.
  const isWeighted = rows.some(({ weight }) => typeof weight === "number");
  return table(
    ["GROUP", "REPLICA", "STATE", "ADDRESS", ...(isWeighted ? ["WEIGHT"] : []), "SINCE", "REASON"],
    rows.map(({ group, replica, on, state, address, weight, since, reason, detail, remark, ...row }) => [
      group,
      replica + on,
      state,
      address ?? "-",
      ...(isWeighted ? [typeof weight === "number" ? String(weight) : "-"] : []),
      ago(since, now),
      [reason, detail, remark, ...differences({ replica, ...row })].filter((part) => part).join(": ") || "-",
    ]),
    columns,
  );
}

/** How an instance differs from what its group's file declares. */
function differences({
  replica,
  project,
  spec,
  image,
  leftDevices,
}: Pick<Row, "replica" | "project" | "spec" | "image" | "leftDevices">) {
  return [
    spec === "outdated" ? "made from an older declaration" : null,
    image === "older" ? "older image" : null,
    ...leftDevices.map(
      (device) => `${device} is no longer declared: lxc config device remove ${replica} ${device}${inProject(project)}`,
    ),
  ];
}

/** The instances that declare themselves; empty if there are none. */
function instanceTable({ labelled }: Status, columns: number | undefined): string {
  if (labelled.length === 0) return "";
  return table(
    ["INSTANCE", "OF", "STATE", "ADDRESS", "REASON"],
    labelled.map(({ source, project, instance, state, address, reason, detail, problems }) => [
      instance,
      `${source}/${project}`,
      state,
      address ?? "-",
      [[reason, detail].filter((part) => part !== null).join(": "), ...problems]
        .filter((part) => part !== "")
        .join("; ") || "-",
    ]),
    columns,
  );
}

/** What is not served as written, and what is noted; empty if there is neither. */
function remarkTable({ routes }: Status, columns: number | undefined): string {
  if (routes.remarks.length === 0) return "";
  return table(
    ["OBJECT", "NAME", "SERVED", "WHERE", "REASON"],
    routes.remarks.map(({ kind, name, state, origin, reason }) => [kind, name, served[state], origin, reason]),
    columns,
  );
}

const served = {
  "left-out": "no",
  previous: "as before",
  pruned: "in part",
  altered: "altered",
  noted: "yes",
} as const;

function sourceTable(sources: Status["sources"], { now, columns }: StatusView): string {
  return table(
    ["SOURCE", "STATE", "EVENTS", "LAST LOOK", "PROBLEM"],
    sources.map(({ name, up, events, lastLook, problem, eventsProblem, operationsProblem, members }) => [
      name,
      up ? "up" : "down",
      events,
      ago(lastLook, now),
      [problem ?? eventsProblem ?? operationsProblem, ...members.map(inTrouble)].filter((part) => part).join("; ") ||
        "-",
    ]),
    columns,
  );
}

/** `cluster member m3 is Offline: No heartbeat for 50.3s`; undefined for one that is online. */
function inTrouble({ name, status, message }: Status["sources"][number]["members"][number]): string | undefined {
  return status === "Online" ? undefined : `cluster member ${name} is ${status}: ${message}`;
}

/** The instances that are drained; empty if there are none. */
function drainTable({ marks }: Status, { now, columns }: StatusView): string {
  if (marks.length === 0) return "";
  return table(
    ["DRAINED", "OF", "BY", "SINCE", "UNTIL", "STATE"],
    marks.map(({ source, project, instance, by, since, until, detail }) => [
      instance,
      `${source}/${project}`,
      by,
      ago(since, now),
      until.replace(/\.\d+Z$/, "Z"),
      detail,
    ]),
    columns,
  );
}
