/** What the daemon answers otherwise as the one platform than as the other. */
export interface Flavour {
  readonly server: "lxd" | "incus";
  readonly version: string;
  /** API extensions beside those of both. */
  readonly extensions: readonly string[];
  /** What the MAC addresses of its instances begin with. */
  readonly mac: string;
  /** Whether it has the old listing `/1.0/containers`, and names an operation's instance by that too. */
  readonly containers: boolean;
  /** Whether its lifecycle events have the name and the project, and who asked for a creation. */
  readonly namedEvents: boolean;
  /** Whether the state of an instance says since when it runs. */
  readonly startedAt: boolean;
  /** The status of a refused event stream: of a wrong type, and of an unknown project. */
  readonly wrongType: number;
  readonly wrongStream: number;
  /** How many events a stream may be behind before it is cut. */
  readonly eventsBehind: number;
  /** Whether a graceful stop thaws a frozen instance, which then ends. */
  readonly stopThaws: boolean;
  /** Whether an event tells that an instance has ended after its stop had failed for lack of patience. */
  readonly tellsLateStop: boolean;
  readonly words: {
    readonly instance: (name: string, project: string) => string;
    readonly alias: string;
    readonly nameTaken: string;
    readonly secondNic: (name: string, added: string, other: string) => string;
    readonly notRunning: string;
    readonly stopTooLate: string;
  };
}

/** As seen on LXD 5.0.2 and Incus 6.0.4; that Incus cuts a stream that is 1,000 events behind is read in the source of a newer one. */
export const flavours: Readonly<Record<Flavour["server"], Flavour>> = {
  lxd: {
    server: "lxd",
    version: "5.0.2",
    extensions: [],
    mac: "00:16:3e",
    containers: true,
    namedEvents: false,
    startedAt: false,
    wrongType: 500,
    wrongStream: 500,
    eventsBehind: Number.POSITIVE_INFINITY,
    stopThaws: true,
    tellsLateStop: true,
    words: {
      instance: () => "Instance not found",
      alias: "Image alias not found",
      nameTaken: 'This "instances" entry already exists',
      secondNic: (name) => `Instance DNS name "${name}" already used on network`,
      notRunning: "The container isn't running",
      stopTooLate: "shutting down the container failed",
    },
  },
  incus: {
    server: "incus",
    version: "6.0.4",
    extensions: ["event_lifecycle_name_and_project", "instance_ready_state", "instance_state_started_at"],
    mac: "10:66:6a",
    containers: false,
    namedEvents: true,
    startedAt: true,
    wrongType: 400,
    wrongStream: 404,
    eventsBehind: 1000,
    stopThaws: false,
    tellsLateStop: false,
    words: {
      instance: (name, project) => `Failed to fetch instance "${name}" in project "${project}": Instance not found`,
      alias: "Image not provided for instance creation",
      nameTaken: 'Failed to create "instances" entry: UNIQUE constraint failed: instances.project_id, instances.name',
      secondNic: (name, added, other) =>
        `Instance DNS name "${name}" conflict between "${added}" and "${other}" because both are connected to same network`,
      notRunning: "The instance isn't running",
      stopTooLate: "context deadline exceeded",
    },
  },
};
