import type { PlatformName } from "../../shared/platforms.ts";

/** What the server must know of each platform beside its name. What the stacks must know is in shared/platforms.ts. */
export interface Differences {
  /** The variable that names its socket, and the one that names its directory. */
  readonly socketVariable: string;
  readonly directoryVariable: string;
  /** Its sockets in the order in which its own client looks, each with whether it has to be writable. The last one is taken if there is none. */
  readonly sockets: readonly { readonly path: string; readonly ifWritable?: boolean }[];
  /** The socket beside the first that all users may write to, which leads to a project of their own. */
  readonly userSocket?: string;
}

/** Facts: the source of both clients (`ConnectLXDUnix`, `ConnectIncusUnix`), LXD 6.9 and Incus 7.3. */
export const differences: Readonly<Record<PlatformName, Differences>> = {
  lxd: {
    socketVariable: "LXD_SOCKET",
    directoryVariable: "LXD_DIR",
    sockets: [{ path: "/var/snap/lxd/common/lxd/unix.socket", ifWritable: true }, { path: "/var/lib/lxd/unix.socket" }],
  },
  incus: {
    socketVariable: "INCUS_SOCKET",
    directoryVariable: "INCUS_DIR",
    sockets: [{ path: "/run/incus/unix.socket" }, { path: "/var/lib/incus/unix.socket" }],
    userSocket: "unix.socket.user",
  },
};

/**
 * What a daemon can do, by the API extension that says so; never by version or platform. Both ignore what they don't know in
 * `recursion=2&fields=state.network`, so that is asked of each; only LXD 6.7 and newer do less work for it.
 */
export const extensions = {
  /** The status Ready. LXD 5.21, Incus 6.0. */
  knowsReady: "instance_ready_state",
  /** One instance with its state in one answer. Both have it. */
  readsOne: "instance_get_full",
  /** Projects that another cluster copies here, by `replica_mode` or, at first, the key `replica.mode`. LXD 6.8. */
  hasReplicas: "replicators",
} as const;
