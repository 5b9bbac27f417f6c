import { Agent } from "undici";
import { stringify } from "yaml";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import { askOverview, type Overview } from "../server/traefik-api/overview.ts";
import { askStatus } from "./ask-server.ts";
import { offTable, runs } from "./poller-tables.ts";
import { table } from "./terminal/table.ts";

/** What the Traefiks of `traefik.api` say of themselves, and what the server knows of them. */
export interface TraefikReport {
  /** Why the server was not asked what they run; null if it answered. */
  readonly serverProblem: string | null;
  readonly traefiks: readonly TraefikReportRow[];
}

export interface TraefikReportRow {
  readonly url: string;
  readonly name: string | null;
  /** Whether it runs the server's newest document; null if that is not known. */
  readonly current: boolean | null;
  /** `newest`, `older`, `nothing known` or `?` */
  readonly runs: string;
  /** Null if it did not answer. */
  readonly says: Overview | null;
  /** The HTTP routers that another one has and this one has not. */
  readonly lacks: readonly string[];
  readonly problem: string | null;
}

/** Asks every Traefik of the configuration and its server. Throws if the configuration names no Traefik. */
export async function askTraefiks(config: Config): Promise<TraefikReport> {
  const apis = config.traefik.api;
  if (apis.length === 0)
    throw new Error("no Traefik to ask: set traefik.api, for each the url of its API, such as http://127.0.0.1:8080");
  const agent = new Agent({ connections: 1 });
  const wordsOf = (error: Error) => error.message;
  const [server, ...answers] = await Promise.all([
    askStatus(config).catch(wordsOf),
    ...apis.map((api) => askOverview(api, agent, new AbortController().signal).catch(wordsOf)),
  ]);
  await agent.destroy();
  const all = new Set(answers.flatMap((answer) => (typeof answer === "string" ? [] : answer.routers)));
  const traefiks = apis.map(({ url, name }, index) => {
    const answer = answers[index] ?? "";
    const [says, problem] = typeof answer === "string" ? [null, answer] : [answer, null];
    const known = says === null || typeof server === "string" ? undefined : rowOf(server, url);
    return {
      url,
      name: name ?? null,
      current: known?.current ?? null,
      runs: known === undefined ? "?" : runs(known),
      says,
      lacks: says === null ? [] : [...all].filter((router) => !says.routers.includes(router)).sort(),
      problem,
    };
  });
  return { serverProblem: typeof server === "string" ? server : null, traefiks };
}

const rowOf = ({ traefiks }: Status, url: string) => traefiks.find((row) => row.url === url);

/** Whether all answer, run the newest document and the same routers, and none turned anything off. */
export function isWell({ serverProblem, traefiks }: TraefikReport): boolean {
  return (
    serverProblem === null &&
    traefiks.every(({ current, says, lacks }) => current === true && says?.off.length === 0 && lacks.length === 0)
  );
}

export function formatTraefiks(report: TraefikReport, format: "table" | "json" | "yaml", columns?: number): string {
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  if (format === "yaml") return stringify(report);
  const rows = report.traefiks.map((row) => [
    row.url,
    row.name ?? "-",
    row.says?.version ?? "-",
    row.runs,
    counted(row.says, "routers"),
    counted(row.says, "services"),
    notWell(row),
  ]);
  const off = report.traefiks.flatMap(({ url, says }) => (says?.off ?? []).map((one) => ({ url, ...one })));
  return [
    ...(report.serverProblem === null ? [] : [`problem: ${report.serverProblem}\n`]),
    table(["TRAEFIK", "NAME", "VERSION", "RUNS", "ROUTERS", "SERVICES", "PROBLEM"], rows, columns),
    ...(off.length > 0 ? [offTable(off, columns)] : []),
  ].join("\n");
}

/** `12`, or `12, 1 off, 2 warnings`: of HTTP, TCP and UDP together. */
function counted(says: Overview | null, kind: string): string {
  if (says === null) return "-";
  const all = Object.entries(says.counts).filter(([name]) => name.endsWith(`.${kind}`));
  const sum = (field: "total" | "errors" | "warnings") => all.reduce((number, [, count]) => number + count[field], 0);
  const warnings = sum("warnings");
  return [
    String(sum("total")),
    ...(sum("errors") > 0 ? [`${sum("errors")} off`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ].join(", ");
}

function notWell({ problem, lacks }: TraefikReportRow): string {
  if (problem !== null) return problem;
  if (lacks.length === 0) return "-";
  const shown = lacks.slice(0, 5).join(", ");
  return `lacks ${lacks.length} of the routers that others run: ${shown}${lacks.length > 5 ? ", ..." : ""}`;
}
