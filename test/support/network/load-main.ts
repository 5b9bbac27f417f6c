import { pause } from "../measure.ts";
import { type Load, startLoad } from "./load.ts";
import { createResolvingVisitor } from "./resolving-visitor.ts";

/**
 * Loads several addresses at once, from another network namespace: `load-main.ts PER_SECOND ADDRESS...`, each an address, or a name at a name server: `NAME@ADDRESS`. When its input has ended and all of
 * them are well, or a minute later, it prints what became of them. It says that it has started when no answer is late, or after 20 seconds: a machine
 * that is too busy by then measures nothing else. A request waits 20 seconds: only what hangs fails by the clock.
 */

const [perSecond, ...addresses] = process.argv.slice(2);
const patience = 20_000;
const loads = addresses.map((at) => {
  const [name = "", server] = at.split("@");
  const visitor = server === undefined ? {} : { visitor: createResolvingVisitor(name, server, patience) };
  return startLoad(name, Number(perSecond), { seconds: 900, patience, mostOut: 1000, ...visitor });
});
for (let n = 0; n < 10 && (await isLate()); n++);
process.stdout.write("started\n");
await new Promise((ended) => process.stdin.resume().once("end", ended));
const ended = performance.now();
const wells = await Promise.all(loads.map(well));
await Promise.all(loads.map((load) => load.stop()));
const epoch = <T extends { readonly at: number }>(all: readonly T[]) =>
  all.map((one) => ({ ...one, at: one.at + performance.timeOrigin }));
const byName = (times: ReadonlyMap<string, number>) =>
  Object.fromEntries([...times].map(([name, at]) => [name, at + performance.timeOrigin]));
const results = loads.map(({ sent, failures, last, first, late }, index) => ({
  sent,
  last: byName(last),
  first: byName(first),
  well: (wells[index] ?? Number.NaN) + performance.timeOrigin,
  failures: epoch(failures),
  late: epoch(late),
}));
process.stdout.write(JSON.stringify(results));

async function isLate(): Promise<boolean> {
  const before = loads.map(({ ended, late }) => ({ ended, late: late.length }));
  await pause(2000);
  return loads.some(
    ({ ended, late }, index) => ended === before[index]?.ended || late.length > (before[index]?.late ?? 0),
  );
}

/** Waits for two seconds in which requests ended and none failed; gives their beginning, or NaN where a minute has none. */
async function well(load: Load): Promise<number> {
  while (performance.now() < ended + 60_000) {
    const [at, done, failed] = [performance.now(), load.ended, load.failures.length];
    await pause(2000);
    if (load.ended > done && load.failures.length === failed) return at;
  }
  return Number.NaN;
}
