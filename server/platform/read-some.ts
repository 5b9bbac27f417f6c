import type { DaemonClient } from "./client.ts";
import type { DaemonError } from "./daemon-error.ts";
import { type WireInstance, wireInstance } from "./wire.ts";

/** How long one may take before all are listed. */
const deadline = 3000;

/**
 * Reads instances one by one, as a listing has them. One that does not exist is left out. Undefined if one of them can't be read:
 * what a listing says of it then counts.
 */
export async function readSome(
  client: DaemonClient,
  project: string,
  names: ReadonlySet<string>,
): Promise<WireInstance[] | undefined> {
  const query = `recursion=1&project=${encodeURIComponent(project)}`;
  const read = async (name: string) => {
    const path = `/1.0/instances/${encodeURIComponent(name)}?${query}`;
    return await client.get(path, wireInstance, deadline).catch((error: DaemonError) => {
      if (error.status === 404) return undefined;
      throw error;
    });
  };
  try {
    const all = await Promise.all([...names].map(read));
    const found = all.filter((one) => one !== undefined);
    return found.every(({ name }) => names.has(name)) ? found : undefined;
  } catch {
    return undefined;
  }
}
