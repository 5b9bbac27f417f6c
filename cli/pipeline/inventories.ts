import { askServer } from "../../server/platform/ask-server.ts";
import { createClient } from "../../server/platform/client.ts";
import { DaemonError } from "../../server/platform/daemon-error.ts";
import type { Endpoint } from "../../server/platform/endpoint.ts";
import { readInventory } from "../../server/platform/inventory.ts";
import { type PlatformName, platforms } from "../../shared/platforms.ts";
import type { SynthesisedStack } from "../../stacks/synthesise.ts";
import type { Inventories } from "./replicas.ts";

/**
 * Asks the daemon of a stack what each of these projects has. Throws DaemonError if it can't be asked, and an Error if it is not of the
 * stack's platform.
 */
export async function readInventories(
  { name, platform }: Pick<SynthesisedStack, "name" | "platform">,
  endpoint: Endpoint,
  projects: ReadonlySet<string>,
): Promise<Inventories> {
  const client = createClient(endpoint);
  try {
    const { server } = (await askServer(client)).environment;
    if (server !== platform) throw new Error(otherPlatform(name, platform, server, endpoint));
    return new Map(
      await Promise.all(
        [...projects].map(async (project) => [project, await readInventory(client, project).catch(none)] as const),
      ),
    );
  } finally {
    client.close();
  }
}

function otherPlatform(source: string, platform: PlatformName, server: string, endpoint: Endpoint): string {
  const at = "socket" in endpoint ? endpoint.socket : endpoint.urls.join(", ");
  const { title } = platforms[platform];
  const answers = Object.entries(platforms).find(([name]) => name === server);
  const cure = answers ? `write \`platform: ${answers[0]}\`` : `name one of ${title} in \`url\``;
  return `source ${source}: ${answers?.[1].title ?? server} answers at ${at}, and its instances are declared for ${title}: ${cure} in this source of rollcall.yaml`;
}

function none(error: unknown): undefined {
  if (error instanceof DaemonError && error.status === 404) return undefined;
  throw error;
}
