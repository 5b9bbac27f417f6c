import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pause, tell } from "../support/measure.ts";
import { tally } from "../support/network/load.ts";
import { etcdMissing } from "../support/real/etcd.ts";
import {
  adds,
  answers,
  homeAgain,
  type Outcome,
  onRealLxd,
  pair,
  pairProblem,
  platform,
  stops,
  underLoad,
  type Way,
} from "../support/real/pair-lab.ts";
import { realLxd, realTraefik, titled } from "../support/real/parts.ts";
import { missingRedis } from "../support/real/redis.ts";

/**
 * What a steady load sees of what fails in a pair: through the address that keepalived holds, through HAProxy, through the addresses
 * that a name server gives, and through the one Traefik of machine a. Each fault is done to a, which holds
 * the address, and is taken back after five seconds. While it lasts, or right after it where it is one of the platform, a replica stops in the
 * platform or is added, which shows how long a change takes to be live.
 */

const { missing: noTraefik } = await realTraefik();
const noPair = noTraefik ?? pairProblem();
const real = await realLxd();
/** So many requests on each way: a real instance of the lab starts a process for each connection, and has room for two that wait. */
const perSecond = { madeUp: 200, real: 25 };
const faultLasts = 5000;

/** What is done, how it is undone, and the ways of which requests may fail until that; none fails on another way, nor on any when it is undone. */
type Drill = readonly [title: string, fault: string, cure: string, ...fails: Way[]];

interface Drills {
  readonly missing?: string | undefined;
  /** The socket of a real LXD, where that is the platform. */
  readonly onLxd?: string;
  readonly rows: readonly Drill[];
}
const instancesCut: Drill = [
  "the network cut between a and the instances",
  "cut a lxd",
  "heal a lxd",
  "keepalived",
  "dns",
  "single",
];
const platformFails: readonly Drill[] = [
  ["kill -9 of the platform's daemon", "kill lxd lxd", "start lxd lxd"],
  ["SIGSTOP of the platform's daemon", "freeze lxd lxd", "cont lxd lxd"],
];
/** By the way from rollcall to Traefik; what has nothing to do with that is under http.. */
const drills: Record<string, Drills> = {
  http: {
    rows: [
      ["kill -9 of Traefik", "kill a traefik", "start a traefik", "keepalived", "dns", "single"],
      ["SIGSTOP of Traefik", "freeze a traefik", "cont a traefik", "keepalived", "dns", "single"],
      ["systemctl stop of Traefik", "stop a traefik", "start a traefik", "keepalived", "dns", "single"],
      ["kill -9 of rollcall", "kill a rollcall", "start a rollcall"],
      ["SIGSTOP of rollcall", "freeze a rollcall", "cont a rollcall"],
      [
        "Traefik started without rollcall",
        "kill a rollcall; kill a traefik; run a sleep 2; start a traefik",
        "start a rollcall",
        "keepalived",
        "dns",
        "single",
      ],
      ["kill -9 of keepalived", "kill a keepalived", "start a keepalived", "keepalived"],
      ["SIGSTOP of keepalived", "freeze a keepalived", "cont a keepalived", "keepalived"],
      ["systemctl stop of keepalived", "stop a keepalived", "start a keepalived", "keepalived"],
      ["kill -9 of HAProxy", "kill lb haproxy", "start lb haproxy", "haproxy"],
      ["kill -9 of PowerDNS", "kill dns pdns", "start dns pdns", "dns"],
      ["the network cut between a and b", "cut a b", "heal a b", "keepalived"],
      ["the network cut between a and HAProxy", "cut lb a", "heal lb a"],
      ["the network cut between a and PowerDNS", "cut dns a", "heal dns a"],
      instancesCut,
      ["machine a off the network", "cut a", "heal a", "keepalived", "dns", "single"],
      ...platformFails,
    ],
  },
  "http, on a real LXD": { missing: real.missing, onLxd: real.socket, rows: [...platformFails, instancesCut] },
  follow: {
    rows: [
      ["kill -9 of a follower", "kill a follower", "start a follower"],
      ["SIGSTOP of a follower", "freeze a follower", "cont a follower"],
      ["kill -9 of the rollcall that both follow", "kill a rollcall", "start a rollcall"],
      ["the network cut between the follower of b and its upstream", "cut b a", "heal b a", "keepalived"],
    ],
  },
  etcd: {
    missing: await etcdMissing(),
    rows: [
      ["kill -9 of one etcd of three", "kill e1 etcd", "start e1 etcd"],
      ["SIGSTOP of one etcd of three", "freeze e1 etcd", "cont e1 etcd"],
      ["one etcd of three off the network", "cut e1", "heal e1"],
      ["the network cut between a and one etcd", "cut a e1", "heal a e1"],
      ["kill -9 of two etcds of three", "kill e1 etcd; kill e2 etcd", "start e1 etcd; start e2 etcd"],
      ["kill -9 of one of two rollcalls that write to etcd", "kill a rollcall", "start a rollcall"],
    ],
  },
  redis: {
    missing: await missingRedis(),
    rows: [
      ["kill -9 of Redis", "kill r redis", "start r redis"],
      ["SIGSTOP of Redis", "freeze r redis", "cont r redis"],
      ["the network cut between a and Redis", "cut a r", "heal a r"],
      ["Redis off the network", "cut r", "heal r"],
    ],
  },
};

