import { request } from "undici";
import { worstLabels } from "../support/cases/worst-labels.ts";
import { until } from "../support/until.ts";
import { pause } from "./children.ts";
import { createFleet } from "./fleet.ts";
import { median, type Result } from "./report.ts";
import { startServer } from "./server.ts";

/**
 * Instances with the worst labels that are allowed, one of each kind, all of which change with every stop; replicas of a group beside
 * them stop one after another, while a client fetches without a pause.
 */
export async function worstLabelled(): Promise<Result[]> {
  const fleet = await createFleet(1, 8);
  const worst = Object.values(worstLabels).map((keysOf, index) => ({
    name: `worst${index}`,
    config: keysOf(`worst${index}`),
  }));
  await Promise.all(worst.map(({ name, config }) => fleet.driver.launch(name, { config })));
  const server = await startServer({
    ...fleet,
    source: 'labels: { allow: { default: { hosts: ["*.example.com"], entryPoints: [web] } } }',
  });
  const fetched = async () => (await request(`${server.endpoint}?hold=off`)).body.text();
  const addresses = await Promise.all(fleet.names.map((name) => fleet.driver.waitForAddress(name)));
  const isServed = (text: string, address: string) => text.includes(`"http://${address}:3000"`);
  try {
    await until("all replicas are served", async () => {
      const text = await fetched();
      return addresses.every((address) => isServed(text, address));
    });
    const [waits, stops]: [number[], number[]] = [[], []];
    for (const [index, name] of fleet.names.entries()) {
      await pause(500);
      const changed = worst.map((one) => fleet.driver.setConfig(one.name, { "user.note": String(index) }));
      await Promise.all([...changed, fleet.driver.stop(name, { force: true, timeout: 0 })]);
      const stopped = performance.now();
      for (let isThere = true; isThere; ) {
        const began = performance.now();
        isThere = isServed(await fetched(), addresses[index] ?? "");
        waits.push(performance.now() - began);
      }
      stops.push(performance.now() - stopped);
      // The look after it, too.
      for (const end = performance.now() + 500; performance.now() < end; ) {
        const began = performance.now();
        await fetched();
        waits.push(performance.now() - began);
      }
    }
    const about = `${worst.length} instances with the worst labels, all changed at once`;
    return [
      { name: "worst labels: a stop elsewhere until it is served, median", value: median(stops), unit: "ms" },
      { name: "the longest of these", value: Math.max(...stops), unit: "ms", target: { most: 500 }, note: about },
      {
        name: "worst labels: the longest wait of a GET",
        value: Math.max(...waits),
        unit: "ms",
        target: { most: 300 },
        note: `of ${waits.length}`,
      },
    ];
  } finally {
    await server.end();
    await fleet.end();
  }
}
