import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { Place, Roster } from "./roster.ts";

/** What the roll call concludes. Every word about a group or a replica that a person sees comes from here. */
export interface Plan {
  /** Whether the document may be served. */
  readonly state: "locked" | "ready";
  /** What it waits for. When locked: what keeps it locked, never empty. When ready: what pending rosters lack. */
  readonly waiting: readonly Waiting[];
  /** By name, in code point order. */
  readonly groups: readonly GroupPlan[];
  /** The instances that declare themselves by labels, by project, then by name. */
  readonly labelled: readonly LabelledPlan[];
  /** Listings whose newest attempt failed, or that were never read: what is served from them may be old. */
  readonly stale: readonly StaleListing[];
}

export type Reason =
  | "missing"
  | "stopped"
  | "frozen"
  | "no-address"
  | "untagged"
  | "error"
  | "not-read"
  | "not-ready"
  | "leaving"
  | "unconfirmed";

export interface Waiting {
  /** Null if no group is declared at all. */
  readonly group: string | null;
  /** Null if no single replica is meant. */
  readonly replica: string | null;
  readonly reason: Reason;
  readonly detail: string;
}

export interface GroupPlan {
  readonly group: DeclaredGroup;
  readonly inEffect: Roster | undefined;
  /**
   * The declaration whose router and load balancer go with the roster in effect: the file's, or the previous one while the file
   * speaks another protocol and its roster is pending. Undefined where nothing is in effect, or the previous one is not known.
   */
  readonly serves: DeclaredGroup | undefined;
  /** The declared roster while it is not the one in effect. */
  readonly pending: Roster | undefined;
  /** How many of the declared replicas are present. */
  readonly present: number;
  /** Every replica that is declared, served or tagged: the declared ones first, in the order of their roster. */
  readonly replicas: readonly ReplicaPlan[];
}

/**
 * `member`: in the load balancer, and present. `kept`: in the load balancer, though the source does not confirm it or the file no
 * longer declares it. `ready`: present, and waiting for the others. `starting`: it has an address and is not ready yet. `leaving`: it
 * runs and is out, because it is drained or its platform is about to end it. `absent`: not there; `reason` says why. `surplus`:
 * tagged, but of a name that is not declared; never served.
 */
export type ReplicaState = "member" | "kept" | "ready" | "starting" | "leaving" | "absent" | "surplus";

/** Of one that nothing is asked. */
export type FoundState = Extract<ReplicaState, "member" | "kept" | "leaving" | "absent">;

const served: Readonly<Record<ReplicaState, boolean>> = {
  member: true,
  kept: true,
  ready: false,
  starting: false,
  leaving: false,
  absent: false,
  surplus: false,
};

/** Whether a replica or an instance in that state is in the load balancer. */
export function isServed(state: ReplicaState): boolean {
  return served[state];
}

export interface ReplicaPlan {
  readonly replica: string;
  /** Where its instance is looked for; left out where that is the one place which its group's file names. */
  readonly at?: Place;
  readonly state: ReplicaState;
  readonly address?: string;
  readonly reason?: Reason;
  readonly detail?: string;
  /** The weight of the server in Traefik, and where it comes from: `user.rollcall.weight` of the instance, else the group's file. */
  readonly weight?: number;
  readonly weightFrom?: "instance" | "file";
  /** Why a config key of its instance is ignored. */
  readonly remark?: string;
  /** Which other instances have its address too, as a sentence. */
  readonly shared?: string;
  /** Whether its instance was made from what the file declares now. Left out if the instance or the file does not say. */
  readonly spec?: "current" | "outdated";
  /** `older`: its image's alias leads to another image now. Left out if that is not known. */
  readonly image?: "current" | "older";
  /** Devices that Terraform added to its instance and that its group no longer declares. */
  readonly leftDevices?: readonly string[];
}

/** An instance that declares itself. */
export interface LabelledPlan {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  /** Its `user.*` keys, which hold its labels. They may be secrets, and are shown nowhere. */
  readonly keys: Readonly<Record<string, string>>;
  /** As of a replica: `member` and `kept` are served if their labels can be. */
  readonly state: FoundState;
  /** Where it is served. */
  readonly address?: string | undefined;
  readonly reason?: Reason;
  readonly detail?: string;
  readonly shared?: string;
}

export interface StaleListing {
  readonly source: string;
  readonly project: string;
  readonly problem: string;
}

/** One in the load balancer always has an address. */
export type Member = ReplicaPlan & { readonly address: string };

/** The replicas of a group that are in the load balancer now. */
export function membersOf(group: GroupPlan): Member[] {
  return group.replicas.filter((row): row is Member => isServed(row.state));
}

/** Where the instance of a replica is looked for. */
export function placeOf({ source = "", project }: DeclaredGroup, { at }: Pick<ReplicaPlan, "at">): Place {
  return at ?? { source, project };
}

/** A place and a name: which instance of which project is served where. */
export interface ServedInstance extends Place {
  readonly name: string;
  readonly address: string;
}

/** The instances that are in a load balancer now. One may be so in several. */
export function servedInstances({ groups, labelled }: Pick<Plan, "groups" | "labelled">): ServedInstance[] {
  const members = groups.flatMap((group) =>
    membersOf(group).map((row) => {
      const { source, project } = placeOf(group.group, row);
      return { source, project, name: row.replica, address: row.address };
    }),
  );
  const others = labelled.flatMap(({ source, project, instance: name, address }) =>
    address === undefined ? [] : [{ source, project, name, address }],
  );
  return [...members, ...others];
}

/** The names of those of one source, by project. */
export function servedOf(plan: Plan, source: string): Map<string, Set<string>> {
  const served = new Map<string, Set<string>>();
  for (const one of servedInstances(plan)) {
    if (one.source !== source) continue;
    const names = served.get(one.project);
    if (names) names.add(one.name);
    else served.set(one.project, new Set([one.name]));
  }
  return served;
}

/** The replicas and instances of a source that run and lack nothing but an address, for which there is no event. */
export function lackingAddress({ groups, labelled }: Plan, source: string): string[] {
  const replicas = groups.flatMap(({ group, replicas }) =>
    replicas.filter((row) => placeOf(group, row).source === source),
  );
  const instances = labelled.filter((one) => one.source === source).map((one) => ({ ...one, replica: one.instance }));
  return [...replicas, ...instances].filter(({ reason }) => reason === "no-address").map(({ replica }) => replica);
}
