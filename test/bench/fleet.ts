import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { tags } from "../../shared/tags.ts";
import { forkScript } from "./children.ts";

/** A daemon in a process of its own with a running fleet, and the files that declare it. */
export interface Fleet {
  readonly socket: string;
  /** The directory of the group files. */
  readonly groups: string;
  readonly driver: Driver;
  /** The names of the instances. */
  readonly names: readonly string[];
  /** How many listings the daemon has been asked for so far. */
  listings(): Promise<number>;
  end(): Promise<void>;
}

/** With `ready` the instances listen, and the groups' replicas join when they show that. */
export async function createFleet(groupCount: number, replicas: number, ready?: "port"): Promise<Fleet> {
  const daemon = ready === undefined ? forkScript("daemon.ts") : forkScript("daemon.ts", "serve");
  const { socket } = await daemon.receive<{ socket: string }>();
  const driver = createDriver(socket);
  const groups = mkdtempSync(join(tmpdir(), "rollcall-bench-groups-"));
  const declared = Array.from({ length: groupCount }, (_, index) => ({ name: `group${index}`, replicas }));
  for (const { name } of declared) {
    const router = `{ rule: "Host(\`${name}.localhost\`)" }`;
    const service = `{ port: 3000${ready === undefined ? "" : `, ready: ${ready}`} }`;
    const text = `name: ${name}\nreplicas: ${replicas}\nservice: ${service}\nrouter: ${router}\n`;
    writeFileSync(join(groups, `${name}.yaml`), text);
  }
  const instances = declared.flatMap((group) => replicaNames(group).map((name) => ({ name, group: group.name })));
  await Promise.all(instances.map(({ name, group }) => driver.launch(name, { config: { [tags.group]: group } })));
  return {
    socket,
    groups,
    driver,
    names: instances.map(({ name }) => name),
    async listings() {
      const answer = daemon.receive<{ listings: number }>();
      daemon.send({});
      return (await answer).listings;
    },
    async end() {
      await driver.close();
      await daemon.end();
      rmSync(groups, { recursive: true, force: true });
    },
  };
}
