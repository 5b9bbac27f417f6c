import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { farOff, type Result, resultLine } from "./report.ts";

/**
 * `npm run bench`: what is claimed of the server's speed and size, measured in one run against what else this machine can do.
 * `npm run bench -- soak [--minutes 20]` and `npm run bench -- gapless [--rounds 20]` are the long ones;
 * `npm run bench -- ways [--rounds 140]` compares the ways to a real Traefik, with etcd and Redis, in ten minutes.
 * `npm run bench -- scale [--groups 500] [--pollers 1000] [--followers 10] [--changes 20] [--seconds 60]` has 10,000 instances and 1,000 pollers;
 * `npm run bench -- watchers [--watchers 1000] [--changes 20] [--seconds 60]` has a real etcd and followers of it;
 * `npm run bench -- looking [--instances 100]` needs a real LXD, takes three minutes, and fails where its target
 * is missed at all: it is processor time. For the others, exit 1 only where a target is missed five-fold: a machine that is busy with
 * something else is no news.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    minutes: { type: "string", default: "20" },
    instances: { type: "string", default: "100" },
    rounds: { type: "string" },
    groups: { type: "string", default: "500" },
    replicas: { type: "string", default: "20" },
    pollers: { type: "string", default: "1000" },
    watchers: { type: "string", default: "1000" },
    followers: { type: "string", default: "10" },
    changes: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
  },
});

const results: Result[] = [];
function tell(...more: Result[]) {
  results.push(...more);
  for (const result of more) console.log(resultLine(result));
}

const benches: Record<string, () => Promise<void>> = {
  standard: async () => (await import("./standard.ts")).standard(tell),
  gapless: async () => (await import("./gapless.ts")).gapless(Number(values.rounds ?? 20), tell),
  looking: async () => (await import("./looking.ts")).looking(Number(values.instances), tell),
  ways: async () => (await import("./ways.ts")).changesByWay(Number(values.rounds ?? 140), tell),
  watchers: async () => {
    const { etcdWatchers } = await import("./etcd-watchers.ts");
    const [watchers, groups, replicas] = [Number(values.watchers), Number(values.groups), Number(values.replicas)];
    const [changes, seconds] = [Number(values.changes), Number(values.seconds)];
    await etcdWatchers({ watchers, groups, replicas, changes, seconds }, tell);
  },
  scale: async () => {
    const { scale } = await import("./scale.ts");
    const size = (name: "groups" | "replicas" | "pollers" | "followers" | "changes" | "seconds") =>
      Number(values[name]);
    const [groups, replicas, pollers] = [size("groups"), size("replicas"), size("pollers")];
    const [followers, changes, seconds] = [size("followers"), size("changes"), size("seconds")];
    await scale({ groups, replicas, pollers, followers, changes, seconds }, tell);
  },
  soak: async () => (await import("./soak.ts")).soak(Number(values.minutes), tell),
};

const [name = "standard"] = positionals;
const bench = benches[name];
if (bench === undefined) throw new Error(`no bench ${name}: there are ${Object.keys(benches).join(", ")}`);
const began = performance.now();
console.log(`Node ${process.version}, ${cpus().length} processors`);
await bench();
console.log(`${Math.round((performance.now() - began) / 1000)} s`);

if (values.json !== undefined) {
  const about = { node: process.version, processors: cpus().length, date: new Date().toISOString() };
  writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 2)}\n`);
}
const missed = farOff(results);
for (const { name } of missed) console.error(`missed five-fold: ${name}`);
process.exitCode = missed.length > 0 ? 1 : 0;
