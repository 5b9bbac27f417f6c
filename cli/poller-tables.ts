import type { Status, TraefikStatus } from "../server/http/status.ts";
import { ago, table } from "./terminal/table.ts";

interface View {
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly columns?: number | undefined;
}

/** A row for each poller. What it runs is only there if the API of a Traefik is known. */
export function pollerTable({ pollers, traefiks, ordinal, version: newest }: Status, { now, columns }: View): string {
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
      version === null ? "-" : `${version.slice(0, 12)}${current || version === newest ? "" : " (older)"}`,
      ...(isKnown ? [applied === null ? "-" : applied === ordinal ? "yes" : "older"] : []),
    ]),
    columns,
  );
}

/** What each Traefik of `traefik.api` runs, and what it turned off. */
export function traefikTables({ traefiks }: Status, { now, columns }: View): string[] {
  if (traefiks.length === 0) return [];
  const rows = traefiks.map((one) => [one.url, one.name ?? "-", runs(one), ago(one.appliedSince, now), notWell(one)]);
  const off = traefiks.flatMap(({ url, off: all }) => all.map((one) => ({ url, ...one })));
  return [
    table(["TRAEFIK", "NAME", "RUNS", "SINCE", "PROBLEM"], rows, columns),
    ...(off.length > 0 ? [offTable(off, columns)] : []),
  ];
}

/** Where else the document is written. */
export function outputTable({ outputs }: Status, { now, columns }: View): string {
  const rows = outputs.map(({ target, state, version, since, problem, warnings }) => [
    target,
    state,
    version?.slice(0, 12) ?? "-",
    ago(since, now),
    problem ?? (warnings.join("; ") || "-"),
  ]);
  return rows.length === 0 ? "" : table(["OUTPUT", "STATE", "VERSION", "SINCE", "PROBLEM"], rows, columns);
}

/** The other servers over the same inputs. */
export function peerTable({ peers }: Status, { now, columns }: View): string {
  const rows = peers.map(({ url, state, version, since, differs, problem }) => [
    ...[url, state, version?.slice(0, 12) ?? "-", ago(since, now)],
    [
      ...(differs.length > 0 ? [`has otherwise: ${differs.join(", ")}`] : []),
      ...(problem === null ? [] : [problem]),
    ].join("; ") || "-",
  ]);
  return rows.length === 0 ? "" : table(["PEER", "STATE", "VERSION", "SINCE", "PROBLEM"], rows, columns);
}

/** What Traefiks turned off or complain about. */
export function offTable(
  off: readonly (TraefikStatus["off"][number] & { readonly url: string })[],
  columns: number | undefined,
): string {
  const rows = off.map(({ url, kind, name, state, reason }) => [url, kind, name, state, reason]);
  return table(["TRAEFIK", "OBJECT", "NAME", "STATE", "REASON"], rows, columns);
}

/** Whether a Traefik runs the newest document, in a word or two. */
export function runs({ answering, applied, current }: TraefikStatus): string {
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
