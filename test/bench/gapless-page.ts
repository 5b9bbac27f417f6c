import { cpus, loadavg } from "node:os";
import { tally } from "../support/network/load.ts";
import type { Row } from "../support/real/gapless-load.ts";

/** A line of the table: the same thing done again and again. */
export interface Line {
  readonly name: string;
  /** With ready and drain; without both; or what is killed where requests are tried again. */
  readonly table: "with" | "without" | "killed";
  readonly rows: readonly Row[];
}

export interface About {
  readonly versions: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly grace: string;
}

/** The page of a run. */
export function gaplessPage(lines: readonly Line[], { versions, rate, grace }: About): string {
  const of = (name: Line["table"]) => lines.filter((line) => line.table === name);
  const rows = of("with").flatMap((line) => line.rows);
  const sent = rows.reduce((sum, row) => sum + row.sent, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  return `# Gapless: what a steady load sees

\`npm run bench -- gapless\` wrote this page on ${new Date().toISOString().slice(0, 10)}: ${versions.join(", ")}.
The machine had ${cpus().length} processors and a load average of ${loadavg()[2]?.toFixed(0)} over the last quarter of an hour.

${rate} requests a second went through Traefik to a group of two to five replicas, whatever was done to it meanwhile. One request in a hundred
takes 3 s, and ten WebSockets are held. A replica opens its port 1 s after it has an address, and answers 503 for another second. A failure
is any answer but 200, one that was cut, or none within 15 s.

**With \`ready: { http: /health }\` and drains with a grace of ${grace}: ${number(failed)} of ${number(sent)} requests failed.**

${table(of("with"))}

"Notice" is the shortest time that a replica had been out of Traefik when a WebSocket to it ended. \`lxc stop\` and \`lxc restart\` are not
drained by a verb: rollcall sees LXD's operation, and the image serves on for 5 s after its stop begins, which is longer than the interval of Traefik's polls (1 s).

## The same without ready and drain

${table(of("without"))}

## \`lxc stop -f\` of one, where requests are tried again

${table(of("killed"))}

Nothing announces \`lxc stop -f\`. Requests that are on their way then hang on a dead address until a time limit ends them, and a second
attempt may come to the same replica. [Without a drain](guides/leaving.md#without-a-drain) says what to write.
`;
}

function table(lines: readonly Line[]): string {
  const head = "| what | times | requests | failed | why | WebSockets ended | notice |\n|---|---|---|---|---|---|---|";
  const body = lines.map(({ name, rows }) => {
    const total = (of: (row: Row) => number) => number(rows.reduce((sum, row) => sum + of(row), 0));
    const notice = rows.flatMap((row) => row.notice);
    const cells = [
      ...[name, `${rows.length}`, total(({ sent }) => sent), total(({ failed }) => failed)],
      ...[tally(rows.flatMap((row) => row.failures)), total(({ closed }) => closed.length)],
      notice.length > 0 ? `${Math.min(...notice).toFixed(1)} s` : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, ...body].join("\n");
}

const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
