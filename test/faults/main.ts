import { writeFileSync } from "node:fs";
import { embedded, real } from "./daemons.ts";
import { faults, onReal } from "./faults.ts";
import { type Line, pageOf } from "./page.ts";
import { type Fault, type Result, type Stage, setStage } from "./stage.ts";

/**
 * `npm run faults`: what goes wrong around a server, one row a fault. Nothing is removed or added wrongly meanwhile, and afterwards all is as
 * before within a time. Writes docs/faults.md. Exit 1 if one row says otherwise, where the time is concerned five-fold: a machine that is busy with
 * something else is no news. Words after it choose rows: `npm run faults -- snapshot`.
 */

const socket = process.env.ROLLCALL_TEST_LXD ?? "";
if (socket === "" && process.env.ROLLCALL_REQUIRE?.split(",").includes("lxd"))
  throw new Error("ROLLCALL_REQUIRE asks for lxd: ROLLCALL_TEST_LXD names no socket");
const words = process.argv.slice(2);
const began = performance.now();
const lines = new Map<string, Line>();

async function run(chosen: readonly Fault[], first: Stage, index: number) {
  let stage = first;
  for (const fault of chosen) {
    const result = await stage.meet(fault).catch((error: unknown) => error as Error);
    lines.set(fault.name, lineOf(fault, result));
    if (!(result instanceof Error)) continue;
    await stage.end();
    stage = await setStage(await daemonOf(index));
  }
  await stage.end();
}

function lineOf({ name, within = 5 }: Fault, result: Result | Error): Line {
  if (result instanceof Error) {
    console.log(`${name}: ${result.message}`);
    return { name, within, removed: 0, added: 0, seconds: undefined };
  }
  for (const leaf of result.removed.slice(0, 3)) console.log(`${name}: removed ${leaf}`);
  for (const leaf of result.added.slice(0, 3)) console.log(`${name}: added ${leaf}`);
  if (result.seconds > within) console.log(`${name}: ${result.seconds.toFixed(1)} s, and ${within} s are allowed`);
  return { name, within, removed: result.removed.length, added: result.added.length, seconds: result.seconds };
}

/** The last part is that on a real LXD. */
const daemonOf = (index: number) =>
  Object.keys(faults)[index] === onReal ? real(socket) : embedded(process.pid + index * 10);

const running: Promise<void>[] = [];
for (const [index, [part, rows]] of Object.entries(faults).entries()) {
  if (part === onReal && socket === "") {
    console.log("ROLLCALL_TEST_LXD names no socket: the rows on a real LXD are left out, and the page is not written");
    continue;
  }
  const chosen = rows.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  // A server starts after the other: that is the most work here.
  if (chosen.length > 0) running.push(run(chosen, await setStage(await daemonOf(index)), index));
}
await Promise.all(running);
const all = [...lines.values()];
const sum = (part: (line: Line) => number) => all.reduce((total, line) => total + part(line), 0);
const [removed, added] = [sum((line) => line.removed), sum((line) => line.added)];
const late = all.filter(({ seconds, within }) => seconds === undefined || seconds > within);
const farTooLate = all.filter(({ seconds, within }) => seconds === undefined || seconds > 5 * within);
const longest = Math.max(0, ...all.map(({ seconds = 0 }) => seconds));
const took = Math.round((performance.now() - began) / 1000);
console.log(
  `${all.length} faults in ${took} s: wrong removals ${removed}, wrong additions ${added}, not as before in time ${late.length}, longest ${longest.toFixed(1)} s`,
);
if (words.length === 0 && socket !== "") writeFileSync("docs/faults.md", pageOf(lines));
process.exitCode = removed + added + farTooLate.length === 0 ? 0 : 1;
