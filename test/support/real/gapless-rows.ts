import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rig } from "./gapless.ts";
import { group } from "./gapless-load.ts";

/** What is done to the group while it is under load. Each leaves it as it found it: `size` replicas, all served. */
export const size = 3;

const instances = Array.from({ length: size }, (_, index) => `${group}-${index}`);

/** Five replicas become two and five again; the instances stay. */
export async function scaleByFile(rig: Rig): Promise<void> {
  await scaleFile(rig, 2);
  await scaleFile(rig, 5);
}

async function scaleFile(rig: Rig, replicas: number) {
  rig.declare({ replicas });
  await rig.has(replicas);
}

/** Scales and deploys. */
export async function scale(rig: Rig, replicas: number, ...flags: string[]): Promise<void> {
  await rig.verb("scale", `${group}=${replicas}`, "--deploy", "--yes", ...flags);
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
export async function replaceByPlan(rig: Rig, name: string, ...grace: string[]): Promise<void> {
  await rig.planned("plan", "-input=false", `-replace=lxd_instance.${name}`, "-out=gapless.tfplan");
  const { stdout } = await rig.planned("show", "-json", "gapless.tfplan");
  const plan = join(rig.path, "plan.json");
  writeFileSync(plan, stdout);
  await rig.verb("drain", "--plan", plan, ...grace);
  await rig.planned("apply", "-input=false", "gapless.tfplan");
  await rig.has(size);
}

/** Drains each in turn, deletes it by force, and has it made again. */
export async function deleteInTurn(rig: Rig, ...grace: string[]): Promise<void> {
  for (const name of instances) {
    await rig.verb("drain", name, ...grace);
    await rig.driver.remove(name);
    await rig.verb("deploy", "--yes");
    await rig.has(size);
  }
}
