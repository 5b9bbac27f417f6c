import type { Construct } from "constructs";
import type { InstanceSpec } from "../shared/instance-spec.ts";
import type { SourcePlatform } from "../shared/platforms.ts";

/** A platform's Terraform provider. The differences between LXD and Incus are only in the files that implement this. */
export interface Platform {
  /** Declares the provider of a stack, for the daemon or cluster of its source. */
  addProvider(scope: Construct, source: StackSource): void;
  /** Declares one instance, with the Terraform address `TYPE.NAME`. */
  addInstance(scope: Construct, props: InstanceProps): AddedInstance;
}

export type Family = "ipv4" | "ipv6";

/** The parts of a source that a stack needs. */
export interface StackSource extends SourcePlatform {
  readonly name: string;
  /** `unix:///path` or `https://HOST:8443`. @default - the provider looks where the platform's own client does. */
  readonly url?: string | undefined;
  /** Those of one cluster; the provider uses the first. */
  readonly urls?: readonly string[] | undefined;
  /** The paths are absolute. Incus's provider takes its client's own keys instead. */
  readonly tls?: StackTls | undefined;
  readonly address: { readonly family: Family | readonly Family[] };
}

export interface StackTls {
  readonly fingerprint?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
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
  /** Of several, the first that the instance has. */
  readonly families: readonly Family[];
}

export interface AddedInstance {
  /** A token of the instance's address, of the first of the families that it has. */
  readonly address: string;
}
