import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../until.ts";
import { images, type Rig, repeated } from "./gapless.ts";
import { group, type Row, underEach } from "./gapless-load.ts";

/** What is done to the group while it is under load. Each leaves it as it found it: `size` replicas, all served. */
export const size = 3;
/** The most that it is scaled to. */
export const most = 5;
/** Longer than a request takes, by what a busy machine takes longer. */
export const grace = ["--grace", "6s"];

const instances = Array.from({ length: size }, (_, index) => `${group}-${index}`);

/** Resolves once all that Traefik routes to are healthy: without a `ready` they are served before. */
export async function healthy(rig: Rig): Promise<void> {
  const answers = async (url: string) => (await fetch(`${url}/health`).catch(() => undefined))?.ok;
  await until("all are healthy", async () => {
    const servers = (await rig.one.servers(group)) ?? [];
    return (await Promise.all(servers.map(answers))).every(Boolean);
  });
}

/** Five replicas become two and five again; the instances stay. */
export async function scaleByFile(rig: Rig): Promise<void> {
  for (const replicas of [2, most]) {
    rig.declare({ replicas });
    await rig.has(replicas);
  }
}

/** Five replicas become two and five again, by deploys. */
export async function scaleByDeploy(rig: Rig): Promise<void> {
  await scale(rig, 2, ...grace);
  await scale(rig, most);
}

/** Scales and deploys. */
export async function scale(rig: Rig, replicas: number, ...flags: string[]): Promise<void> {
  await rig.verb("scale", `${group}=${replicas}`, "--deploy", "--yes", ...flags);
  rig.declare({ replicas });
  await rig.has(replicas);
}

/** Replaces every replica by one of the other image. */
export async function rollout(rig: Rig, image: string, ...flags: string[]): Promise<void> {
  await rig.verb("rollout", group, "--image", image, "--yes", ...flags);
  await rig.has(size);
}

/** Stops each replica in turn and starts it again. */
export async function stopInTurn(rig: Rig, force = false): Promise<void> {
  for (const name of instances) {
    await rig.driver.stop(name, { force });
    await rig.has(size - 1);
    await rig.driver.start(name);
    await rig.has(size);
  }
}

/** Restarts each replica in turn. */
export async function restartInTurn(rig: Rig): Promise<void> {
  for (const name of instances) {
    await rig.driver.restart(name);
    await rig.driver.waitForAddress(name);
    await rig.has(size);
  }
}

/** Has one replaced by terraform alone, drained by its plan before. */
export async function replaceByPlan(rig: Rig, name: string): Promise<void> {
  await rig.planned("plan", "-input=false", `-replace=lxd_instance.${name}`, "-out=gapless.tfplan");
  const { stdout } = await rig.planned("show", "-json", "gapless.tfplan");
  const plan = join(rig.path, "plan.json");
  writeFileSync(plan, stdout);
  await rig.verb("drain", "--plan", plan, ...grace);
  await rig.planned("apply", "-input=false", "gapless.tfplan");
  await rig.has(size);
}

/** Drains each in turn, deletes it by force, and has it made again. */
export async function deleteInTurn(rig: Rig): Promise<void> {
  for (const name of instances) {
    await rig.verb("drain", name, ...grace);
    await rig.driver.remove(name);
    await rig.verb("deploy", "--yes");
    await rig.has(size);
  }
}

/** One replica is killed, the requests that fail are tried a second time, with a passive health check or without. Then it is back. */
export async function killOne(rig: Rig, name: string, passive: boolean): Promise<Row> {
  const loadBalancer = { ...repeated.loadBalancer, ...(passive ? repeated.passive : {}) };
  rig.declare({ router: repeated.router, loadBalancer });
  await rig.balances();
  const row = await rig.under(name, async () => {
    await rig.driver.stop(`${group}-1`, { force: true });
    await rig.has(size - 1);
  });
  rig.declare({ router: {}, loadBalancer: {} });
  await rig.driver.start(`${group}-1`);
  await rig.has(size);
  return row;
}

/** The service of an instance that no file declares: its labels do. */
const other = "other";

/** Destroys the group, while an instance with labels serves on: a row for each. */
export async function destroyBeside(rig: Rig, names: readonly [group: string, other: string]): Promise<Row[]> {
  const service = `${rig.project}.${other}`;
  const labels = {
    "user.traefik.enable": "true",
    [`user.traefik.http.routers.${other}.rule`]: `Host(\`${service}.localhost\`)`,
    [`user.traefik.http.services.${other}.loadbalancer.server.port`]: "3000",
  };
  await rig.driver.launch(`${other}-0`, { image: images[0], config: labels });
  await until("Traefik routes to it", async () => (await rig.one.servers(service))?.length === 1);
  const asked = [
    { name: names[0], traefik: rig.one },
    { name: names[1], traefik: rig.one, service },
  ];
  return await underEach(asked, () => rig.verb("destroy", "--yes", ...grace));
}