describe.each(Object.entries(drills))("by %s", (by, { missing: noPart, onLxd, rows }) => {
  const missing = noPair ?? noPart;
  describe.skipIf(missing !== undefined)(titled("a pair of machines under load", missing), () => {
    let end = async () => {};
    beforeAll(async () => {
      await pair("down");
      if (onLxd !== undefined) end = await onRealLxd(onLxd);
      await pair("up", by.replace(/,.*/, ""));
    }, 120_000);
    afterAll(() => pair("down").finally(end));
    test.each(rows.map((row) => ({ row, title: row[0] })))(
      "$title",
      ({ row }) => drill(row, onLxd !== undefined),
      300_000,
    );
  });
});

async function drill([title, fault, cure, ...fails]: Drill, isReal: boolean): Promise<void> {
  const change = isReal ? adds : stops;
  const lxd = platform();
  const steps = async (all: string) => {
    for (const each of all.split("; ")) await pair(...each.split(" "));
  };
  let [began, changed] = [0, 0];
  const make = async () => {
    changed = Date.now();
    await change.make(lxd);
  };
  await homeAgain();
  await change.before(lxd);
  const outcomes = await underLoad(isReal ? perSecond.real : perSecond.madeUp, async () => {
    began = Date.now();
    await steps(fault);
    if (!fault.includes("lxd lxd")) await make();
    await pause(began + faultLasts - Date.now());
    await steps(cure);
    if (changed === 0) await make();
    await answers("web-2", change.adds);
  });
  await change.after(lxd);
  await lxd.close();
  const all = Object.entries(outcomes) as [Way, Outcome][];
  tell(
    `${title}: ${all.map(([way, one]) => `${way} ${inWords(one, began)}; a change live after ${seconds((change.live(one) ?? 0) - changed)}`).join(" | ")}`,
  );
  for (const [way, { failures, well }] of all) {
    expect([way, well]).not.toEqual([way, null]);
    const wrong = fails.includes(way) ? failures.filter(({ at }) => at > (well ?? 0)) : failures;
    expect([way, wrong]).toEqual([way, []]);
  }
  await answers("web-2", true);
}

/** `31 of 1840 failed (ECONNRESET x 31), the last after 1.1 s; 4 late (0.9 s), the last after 1.9 s` */
function inWords({ sent, failures, late }: Outcome, began: number): string {
  const until = (all: readonly { readonly at: number }[]) =>
    all.length > 0 ? `, the last after ${seconds(Math.max(...all.map(({ at }) => at)) - began)}` : "";
  const since = late.filter(({ at }) => at > began);
  const words = failures.length > 0 ? ` (${tally(failures)})` : "";
  const slowest = since.length > 0 ? ` (${seconds(Math.max(...since.map(({ ms }) => ms)))})` : "";
  return `${failures.length} of ${sent} failed${words}${until(failures)}; ${since.length} late${slowest}${until(since)}`;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
