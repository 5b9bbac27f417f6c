import type { DaemonClient } from "./client.ts";
import { type Cluster, listProject } from "./cluster.ts";
import type { DaemonError } from "./daemon-error.ts";
import type { Seen } from "./listing.ts";
import { namesToRead, type Wanted } from "./wanted.ts";
import { type WireInstance, wireInstance, wireProject } from "./wire.ts";

/** How long one may take before all are listed. */
const deadline = 3000;

/**
 * Reads the instances of a project: `only` those named there, or all if it is undefined. `seen` is what the look before made of them; of a
 * project that was never read, and without `wanted`, all are listed. Throws DaemonError.
 */
export async function readInstances(
  client: DaemonClient,
  project: string,
  { seen, wanted, cluster }: { seen: Seen | undefined; wanted: Wanted; cluster: Cluster | undefined },
): Promise<{ readonly wire: readonly WireInstance[]; readonly only: ReadonlySet<string> | undefined }> {
  const names = wanted && seen && namesToRead(seen, wanted.named.get(project) ?? [], wanted.chased);
  const some = names && (await readSome(client, project, names));
  if (some) return { wire: some, only: names };
  const wire = await (cluster?.list(client, project) ?? listProject(client, project));
  // LXD 5.0 answers [] for a project that does not exist.
  if (wire.length === 0) await client.get(`/1.0/projects/${encodeURIComponent(project)}`, wireProject);
  return { wire, only: undefined };
}

/**
 * Reads instances one by one, as a listing has them. One that does not exist is left out. Undefined if one of them can't be read:
 * what a listing says of it then counts.
 */
async function readSome(
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
