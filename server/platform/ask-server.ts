import type { DaemonClient } from "./client.ts";
import { DaemonError, untrusted } from "./daemon-error.ts";
import { wireProject, wireServer } from "./wire.ts";

/** Who answers. Throws DaemonError if it does not trust this client: it then says nothing of itself. */
export async function askServer(client: DaemonClient) {
  const { auth, environment, api_extensions } = await client.get("/1.0", wireServer);
  const extensions = api_extensions ?? [];
  if (auth !== "trusted") throw new DaemonError("/1.0", untrusted(client.credential, extensions));
  if (!environment) throw new DaemonError("/1.0", "an unexpected answer: no environment");
  return { environment, extensions };
}

/** Whether another cluster copies a project here. */
export async function isStandby(client: DaemonClient, project: string): Promise<boolean> {
  const { replica_mode, config } = await client.get(`/1.0/projects/${encodeURIComponent(project)}`, wireProject);
  return (replica_mode ?? config?.["replica.mode"]) === "standby";
}
