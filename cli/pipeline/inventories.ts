import { createClient } from "../../server/platform/client.ts";
import { readInventory } from "../../server/platform/inventory.ts";
import { LxdError } from "../../server/platform/lxd-error.ts";
import type { Inventories } from "./replicas.ts";

/** Asks one LXD what each of these projects has. Throws LxdError if it can't be asked. */
export async function readInventories(socket: string, projects: ReadonlySet<string>): Promise<Inventories> {
  const client = createClient(socket);
  try {
    return new Map(
      await Promise.all(
        [...projects].map(async (project) => [project, await readInventory(client, project).catch(none)] as const),
      ),
    );
  } finally {
    client.close();
  }
}

function none(error: unknown): undefined {
  if (error instanceof LxdError && error.status === 404) return undefined;
  throw error;
}
