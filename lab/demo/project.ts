import type { Driver } from "../../embedded-daemon/driver.ts";
import { isDemo } from "./home.ts";

/** The demo's own project in a real daemon. */
export const project = "rollcall-demo";
/** The config key with the id of the process that it belongs to. */
export const owner = "user.rollcall.demo";

/** Removes the project of an earlier demo that was killed. A project of that name that is not a demo's is left untouched. */
export async function removeStale(driver: Driver): Promise<void> {
  const found = await projectConfig(driver);
  if (found === undefined) return;
  const pid = found[owner];
  if (pid === undefined) throw new Error(`it has a project ${project} that is not the demo's`);
  if (isDemo(Number(pid))) throw new Error(`its project ${project} is in use by another demo, process ${pid}`);
  await removeProject(driver);
}

async function projectConfig(driver: Driver): Promise<Record<string, string> | undefined> {
  const all = (await driver.ask("GET", "/projects?recursion=1")) as { name: string; config: Record<string, string> }[];
  return all.find(({ name }) => name === project)?.config;
}

/** Deletes the project and everything in it. What is still being created can't be deleted yet, so it retries for a while. */
export async function removeProject(driver: Driver): Promise<void> {
  const end = performance.now() + 50_000;
  for (;;) {
    try {
      if ((await projectConfig(driver)) === undefined) return;
      const instances = await driver.list();
      await Promise.allSettled(instances.map(({ name }) => driver.remove(name)));
      const images = await driver.ask("GET", `/images?project=${project}`);
      const own = (await projectConfig(driver))?.["features.images"] === "true" ? (images as string[]) : [];
      for (const path of own)
        await driver.ask("DELETE", `${path.replace("/1.0", "").split("?")[0]}?project=${project}`);
      await driver.removeProject(project);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
