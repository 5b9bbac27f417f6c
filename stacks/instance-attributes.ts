import type { TerraformResource } from "cdktf";
import { firstOf } from "./first-of.ts";
import { literal, literals } from "./literal.ts";
import type { AddedInstance, InstanceProps } from "./platform.ts";
import { override, specAttributes } from "./spec-attributes.ts";

/** What both providers call by the same names. */
export function attributesOf({ name, remote, project, spec, tags }: InstanceProps) {
  return {
    name,
    remote,
    project,
    image: literal(spec.image),
    type: spec.type,
    profiles: spec.profiles,
    config: literals({ ...spec.config, ...tags }),
    device: Object.entries(spec.devices).map(([device, { type = "", ...properties }]) => ({
      name: device,
      type: literal(type),
      properties: literals(properties),
    })),
    ...specAttributes(spec),
  };
}

type Made = TerraformResource & { readonly ipv4Address: string; readonly ipv6Address: string };

/** Gives an instance the Terraform address `TYPE.NAME`: renaming a construct then never replaces an instance. */
export function added(made: Made, { name, families, spec }: InstanceProps): AddedInstance {
  override(made, spec);
  made.overrideLogicalId(name);
  return { address: firstOf(families.map((family) => (family === "ipv4" ? made.ipv4Address : made.ipv6Address))) };
}
