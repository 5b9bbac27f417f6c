import { type Inventory, imageNamed } from "../../server/platform/inventory.ts";
import type { WireInstance } from "../../server/platform/wire.ts";
import { type InstanceSpec, imageOn, instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { placed } from "../../shared/placed.ts";
import type { PlatformName } from "../../shared/platforms.ts";
import type { SynthesisedStack } from "../../stacks/synthesise.ts";
import type { Change } from "./changes.ts";

/** A replica that the files declare, with what its source has and what a plan does to it. */
export interface Replica {
  readonly name: string;
  readonly group: DeclaredGroup;
  readonly source: string;
  readonly index: number;
  /** Its source's. */
  readonly platform: PlatformName;
  readonly spec: InstanceSpec;
  /** The value of `user.rollcall.spec` if it is made from `spec`. */
  readonly hash: string;
  /** Undefined if its source has no such project. */
  readonly inventory: Inventory | undefined;
  /** Its instance, if there is one. */
  readonly instance: WireInstance | undefined;
  /** The fingerprint of the image that its file names, as far as its source knows it. */
  readonly image: string | undefined;
  readonly change: Change | undefined;
}

/** What a source has, by project; undefined where there is no such project. */
export type Inventories = ReadonlyMap<string, Inventory | undefined>;

/** The stack of a source: its name is the source's. */
export type StackOf = Pick<SynthesisedStack, "name" | "platform">;

/** Every replica of these groups that is created by a stack, in the order of the groups and of their index. */
export function replicasOf(
  { name: source, platform }: StackOf,
  groups: readonly DeclaredGroup[],
  changes: readonly Change[],
  inventories: Inventories,
): Replica[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  return groups
    .filter(({ selector }) => !selector)
    .flatMap((group) => {
      const hashOf = specHashes(group);
      const inventory = inventories.get(group.project);
      return placed(group).flatMap(({ name, source: on }, index): Replica[] => {
        if (on !== source) return [];
        const [spec, hash] = [instanceSpec(group, index), hashOf(index)];
        if (!spec || hash === undefined) return [];
        const written = imageOn(source, spec.image ?? "");
        const image = inventory && written ? imageNamed(inventory.images, written)?.fingerprint : undefined;
        const instance = inventory?.instances.get(name);
        return [
          { name, group, source, index, platform, spec, hash, inventory, instance, image, change: byName.get(name) },
        ];
      });
    });
}
