import { z } from "zod";
import { byCodePoint } from "../../files/by-code-point.ts";
import type { DaemonClient } from "./client.ts";
import type { DaemonError } from "./daemon-error.ts";
import { wireProject } from "./wire.ts";

/** The projects of a source by name, or all that its client may see. */
export type Projects = readonly string[] | "all";

export function hasProject(projects: Projects, project: string): boolean {
  return projects === "all" || projects.includes(project);
}

/** Lists the projects that a client may see, in code point order. Throws DaemonError. */
export async function readProjects(client: DaemonClient): Promise<string[]> {
  const read = await client.get("/1.0/projects?recursion=1", z.array(wireProject));
  return read.map(({ name }) => name).sort(byCodePoint);
}

/** Whether a project exists. Throws DaemonError if the daemon does not say. */
export function isThere(client: DaemonClient, project: string): Promise<boolean> {
  return client.get(`/1.0/projects/${encodeURIComponent(project)}`, wireProject).then(
    () => true,
    (error: DaemonError) => {
      if (error.status === 404) return false;
      throw error;
    },
  );
}
