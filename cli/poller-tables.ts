import type { Status, TraefikStatus } from "../server/http/status.ts";
import { ago, table } from "./terminal/table.ts";

interface View {
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly columns?: number | undefined;
}

/** A row for each poller. What it runs is only there if the API of a Traefik is known. */
export function pollerTable({ pollers, traefiks, ordinal }: Status, { now, columns }: View): string {
  if (pollers.length === 0) return "No poll yet.\n";
  const isKnown = traefiks.length > 0;
  return table(
    ["POLLER", "NAME", "AGENT", "LAST POLL", "HELD", "VERSION", ...(isKnown ? ["APPLIED"] : [])],
    pollers.map(({ address, name, agent, lastPoll, held, version, current, applied }) => [
      address,
      name ?? "-",
      agent || "-",
      ago(lastPoll, now),
      held ? "yes" : "no",
      version === null ? "-" : `${version.slice(0, 12)}${current ? "" : " (older)"}`,
      ...(isKnown ? [applied === null ? "-" : applied === ordinal ? "yes" : "older"] : []),
    ]),
    columns,
  );
}

/** What each Traefik of `traefik.api` runs, and what it turned off. */
export function traefikTables({ traefiks }: Status, { now, columns }: View): string[] {
  if (traefiks.length === 0) return [];
  const rows = traefiks.map((one) => [one.url, one.name ?? "-", runs(one), ago(one.appliedSince, now), notWell(one)]);
  const off = traefiks.flatMap(({ url, off: all }) =>
    all.map(({ kind, name, state, reason }) => [url, kind, name, state, reason]),
  );
  return [
    table(["TRAEFIK", "NAME", "RUNS", "SINCE", "PROBLEM"], rows, columns),
    ...(off.length > 0 ? [table(["TRAEFIK", "OBJECT", "NAME", "STATE", "REASON"], off, columns)] : []),
  ];
}

function runs({ answering, applied, current }: TraefikStatus): string {
  if (!answering) return "?";
  if (applied === null) return "nothing known";
  return current ? "newest" : "older";
}

function notWell({ answering, problem, down }: TraefikStatus): string {
  const shown = down.slice(0, 10).map(({ service, server }) => `${service} ${server}`);
  const servers = down.length > 0 ? [`down: ${shown.join(", ")}${down.length > 10 ? ", ..." : ""}`] : [];
  const gone = answering ? [] : ["counts as gone"];
  return [...(problem === null ? [] : [problem]), ...gone, ...servers].join("; ") || "-";
}
