import { createHash } from "node:crypto";
import { sorted } from "../files/sorted.ts";
import type { Group } from "./group.ts";

/** What one replica is created from. */
export type InstanceSpec = NonNullable<Group["instance"]>;

/** An image's name on its own source: without the source's name before it, as the provider reads it. Undefined for one of another remote. */
export function imageOn(source: string, image: string): string | undefined {
  const name = image.startsWith(`${source}:`) ? image.slice(source.length + 1) : image;
  return name.includes(":") ? undefined : name;
}

type Declared = Pick<Group, "instance" | "rollout">;

/** The instance part for the replica of that index: from the partition of a rollout on, with the rollout's image. */
export function instanceSpec({ instance, rollout }: Declared, index: number): InstanceSpec | undefined {
  if (!instance || rollout?.image === undefined || index < rollout.partition) return instance;
  return { ...instance, image: rollout.image };
}

/**
 * Gives the value of `user.rollcall.spec` for each index: a hash of what the replica is created from, 16 hexadecimal digits.
 * Undefined if the group does not declare its instances.
 */
export function specHashes(group: Declared): (index: number) => string | undefined {
  const known = new Map<string, string>();
  return (index) => {
    const spec = instanceSpec(group, index);
    if (!spec) return undefined;
    const image = spec.image ?? "";
    const hash = known.get(image) ?? hashOf(spec);
    known.set(image, hash);
    return hash;
  };
}

function hashOf(spec: InstanceSpec): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(spec)))
    .digest("hex")
    .slice(0, 16);
}
