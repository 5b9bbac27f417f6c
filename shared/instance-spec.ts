import { createHash } from "node:crypto";
import { sorted } from "../files/sorted.ts";
import type { Group } from "./group.ts";
import { addressesOf } from "./instance-addresses.ts";
import { cloudInitKeys } from "./instance-schema.ts";
import { targetOf } from "./instance-target.ts";

type Instance = NonNullable<Group["instance"]>;

/** What one replica is created from: `limits` and `cloudInit` are in its config. `allowRestart` and `timeouts` are how. */
export type InstanceSpec = Omit<Instance, "devices" | "limits" | "cloudInit" | "target"> & {
  /** A member of the cluster, or a group of members: `@ssd`. */
  readonly target?: string;
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
  const { limits = {}, cloudInit = {}, target, ephemeral, ...rest } = instance;
  const ownValue = (key: string, written: string | readonly string[]) => {
    const value = addressesOf(key, written);
    return typeof value === "string" ? value : value[index];
  };
  const devices = Object.entries(instance.devices).map(([name, device]) => [
    name,
    Object.fromEntries(Object.entries(device).map(([key, value]) => [key, ownValue(key, value)])),
  ]);
  return {
    ...rest,
    config: { ...rest.config, ...limitKeys(limits), ...cloudInitConfig(cloudInit) },
    devices: Object.fromEntries(devices),
    ...(target !== undefined && { target: targetOf(target, index) }),
    // As if it were left out, for its hash is the same.
    ...(ephemeral && { ephemeral }),
    ...rolledOut(rollout, index),
  };
}

function limitKeys(limits: NonNullable<Instance["limits"]>) {
  return Object.fromEntries(Object.entries(limits).map(([key, value]) => [`limits.${key}`, value]));
}

function cloudInitConfig(cloudInit: NonNullable<Instance["cloudInit"]>): Record<string, string> {
  const written = Object.entries(cloudInitKeys).flatMap(([part, { names }]) => {
    const content = cloudInit[part as keyof typeof cloudInitKeys];
    return typeof content === "string" ? [[names[0], content]] : [];
  });
  return Object.fromEntries(written);
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
  const { devices = {}, target } = group.instance ?? {};
  const values = Object.values(devices).flatMap((device) =>
    Object.entries(device).map(([key, value]) => addressesOf(key, value)),
  );
  const isEachItsOwn = typeof target === "object" || values.some(Array.isArray);
  return (index) => {
    const key = isEachItsOwn ? index : rolledOut(group.rollout, index).image;
    const spec = known.has(key) ? undefined : instanceSpec(group, index);
    if (spec) known.set(key, hashOf(spec));
    return known.get(key);
  };
}

/** A key that is not written adds nothing, so that what an instance was made from stays the same when rollcall learns another key. */
function hashOf({ allowRestart: _, timeouts: __, ...madeFrom }: InstanceSpec): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(madeFrom)))
    .digest("hex")
    .slice(0, 16);
}
