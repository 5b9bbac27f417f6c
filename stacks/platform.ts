import type { Construct } from "constructs";
import type { InstanceSpec } from "../shared/instance-spec.ts";

/** A platform's Terraform provider. The differences between LXD and Incus are only in the files that implement this. */
export interface Platform {
  /** Declares the provider of a stack, for the daemon or cluster of its source. */
  addProvider(scope: Construct, source: StackSource): void;
  /** Declares one instance, with the Terraform address `TYPE.NAME`. */
  addInstance(scope: Construct, props: InstanceProps): AddedInstance;
}

/** The parts of a source that a stack needs. */
export interface StackSource {
  readonly name: string;
  /** `unix:///path`. @default - the provider looks where the platform's own client does. */
  readonly url?: string | undefined;
  readonly address: { readonly family: "ipv4" | "ipv6" };
}

export interface InstanceProps {
  readonly name: string;
  /** The remote of the provider; the name of its source. */
  readonly remote: string;
  readonly project: string;
  /** What it is created from. */
  readonly spec: InstanceSpec & { readonly image: string };
  /** Config keys in addition to those of `spec`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly family: "ipv4" | "ipv6";
}

export interface AddedInstance {
  /** A token of the instance's address, of the requested family. */
  readonly address: string;
}
