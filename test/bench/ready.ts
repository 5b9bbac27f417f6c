import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { tags } from "../../shared/tags.ts";
import { pause } from "./children.ts";
import { median, type Result } from "./report.ts";
import { startServer } from "./server.ts";

const rounds = 12;

/** What `ready: port` adds to the time from an address to the answer of a held poll that has it. */
export async function askedFirst(): Promise<Result[]> {
  const lxd = await createEmbeddedDaemon();
  const driver = createDriver(lxd.socket);
  const groups = mkdtempSync(join(tmpdir(), "rollcall-bench-ready-"));
  for (const [name, ready] of [
    ["plain", "address"],
    ["asked", "port"],
  ])
    writeFileSync(
      join(groups, `${name}.yaml`),
      `name: ${name}\nreplicas: 2\ngate: { minimum: 1 }\nservice: { port: ${lxd.guestPort}, ready: ${ready} }\n`,
    );
  const launch = (group: string, index: number) =>
    driver.launch(`${group}-${index}`, { config: { [tags.group]: group } });
  await Promise.all([launch("plain", 0), launch("asked", 0)]);
  const server = await startServer({ socket: lxd.socket, groups });
  const poller = new Agent({ connections: 1 });
  async function joins(group: string): Promise<number> {
    await launch(group, 1);
    const address = await driver.waitForAddress(`${group}-1`);
    const shown = performance.now();
    for (;;) {
      const { body } = await request(`${server.endpoint}?hold=10s`, { dispatcher: poller });
      if ((await body.text()).includes(`//${address}:`)) break;
    }
    const took = performance.now() - shown;
    await driver.remove(`${group}-1`);
    // So that no settling of the one counts for the other.
    await pause(700);
    return took;
  }
  try {
    await server.serves(2);
    const times = { plain: [] as number[], asked: [] as number[] };
    for (let round = 0; round < rounds; round++)
      for (const group of ["plain", "asked"] as const) times[group].push(await joins(group));
    const [plain, asked] = [median(times.plain), median(times.asked)];
    return [
      { name: "address to the answer of a held poll", value: plain, unit: "ms", note: `median of ${rounds}` },
      { name: "what ready: port adds to that", value: asked - plain, unit: "ms", target: { most: 100 } },
    ];
  } finally {
    await Promise.all([server.end(), poller.destroy(), driver.close()]);
    await lxd.close();
    rmSync(groups, { recursive: true, force: true });
  }
}
