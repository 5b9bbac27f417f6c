import { forkScript } from "./children.ts";
import type { Result } from "./report.ts";

interface Synth {
  readonly ms: number;
  readonly megabytes: number;
}

/** What it costs to write Terraform's configuration, each time in a process of its own. */
export async function synths(): Promise<Result[]> {
  const small = await synthOf(1000);
  const large = await synthOf(4000);
  return [
    { name: "synth of 1,000 replicas", value: small.ms, unit: "ms" },
    { name: "synth of 1,000 replicas: most memory of the process", value: small.megabytes, unit: "MB" },
    { name: "synth of 4,000 replicas", value: large.ms, unit: "ms" },
    { name: "synth of 4,000 replicas: most memory of the process", value: large.megabytes, unit: "MB" },
    {
      name: "4,000 replicas against 1,000 (4 is linear)",
      value: large.ms / small.ms,
      unit: "times",
      target: { most: 6 },
    },
  ];
}

async function synthOf(replicas: number): Promise<Synth> {
  const child = forkScript("synth-child.ts", String(replicas));
  const result = await child.receive<Synth>();
  await child.end();
  return result;
}
