import type { Construct } from "constructs";
import type { InstanceSpec } from "../shared/instance-spec.ts";

/** A platform's Terraform provider. What differs between LXD and Incus is in the one file that implements this, and nowhere else. */
export interface Platform {
  /** Declares the provider of a stack, for the one daemon or cluster that the source is. */
  addProvider(scope: Construct, source: StackSource): void;
  /** Declares one instance, of the Terraform address `TYPE.NAME`. */
  addInstance(scope: Construct, props: InstanceProps): AddedInstance;
}

/** A source, as far as a stack needs it. */
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
  /** What it is made from. */
  readonly spec: InstanceSpec & { readonly image: string };
  /** Config keys beside those of `spec`. */
  readonly tags: Readonly<Record<string, string>>;
  /** The address that creation waits for. @default - none: it ends when the instance runs. */
  readonly waitFor?: { readonly family: "ipv4" | "ipv6"; readonly nic: string } | undefined;
  readonly family: "ipv4" | "ipv6";
}

export interface AddedInstance {
  /** A token of the instance's address, of the family that is asked for. */
  readonly address: string;
}
