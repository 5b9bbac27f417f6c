/** What is known of every source, by its name. A source that is not in it has not reported yet. */
export type Observed = ReadonlyMap<string, SourceState>;

/** What is known of one source: a listing for each of its projects. One that reads all says of the others what it says of `otherProjects`. */
export type SourceState = ReadonlyMap<string, Listing>;
/** LXD and Incus reserve this name: no project has it. */
export const otherProjects = "*";

/** The last whole listing of a project. */
export interface Listing {
  /** What its platform calls itself. @default LXD */
  readonly platform?: string;
  /** Another cluster copies its project here: what is in it doesn't count, so none of it is listed. */
  readonly isStandby?: boolean;
  /** By name. Undefined while no listing has ever succeeded. */
  readonly instances: ReadonlyMap<string, Instance> | undefined;
  /** The fingerprint of the image that each alias leads to. Undefined if that could not be read. */
  readonly images?: ReadonlyMap<string, string> | undefined;
  /** Why the newest attempt failed. The instances are then those of an earlier one. */
  readonly problem: string | undefined;
}

/** The listing of the project that something is in. */
export function listingOf(
  { source, project }: { readonly source: string; readonly project: string },
  observed: Observed,
): Listing | undefined {
  const state = observed.get(source);
  return state?.get(project) ?? state?.get(otherProjects);
}

/** The parts of an LXD or Incus instance that a roll call looks at. */
export interface Instance {
  readonly name: string;
  /**
   * `freezing`: seen frozen, but not yet in two looks a second apart; a snapshot freezes a container for 80 ms. `unread`: it runs, and
   * the daemon could not read its network. `unlisted`: it is served, and listings have lacked it for
   * too short a time though no event told of its end. Of one that is `unlisted` or `error` only the name is known.
   */
  readonly state: "running" | "unread" | "unlisted" | "stopped" | "freezing" | "frozen" | "error";
  /** The `user.*` keys of its expanded config. */
  readonly keys: Readonly<Record<string, string>>;
  /** Its network devices by name, in code point order. */
  readonly nics: readonly Nic[];
  /** What its platform does to it that ends its service, as a sentence: `LXD is stopping it`. Undefined if nothing. */
  readonly leaving?: string | undefined;
  /** What tells it from one made again under its name: `volatile.uuid`. */
  readonly uuid?: string | undefined;
  /** Whether it says by itself that it is ready: the status Ready of LXD and Incus. Undefined where its daemon has no such status. */
  readonly saysReady?: boolean | undefined;
  /** Of one that is `unlisted`, `error` or `unread`: listings a second apart agree that it is. */
  readonly agreed?: boolean | undefined;
  /** Of one in `error`: the cluster member that it is on, which does not answer for it. */
  readonly member?: string | undefined;
  /** The fingerprint of the image that it was made from. */
  readonly baseImage?: string | undefined;
  /** Its own devices that Terraform added. */
  readonly addedDevices?: readonly string[];
}

/** Whether only its name is known: its previous keys hold. */
export function isBare({ state }: Instance): boolean {
  return state === "error" || state === "unlisted";
}

export interface Nic {
  readonly name: string;
  /** The network that it is on, or the interface of the host that it is made from. */
  readonly network?: string | undefined;
  /** Addresses that may be served, the best first. Of several, the one that is served now is kept. */
  readonly addresses: readonly Address[];
  /** Why it has no usable address, with what is seen instead. Undefined if it has one. */
  readonly problem: string | undefined;
}

export interface Address {
  readonly address: string;
  /**
   * Kept by an instance that is served at it, but not taken: another instance had it before, or it is an IPv6 address seen for the
   * first time, and the kernel may still be checking for duplicates.
   */
  readonly tentative: boolean;
  /** The other instances that show it: `web-0 of project default`. */
  readonly sharedWith?: string;
}
