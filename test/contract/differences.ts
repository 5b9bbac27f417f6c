import type { PlatformName } from "../../shared/platforms.ts";

/** What the two platforms do differently, as far as the facts meet it. Seen on LXD 5.0.2 and Incus 6.0.4. */
export interface Differences {
  readonly version: RegExp;
  readonly mac: RegExp;
  /** The error of an unknown instance. */
  readonly noInstance: (name: string, project: string) => string;
  readonly noImage: string;
  readonly nameTaken: string;
  readonly secondNic: (name: string) => string;
  readonly notRunning: string;
  readonly stopTooLate: string;
  /** Of an event stream with an unknown type. */
  readonly unknownType: string;
  /** What every lifecycle event has beside the others' keys. */
  readonly named: (name: string, project: string) => object;
  /** What the context of `instance-created` has beside storage pool and type. */
  readonly created: object;
  /** Whether it says who asked for it. */
  readonly tellsCreator: boolean;
  /** What a graceful stop does to a frozen instance. */
  readonly frozenStop: "thaws" | "never ends";
  /** Whether an event tells that an instance has ended after its stop had failed for lack of patience. */
  readonly tellsLateStop: boolean;
  /** Whether the state of a running instance says since when it runs. */
  readonly startedAt: boolean;
  /** Where an operation says that an instance is. LXD leaves out its project. */
  readonly resource: (path: string) => string;
  /** The status of the legacy listing `/1.0/containers`. */
  readonly containers: 200 | 404;
}

export const differences: Readonly<Record<PlatformName, Differences>> = {
  lxd: {
    version: /^5\.0\./,
    mac: /^00:16:3e(:[0-9a-f]{2}){3}$/,
    noInstance: () => "Instance not found",
    noImage: "Image alias not found",
    nameTaken: 'This "instances" entry already exists',
    secondNic: (name) => `Instance DNS name "${name}" already used on network`,
    notRunning: "The container isn't running",
    stopTooLate: "shutting down the container failed",
    unknownType: "500",
    named: () => ({}),
    created: {},
    tellsCreator: false,
    frozenStop: "thaws",
    startedAt: false,
    tellsLateStop: true,
    resource: (path) => path.replace(/\?.*/, ""),
    containers: 200,
  },
  incus: {
    version: /^6\.0\./,
    mac: /^10:66:6a(:[0-9a-f]{2}){3}$/,
    noInstance: (name, project) => `Failed to fetch instance "${name}" in project "${project}": Instance not found`,
    noImage: "Image not provided for instance creation",
    nameTaken: 'Failed to create "instances" entry',
    secondNic: (name) => `Instance DNS name "${name}" conflict between "eth1" and "eth0"`,
    notRunning: "The instance isn't running",
    stopTooLate: "context deadline exceeded",
    unknownType: "400",
    named: (name, project) => ({ name, project }),
    created: { location: "none" },
    tellsCreator: true,
    frozenStop: "never ends",
    startedAt: true,
    tellsLateStop: false,
    resource: (path) => path,
    containers: 404,
  },
};
