import type { DaemonClient } from "./client.ts";
import {
  type WireImages,
  type WireInstance,
  wireImages,
  wireInstances,
  wireNetworks,
  wirePools,
  wireProfiles,
  wireProject,
} from "./wire.ts";

type Devices = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a project of a source has, as far as creating instances there depends on it. */
export interface Inventory {
  /** By name. */
  readonly instances: ReadonlyMap<string, WireInstance>;
  readonly images: WireImages;
  /** The devices of each profile. */
  readonly profiles: ReadonlyMap<string, Devices>;
  readonly networks: ReadonlySet<string>;
  /** Undefined if they are not shown: Incus refuses them to a certificate that is restricted (6.0.4). */
  readonly pools: ReadonlySet<string> | undefined;
}

/** Reads everything at once. Throws DaemonError, with the status 404 if there is no such project. */
export async function readInventory(client: DaemonClient, project: string): Promise<Inventory> {
  const query = `recursion=1&project=${encodeURIComponent(project)}`;
  const [instances, images, profiles, networks, pools] = await Promise.all([
    client.get(`/1.0/instances?${query}`, wireInstances),
    readImages(client, project),
    client.get(`/1.0/profiles?${query}`, wireProfiles),
    client.get(`/1.0/networks?${query}`, wireNetworks),
    client.get("/1.0/storage-pools?recursion=1", wirePools).catch(unlessRestricted),
    // LXD 5.0 answers [] for a project that does not exist.
    client.get(`/1.0/projects/${encodeURIComponent(project)}`, wireProject),
  ]);
  return {
    instances: new Map(instances.map((one) => [one.name, one])),
    images,
    profiles: new Map(profiles.map(({ name, devices }) => [name, devices ?? {}])),
    networks: new Set(networks.map(({ name }) => name)),
    pools: pools && new Set(pools.map(({ name }) => name)),
  };
}

function unlessRestricted(error: unknown): undefined {
  if (!(error instanceof Error && /Certificate is restricted/.test(error.message))) throw error;
}

/** The images that a project sees. Throws DaemonError. */
export async function readImages(client: DaemonClient, project: string): Promise<WireImages> {
  return await client.get(`/1.0/images?recursion=1&project=${encodeURIComponent(project)}`, wireImages);
}

/** The fingerprint that each alias leads to. */
export function aliasesOf(images: WireImages): ReadonlyMap<string, string> {
  return new Map(
    images.flatMap(({ fingerprint, aliases }) => (aliases ?? []).map(({ name }) => [name, fingerprint] as const)),
  );
}

/** The image that a name leads to now: that of the alias, else the one whose fingerprint begins so. */
export function imageNamed(images: WireImages, name: string): WireImages[number] | undefined {
  return (
    images.find(({ aliases }) => aliases?.some((alias) => alias.name === name)) ??
    images.find(({ fingerprint }) => fingerprint.startsWith(name))
  );
}

/** The fingerprint of the image that an instance was made from. Undefined if it was made from none. */
export function baseImageOf({ config }: Pick<WireInstance, "config">): string | undefined {
  return config?.["volatile.base_image"];
}

/**
 * The instance's own devices that the Terraform provider added. It stamps them, and never removes one from an instance (seen on
 * terraform-lxd 3.0.2).
 */
export function addedDevicesOf({ devices }: Pick<WireInstance, "devices">): string[] {
  return Object.entries(devices ?? {}).flatMap(([name, device]) =>
    device["user.managed-by"] === "terraform-lxd-provider" ? [name] : [],
  );
}
