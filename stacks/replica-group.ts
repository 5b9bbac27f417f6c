import { Construct } from "constructs";
import { instanceSpec, specHashes } from "../shared/instance-spec.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { placed } from "../shared/placed.ts";
import { tags } from "../shared/tags.ts";
import type { Platform, StackSource } from "./platform.ts";

export interface ReplicaGroupProps {
  /** What the group's file declares. It needs an `instance.image`. */
  readonly group: DeclaredGroup;
  /** The source whose replicas are made here. */
  readonly source: StackSource;
  readonly platform: Platform;
}

/**
 * The instances of a group on one source, one for each replica that is placed there. Each has the tags by which the server recognises
 * it. An instance's path in the construct tree and in Terraform's state is its name, so that more or fewer replicas leave the
 * others unchanged.
 */
export class ReplicaGroup extends Construct {
  /** In the order of their index. */
  readonly names: readonly string[];
  /** Tokens of the addresses, by name. */
  readonly addresses: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { group, source, platform }: ReplicaGroupProps) {
    super(scope, id);
    const hashOf = specHashes(group);
    const own = placed(group).flatMap((one, index) => (one.source === source.name ? [{ ...one, index }] : []));
    this.names = own.map(({ name }) => name);
    const added = own.map(({ name, index }) => {
      const spec = instanceSpec(group, index);
      if (spec?.image === undefined) throw new Error(`${group.name}: instance.image is required`);
      const { address } = platform.addInstance(this, {
        name,
        remote: source.name,
        project: group.project,
        spec: { ...spec, image: spec.image },
        tags: {
          [tags.group]: group.name,
          [tags.replica]: String(index),
          [tags.spec]: hashOf(index) ?? "",
        },
        families: [source.address.family].flat(),
      });
      return [name, address] as const;
    });
    this.addresses = Object.fromEntries(added);
  }
}
