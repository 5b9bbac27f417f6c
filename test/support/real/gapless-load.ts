import { pause, tell } from "../measure.ts";
import { type Closed, type Failure, startLoad, tally } from "../network/load.ts";
import type { Traefik } from "../traefik/traefik.ts";
import { until } from "../until.ts";

/** The group that is asked. */
export const group = "gap";
/** Requests a second. */
export const rate = Number(process.env.ROLLCALL_RATE ?? 300);

/** What a load saw while something was done. */
export interface Row {
  readonly name: string;
  readonly sent: number;
  readonly failed: number;
  /** `502 x 3` */
  readonly why: string;
  readonly late: number;
  readonly failures: readonly Failure[];
  readonly closed: readonly Closed[];
  /** How long before its end each of these had had its replica out of Traefik, in seconds; 0 where it was still in. */
  readonly notice: readonly number[];
  readonly seconds: number;
}

/** What is asked, under a name for its row. */
export interface Asked {
  readonly name: string;
  readonly traefik: Traefik;
  /** The service, whose host it is too; that of the group if left out. */
  readonly service?: string;
}

/** Does something under a load that is spread evenly, until a second after it; a row for each that is asked. */
export async function underEach(asked: readonly Asked[], act: () => Promise<unknown>): Promise<Row[]> {
  const began = performance.now();
  const loads = asked.map(({ name, traefik, service = group }) => {
    const host = `${service}.localhost`;
    const load = startLoad(traefik.web, rate / asked.length, { host, slowEach: 100, sockets: 10, seconds: 600 });
    return { name, load, watch: watchServers(traefik, service) };
  });
  await pause(500);
  try {
    await act();
    await pause(1000);
  } finally {
    await Promise.all(loads.map(({ load, watch }) => Promise.all([load.stop(), watch.end()])));
  }
  const seconds = (performance.now() - began) / 1000;
  return loads.map(({ name, load: { sent, failures, late, closed }, watch }) => {
    const notice = closed.map((socket) => watch.notice(socket));
    const counts = { sent, failed: failures.length, why: tally(failures), late: late.length };
    const row = { name, ...counts, failures, closed, notice, seconds };
    tell(rowLine(row));
    for (const { at, until, why } of failures.slice(0, 5))
      tell(`  after ${((at - began) / 1000).toFixed(1)} s, for ${((until - at) / 1000).toFixed(1)} s: ${why}`);
    return row;
  });
}

/** Looks which replicas Traefik has, ten times a second. */
function watchServers(traefik: Traefik, service: string) {
  /** When each replica left, by its address, and came: newest first. */
  const seen: { host: string; at: number; left: boolean }[] = [];
  let before: string[] = [];
  let over = false;
  const done = until(
    "the watching is over",
    async () => {
      const now = (await traefik.servers(service)) ?? before;
      const at = performance.now();
      for (const url of now) if (!before.includes(url)) seen.unshift({ host: hostOf(url), at, left: false });
      for (const url of before) if (!now.includes(url)) seen.unshift({ host: hostOf(url), at, left: true });
      before = now;
      return over;
    },
    600_000,
    100,
  );
  return {
    notice({ at, server }: Closed): number {
      const host = server.split(" ")[1];
      const last = seen.find((one) => one.host === host && one.at <= at);
      return last?.left ? (at - last.at) / 1000 : 0;
    },
    async end() {
      over = true;
      await done;
    },
  };
}

const hostOf = (url: string) => new URL(url).hostname;

/** `lxc stop: 0 of 2100 failed (none), 3 late, 10 WebSockets closed after 1.1 s, 7.0 s` */
export function rowLine({ name, sent, failed, why, late, closed, notice, seconds }: Row): string {
  const after = notice.length > 0 ? ` after ${Math.min(...notice).toFixed(1)} s` : "";
  const rest = `${late} late, ${closed.length} WebSockets closed${after}, ${seconds.toFixed(1)} s`;
  return `${name}: ${failed} of ${sent} failed (${why}), ${rest}`;
}
