import { spawnSync } from "node:child_process";
import { median, type Result } from "./report.ts";
import { type BenchServer, builtProgram } from "./server.ts";

const rounds = 9;

/** How long verbs take from start to end, as ratios to a Node that does nothing: each round starts every one of them once. */
export function starts(server: BenchServer): Result[] {
  const asking = ["--config", server.config];
  const verbs = [
    { name: "--version", args: ["--version"], most: 2.5 },
    { name: "status", args: ["status", ...asking], most: 5 },
    { name: "wait", args: ["wait", "--quiet", ...asking], most: 5 },
    { name: "check of the example fleet", args: ["check"], most: 7 },
  ].map((verb) => ({ ...verb, times: [] as number[] }));
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(timeOf(["-e", "0"]));
    for (const { args, times } of verbs) times.push(timeOf([builtProgram, ...args]));
  }
  return [
    { name: "start and end of a bare Node", value: median(bare), unit: "ms", note: `median of ${rounds}` },
    ...verbs.map(({ name, times, most }) => ({
      name: `${name}: ratio to a bare Node`,
      value: median(times) / median(bare),
      unit: "times",
      target: { most },
      note: `${Math.round(median(times))} ms`,
    })),
  ];
}

function timeOf(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ends with ${status}: ${stderr}`);
  return performance.now() - began;
}
