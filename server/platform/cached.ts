import type { DaemonClient } from "./client.ts";
import { aliasesOf, readImages } from "./inventory.ts";
import { type Networks, networksOf } from "./subnets.ts";
import { wireNetworks } from "./wire.ts";

/** What a look reads once a minute, by project. */
export interface Cached {
  /** Throws DaemonError. */
  networks(client: DaemonClient, project: string): Promise<Networks>;
  /** Which images the aliases lead to is only shown: a client that may not ask does without. */
  aliases(client: DaemonClient, project: string): Promise<ReadonlyMap<string, string> | undefined>;
  forgetNetworks(project: string): void;
  forget(): void;
}

const counts = 60_000;

export function createCached(): Cached {
  const networks = new Map<string, { networks: Networks; at: number }>();
  const images = new Map<string, { images: ReadonlyMap<string, string> | undefined; at: number }>();
  return {
    async networks(client, project) {
      const known = networks.get(project);
      if (known && performance.now() - known.at < counts) return known.networks;
      const path = `/1.0/networks?recursion=1&project=${encodeURIComponent(project)}`;
      const read = networksOf(await client.get(path, wireNetworks));
      networks.set(project, { networks: read, at: performance.now() });
      return read;
    },
    async aliases(client, project) {
      const known = images.get(project);
      if (known && performance.now() - known.at < counts) return known.images;
      const read = await readImages(client, project).then(aliasesOf, () => known?.images);
      images.set(project, { images: read, at: performance.now() });
      return read;
    },
    forgetNetworks: (project) => void networks.delete(project),
    forget() {
      networks.clear();
      images.clear();
    },
  };
}
