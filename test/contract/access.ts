import { expect } from "vitest";
import type { PlatformName } from "../../shared/platforms.ts";

/** What a client meets of what it asked for: all of it, nothing, or the refusal, `403 not authorized`. */
type Met = "shown" | "hidden" | (string & {});

/**
 * What a client may see and do, by the way that it comes: by the socket, or by https with a certificate that is restricted to one
 * project. `beside` is another project, which is not its own. Seen on LXD 5.0.2 and Incus 6.0.4.
 */
export interface Access {
  /** Who asked, in an event of what this client did. */
  readonly requestor: object;
  /** Listing the instances of all projects: those of its own, those of `beside`. */
  readonly allInstances: readonly [own: Met, beside: Met];
  readonly instancesBeside: Met;
  /** Of the project `nowhere`, which does not exist: its instances, the project itself, and an inventory's statuses. */
  readonly instancesNowhere: Met;
  readonly nowhere: string;
  readonly inventoryNowhere: readonly number[];
  /** `beside`, among the projects. */
  readonly projectBeside: Met;
  /** Deleting what is not there, in `beside`. */
  readonly deleteBeside: string;
  readonly networksBeside: Met;
  /** Subnets and the like, in its own project. */
  readonly networkConfig: Met;
  readonly pools: Met;
  /** A stream of all projects: the events of its own, those of `beside`. */
  readonly allEvents: readonly [own: Met, beside: Met];
  readonly eventsBeside: Met;
  readonly eventsNowhere: string;
  readonly operationsBeside: Met;
}

const root = {
  requestor: { username: "root", protocol: "unix", address: "@" },
  allInstances: ["shown", "shown"],
  instancesBeside: "shown",
  instancesNowhere: "hidden",
  nowhere: "404 Project not found",
  inventoryNowhere: [404],
  projectBeside: "shown",
  networksBeside: "shown",
  networkConfig: "shown",
  pools: "shown",
  allEvents: ["shown", "shown"],
  eventsBeside: "shown",
  operationsBeside: "shown",
} as const;

const requestor = { username: expect.stringMatching(/^[0-9a-f]{64}$/), protocol: "tls" };
const noPermission = (project: string) => `403 User does not have permission for project "${project}"`;
const noPermissions = (project: string) => `500 User does not have permissions for project "${project}"`;

export const accesses: Readonly<Record<"socket" | "https", Readonly<Record<PlatformName, Access>>>> = {
  socket: {
    lxd: { ...root, deleteBeside: "404 Instance not found", eventsNowhere: "500" },
    incus: {
      ...root,
      deleteBeside: '404 Failed to fetch instance "contract-nobody" in project "rollcall-beside": Instance not found',
      eventsNowhere: "404",
    },
  },
  https: {
    lxd: {
      requestor: { ...requestor, address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      allInstances: ["403 not authorized", "403 not authorized"],
      instancesBeside: "403 not authorized",
      instancesNowhere: "403 not authorized",
      nowhere: "403 not authorized",
      inventoryNowhere: [403, 404],
      projectBeside: "hidden",
      deleteBeside: "403 not authorized",
      networksBeside: "403 not authorized",
      networkConfig: "hidden",
      pools: "shown",
      // It tells of projects that it does not let the client read.
      allEvents: ["shown", "shown"],
      eventsBeside: "shown",
      eventsNowhere: "500",
      operationsBeside: "shown",
    },
    incus: {
      requestor: { ...requestor, address: "127.0.0.1" },
      allInstances: ["shown", "hidden"],
      instancesBeside: noPermissions("rollcall-beside"),
      instancesNowhere: noPermissions("nowhere"),
      nowhere: noPermission("nowhere"),
      // Of its requests the first that fails says it.
      inventoryNowhere: [400, 403, 404, 500],
      projectBeside: "hidden",
      deleteBeside: noPermission("rollcall-beside"),
      networksBeside: noPermissions("rollcall-beside"),
      networkConfig: "hidden",
      pools: "500 Certificate is restricted",
      allEvents: ["shown", "hidden"],
      eventsBeside: "403",
      eventsNowhere: "404",
      operationsBeside: "hidden",
    },
  },
};
