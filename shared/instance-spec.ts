import { createHash } from "node:crypto";
import { sorted } from "../files/sorted.ts";
import type { Group } from "./group.ts";

/** What one replica is created from. */
export type InstanceSpec = Omit<NonNullable<Group["instance"]>, "devices"> & {
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** An image's name on its own source: without the source's name before it, as the provider reads it. Undefined for one of another remote. */
export function imageOn(source: string, image: string): string | undefined {
  const name = image.startsWith(`${source}:`) ? image.slice(source.length + 1) : image;
  return name.includes(":") ? undefined : name;
}

type Declared = Pick<Group, "instance" | "rollout">;

/**
 * The instance part for the replica of that index: from the partition of a rollout on with the rollout's image, and of each list in
 * a device the value of that index.
 */
export function instanceSpec({ instance, rollout }: Declared, index: number): InstanceSpec | undefined {
  if (!instance) return undefined;
  const ownValues = ([key, value]: [string, string | string[]]) => [key, Array.isArray(value) ? value[index] : value];
  const devices = Object.entries(instance.devices).map(([name, device]) => [
    name,
    Object.fromEntries(Object.entries(device).map(ownValues)),
  ]);
  return { ...instance, devices: Object.fromEntries(devices), ...rolledOut(rollout, index) };
}

/** The image of the rollout, for a replica that it has reached. */
function rolledOut(rollout: Declared["rollout"], index: number): { readonly image?: string } {
  return rollout?.image !== undefined && index >= rollout.partition ? { image: rollout.image } : {};
}

/**
 * Gives the value of `user.rollcall.spec` for each index: a hash of what the replica is created from, 16 hexadecimal digits.
 * Undefined if the group does not declare its instances.
 */
export function specHashes(group: Declared): (index: number) => string | undefined {
  const known = new Map<string | number | undefined, string>();
  const isEachItsOwn = Object.values(group.instance?.devices ?? {}).some((device) =>
    Object.values(device).some(Array.isArray),
  );
  return (index) => {
    const key = isEachItsOwn ? index : rolledOut(group.rollout, index).image;
    const spec = known.has(key) ? undefined : instanceSpec(group, index);
    if (spec) known.set(key, hashOf(spec));
    return known.get(key);
  };
}

function hashOf(spec: InstanceSpec): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(spec)))
    .digest("hex")
    .slice(0, 16);
}
