import { stringify } from "yaml";
import type { Status } from "../server/http/status.ts";
import { isServed } from "../server/roll-call/plan.ts";
import { ago, table } from "./terminal/table.ts";

export type StatusFormat = "table" | "json" | "yaml" | "quiet";

/** A row for each replica, source and poller. */
export function formatStatus(status: Status, format: StatusFormat, now: number): string {
  if (format === "json") return `${JSON.stringify(status, null, 2)}\n`;
  if (format === "yaml") return stringify(status);
  const replicas = status.groups.flatMap((group) => group.replicas.map((row) => ({ group: group.name, ...row })));
  if (format === "quiet")
    return replicas
      .filter(({ state }) => isServed(state))
      .map(({ replica }) => `${replica}\n`)
      .join("");
  const tables = [
    replicaTable(replicas, now),
    instanceTable(status),
    remarkTable(status),
    sourceTable(status, now),
    pollerTable(status, now),
  ];
  return [headline(status), ...tables].filter((part) => part !== "").join("\n");
}

function headline(status: Status): string {
  const problems = [status.groupsDirectory.problem, ...status.routes.problems, status.stateDirectory.problem].filter(
    (one) => one !== null,
  );
  const waiting = status.waiting.map(({ group, replica }) => replica ?? group ?? "any group");
  const version = status.version.slice(0, 12);
  const lines = [
    `${status.status} ${status.state}, version ${version}${waiting.length > 0 ? `, waiting for ${waiting.join(", ")}` : ""}`,
    ...problems.map((problem) => `problem: ${problem}`),
  ];
  return `${lines.join("\n")}\n`;
}

type Row = Status["groups"][number]["replicas"][number] & { readonly group: string };

function replicaTable(rows: readonly Row[], now: number): string {
  // Few groups have weights: the column is only there if one has.
  const isWeighted = rows.some(({ weight }) => typeof weight === "number");
  return table(
    ["GROUP", "REPLICA", "STATE", "ADDRESS", ...(isWeighted ? ["WEIGHT"] : []), "SINCE", "REASON"],
    rows.map(({ group, replica, state, address, weight, since, reason, detail, remark, spec }) => [
      group,
      replica,
      state,
      address ?? "-",
      ...(isWeighted ? [typeof weight === "number" ? String(weight) : "-"] : []),
      ago(since, now),
      [reason, detail, remark, spec === "outdated" ? "made from an older declaration" : null]
        .filter((part) => part)
        .join(": ") || "-",
    ]),
  );
}

/** The instances that declare themselves; empty if there are none. */
function instanceTable({ labelled }: Status): string {
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
  );
}

/** What is not served as written, and what is noted; empty if there is neither. */
function remarkTable({ routes }: Status): string {
  if (routes.remarks.length === 0) return "";
  return table(
    ["OBJECT", "NAME", "SERVED", "WHERE", "REASON"],
    routes.remarks.map(({ kind, name, state, origin, reason }) => [kind, name, served[state], origin, reason]),
  );
}

const served = {
  "left-out": "no",
  previous: "as before",
  pruned: "in part",
  altered: "altered",
  noted: "yes",
} as const;

function sourceTable({ sources }: Status, now: number): string {
  return table(
    ["SOURCE", "STATE", "EVENTS", "LAST LOOK", "PROBLEM"],
    sources.map(({ name, up, events, lastLook, problem, eventsProblem }) => [
      name,
      up ? "up" : "down",
      events,
      ago(lastLook, now),
      problem ?? eventsProblem ?? "-",
    ]),
  );
}

function pollerTable({ pollers }: Status, now: number): string {
  if (pollers.length === 0) return "No poll yet.\n";
  return table(
    ["POLLER", "NAME", "AGENT", "LAST POLL", "HELD", "VERSION"],
    pollers.map(({ address, name, agent, lastPoll, held, version, current }) => [
      address,
      name ?? "-",
      agent || "-",
      ago(lastPoll, now),
      held ? "yes" : "no",
      version === null ? "-" : `${version.slice(0, 12)}${current ? "" : " (older)"}`,
    ]),
  );
}
