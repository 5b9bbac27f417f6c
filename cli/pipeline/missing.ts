import type { KeyPath } from "../../files/key-path.ts";
import { type Inventory, imageNamed } from "../../server/platform/inventory.ts";
import { imageOn } from "../../shared/instance-spec.ts";
import { platforms } from "../../shared/platforms.ts";
import { inProject } from "./in-project.ts";
import type { Replica } from "./replicas.ts";

/** Something that a group's file names and its source does not have. */
export interface Missing {
  readonly group: string;
  readonly path: KeyPath;
  readonly message: string;
}

/**
 * What the source lacks for the instances that a plan creates, replaces or changes, each thing once. The daemon would only say so after
 * the old instance is destroyed.
 */
export function missingFor(replicas: readonly Replica[]): Missing[] {
  const found = new Map<string, Missing>();
  for (const replica of replicas) {
    const { group, source, inventory, platform, change } = replica;
    if (!change || change.action === "destroy" || change.action === "adopt") continue;
    const missing = !inventory
      ? [
          {
            path: ["project"],
            message: `${source} has no project ${group.project}: \`${platforms[platform].client} project list\` shows them`,
          },
        ]
      : [...(change.action === "update" ? [] : image(replica, inventory)), ...parts(replica, inventory)];
    for (const one of missing) found.set(JSON.stringify([group.name, one.path]), { group: group.name, ...one });
  }
  return [...found.values()];
}

type Lack = Omit<Missing, "group">;

function image(replica: Replica, { images }: Inventory): Lack[] {
  const { group, source, index, spec } = replica;
  const name = imageOn(source, spec.image ?? "");
  const isRollout = group.rollout?.image !== undefined && index >= group.rollout.partition;
  const path = isRollout ? ["rollout", "image"] : ["instance", "image"];
  // An image of another remote is not known here.
  if (name === undefined) return [];
  const found = imageNamed(images, name);
  if (!found) return [{ path, message: lacks(replica, "image", name) }];
  if (found.type === spec.type) return [];
  return [{ path, message: `${name} is an image of a ${found.type}, and instance.type is ${spec.type}` }];
}

function parts(replica: Replica, { profiles, networks, pools }: Inventory): Lack[] {
  const { spec } = replica;
  const ofProfiles = spec.profiles.flatMap((profile, index): Lack[] =>
    profiles.has(profile)
      ? []
      : [{ path: ["instance", "profiles", index], message: lacks(replica, "profile", profile) }],
  );
  const ofDevices = Object.entries(spec.devices).flatMap(([device, { network, pool }]): Lack[] => {
    const path = (key: string) => ["instance", "devices", device, key];
    return [
      ...(network === undefined || networks.has(network)
        ? []
        : [{ path: path("network"), message: lacks(replica, "network", network) }]),
      ...(pool === undefined || pools?.has(pool) !== false
        ? []
        : [{ path: path("pool"), message: lacks(replica, "storage pool", pool, "storage") }]),
    ];
  });
  const devices = Object.assign({}, ...spec.profiles.map((profile) => profiles.get(profile)), spec.devices) as Record<
    string,
    Record<string, string>
  >;
  const hasRoot = Object.values(devices).some(({ type, path }) => type === "disk" && path === "/");
  if (hasRoot || ofProfiles.length > 0) return [...ofProfiles, ...ofDevices];
  const message = 'give it a root disk: neither a profile nor instance.devices has a disk with path "/"';
  return [...ofDevices, { path: ["instance", "profiles"], message }];
}

function lacks({ source, group, platform }: Replica, what: string, name: string, command = what): string {
  return `${source} has no ${what} "${name}": \`${platforms[platform].client} ${command} list${inProject(group.project)}\` shows them`;
}
