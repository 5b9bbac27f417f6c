import type { Remark } from "../document/choose.ts";
import type { LabelledRow } from "../document/instance-rows.ts";
import type { RouteRow } from "../document/router-rows.ts";
import type { MiddlewareRow, ServiceRow } from "../document/service-rows.ts";
import type { GroupPlan, Plan, ReplicaPlan, Waiting } from "../roll-call/plan.ts";
import type { Roster } from "../roll-call/roster.ts";
import type { ClusterMember } from "../sources/source.ts";
import type { TraefikRow } from "../traefik-api/traefiks.ts";
import type { MarkRow } from "./mark-rows.ts";
import type { OutputRow } from "./output-rows.ts";
import type { PeerStatus } from "./peer-rows.ts";

/**
 * What `/api/status` answers: the state of everything at one moment. Times are ISO 8601 in UTC, null where there is none, by the
 * server's own clock, which is the machine's when it starts and is not set after that.
 */
export interface Status {
  readonly now: string;
  readonly state: Plan["state"];
  readonly version: string;
  readonly status: 200 | 423;
  readonly published: string;
  /** How many documents were published by now: each has the next ordinal. A locked answer has none. */
  readonly ordinal: number;
  /** Whether changes are gathering: a newer version is published once `settle` has passed. */
  readonly settling: boolean;
  readonly waiting: readonly Waiting[];
  /** The projects of sources whose newest look failed: what is said and served of their instances may be old. */
  readonly stale: Plan["stale"];
  readonly groupsDirectory: { readonly directory: string; readonly problem: string | null };
  readonly stateDirectory: { readonly problem: string | null };
  readonly listeners: readonly ListenerRow[];
  readonly routes: RoutesRow;
  readonly sources: readonly SourceRow[];
  readonly groups: readonly GroupRow[];
  /** The instances that declare themselves. */
  readonly labelled: readonly InstanceRow[];
  readonly pollers: readonly PollerRow[];
  /** The Traefiks of `traefik.api`. */
  readonly traefiks: readonly TraefikStatus[];
  /** The places besides the provider listener that the document is written to. */
  readonly outputs: readonly OutputRow[];
  /** The other servers over the same inputs. */
  readonly peers: readonly PeerStatus[];
  /** The instances that are drained. */
  readonly marks: readonly MarkRow[];
}

export interface ListenerRow {
  readonly name: "provider" | "admin";
  /** `127.0.0.1:7070` */
  readonly listen: string;
  /** Why its newest certificate or token is not in use; null if there is no newer one. */
  readonly problem: string | null;
}

export interface RoutesRow {
  readonly files: number;
  /** What is wrong with whole files. */
  readonly problems: readonly string[];
  /** What is left out, or served differently from the files, or noted. Never a value: it may be a secret. */
  readonly remarks: readonly RemarkRow[];
  /** Every router that is served, including those of groups. */
  readonly routers: readonly RouteRow[];
  /** Every service and every middleware that is served. */
  readonly services: readonly ServiceRow[];
  readonly middlewares: readonly MiddlewareRow[];
}

export interface RemarkRow {
  /** `http.routers` */
  readonly kind: string;
  readonly name: string;
  readonly state: Remark["state"];
  readonly origin: string;
  readonly reason: string;
}

export interface SourceRow {
  readonly name: string;
  /** The socket or the https URL that is used now. */
  readonly endpoint: string;
  readonly version: string | null;
  readonly up: boolean;
  readonly lastLook: string | null;
  /** The last look that read everything. */
  readonly lastGoodLook: string | null;
  readonly problem: string | null;
  readonly events: "up" | "down";
  readonly eventsProblem: string | null;
  /** Why running operations can't be read: a stop is then seen when it is over. Null if they can. */
  readonly operationsProblem: string | null;
  /** The members of its cluster; empty where there is none. */
  readonly members: readonly ClusterMember[];
}

export interface GroupRow {
  readonly name: string;
  /** Null if its replicas are spread over several. */
  readonly source: string | null;
  readonly project: string;
  readonly gate: GroupPlan["group"]["gate"];
  readonly declared: number;
  readonly present: number;
  readonly inEffect: RosterRow | null;
  readonly pending: RosterRow | null;
  readonly replicas: readonly ReplicaRow[];
}

export type RosterRow = Omit<Roster, "group">;

export interface ReplicaRow {
  readonly replica: string;
  readonly source: string;
  readonly project: string;
  readonly state: ReplicaPlan["state"];
  readonly address: string | null;
  readonly since: string | null;
  readonly reason: ReplicaPlan["reason"] | null;
  readonly detail: string | null;
  /** The weight of the server in Traefik, and where it comes from; null if none is set, which means 1. */
  readonly weight: number | null;
  readonly weightFrom: ReplicaPlan["weightFrom"] | null;
  /** Why a config key of its instance is ignored, and which other instances have its address too. */
  readonly remark: string | null;
  readonly spec: ReplicaPlan["spec"] | null;
  readonly image: ReplicaPlan["image"] | null;
  readonly leftDevices: readonly string[];
}

export interface InstanceRow {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
  readonly state: LabelledRow["state"];
  readonly address: string | null;
  readonly reason: LabelledRow["reason"] | null;
  readonly detail: string | null;
  /** Which of its labels are not served or are probably a mistake, and why. Of their values only hosts, entry points and names. */
  readonly problems: readonly string[];
  /** The objects that it declares, alone or with others: `http.routers/web`. */
  readonly objects: LabelledRow["objects"];
}

export interface TraefikStatus {
  readonly url: string;
  readonly name: string | null;
  /** The ordinal of the newest document that it runs. */
  readonly applied: number | null;
  readonly appliedSince: string | null;
  /** Whether that is the newest one. */
  readonly current: boolean;
  /** Whether it answered within the last 15 s. Waits and drains wait for no other one. */
  readonly answering: boolean;
  readonly problem: string | null;
  /** What it turned off or complains about, and why: 200 at most. */
  readonly off: TraefikRow["off"];
  /** The servers that its health checks found to be down: 200 at most. */
  readonly down: TraefikRow["down"];
}

export interface PollerRow {
  readonly address: string;
  readonly name: string | null;
  readonly agent: string;
  readonly lastPoll: string;
  readonly polls: number;
  readonly held: boolean;
  readonly intervalMs: number | null;
  /** The longest hold that it accepts, after it cut one; null if it never did. */
  readonly holdCapMs: number | null;
  /** The status and the version that its last poll was answered with. */
  readonly status: number | null;
  readonly version: string | null;
  /** The ordinal of the document that it was given last. */
  readonly given: number | null;
  /** Whether that is the newest one. */
  readonly current: boolean;
  /** The ordinal of the document that it runs; null if that is not known: see `traefiks`. */
  readonly applied: number | null;
  /** Whether it counts as a Traefik: waits and drains wait for those that are live, and for no others. */
  readonly live: boolean;
}
