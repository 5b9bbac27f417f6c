import { tags } from "../../shared/tags.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { graceful, type Rig } from "../support/real/gapless.ts";
import { group } from "../support/real/gapless-load.ts";
import { size } from "../support/real/gapless-rows.ts";
import { until } from "../support/until.ts";
import { median, type Result } from "./report.ts";

const rounds = 10;

/** From the moment that LXD lists a replica's address to its first answer through Traefik, with a probe of its port and without. */
export async function joins(rig: Rig): Promise<Result[]> {
  rig.declare({ replicas: size, router: {}, loadBalancer: {} });
  const times = new Map<string, number[]>();
  for (let i = 0; i < 2 * rounds; i++) {
    // Turn by turn, as the machine's other work comes and goes.
    const ready = i % 2 === 0 ? "address" : "port";
    rig.declare({ ready });
    times.set(ready, [...(times.get(ready) ?? []), await join(rig)]);
  }
  const [without = 0, withProbe = 0] = ["address", "port"].map((ready) => median(times.get(ready) ?? []));
  const note = `median of ${rounds}`;
  return [
    { name: "address to first answer", value: without, unit: "ms", note },
    { name: "address to first answer, ready: port", value: withProbe, unit: "ms", note },
    { name: "what ready: port costs", value: withProbe - without, unit: "ms", target: { most: 100 } },
  ];
}

/** Milliseconds. It is another instance each time: one that comes and goes would join late. */
async function join(rig: Rig): Promise<number> {
  const name = `${group}-${size - 1}`;
  await rig.driver.remove(name);
  await rig.has(size - 1);
  const visitor = createVisitor(rig.one.web, `${group}.localhost`);
  try {
    await rig.driver.launch(name, { config: { ...graceful, [tags.group]: group } });
    await rig.driver.waitForAddress(name);
    const began = performance.now();
    await until(`${name} answers`, async () => (await visitor.visit()) === name, 30_000, 5);
    return performance.now() - began;
  } finally {
    await visitor.close();
  }
}
