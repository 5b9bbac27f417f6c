import type { Logger } from "pino";
import { createWakeUp } from "../sources/wake.ts";
import type { DaemonClient } from "./client.ts";
import type { Cluster } from "./cluster.ts";

export interface MembersOptions {
  /** The time between questions for a cluster's members, in milliseconds: usually, and while one is not online. @default 10 s and 2 s */
  readonly membersEvery?: { readonly calm: number; readonly doubtful: number };
}

export interface FollowMembersOptions extends MembersOptions {
  readonly name: string;
  /** Undefined while it isn't known whether there is a cluster, or where there is none. */
  readonly cluster: () => Cluster | undefined;
  readonly client: DaemonClient;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onChange: () => void;
}

const usual = { calm: 10_000, doubtful: 2000 } as const;

/** Follows a cluster's members until the signal aborts: no event tells of one that goes offline, or comes back. */
export async function followMembers(options: FollowMembersOptions): Promise<void> {
  const { cluster, client, signal, log, onChange, name, membersEvery: every = usual } = options;
  const pause = createWakeUp();
  while (!signal.aborted) {
    const isAnother = await cluster()?.readMembers(client);
    if (signal.aborted) return;
    const members = cluster()?.members() ?? [];
    if (isAnother) {
      const states = Object.fromEntries(members.map((one) => [one.name, one.status]));
      log.warn({ source: name, members: states }, "the cluster's members have changed");
      onChange();
    }
    const isCalm = members.length > 0 && members.every(({ status }) => status === "Online");
    await pause.wait(isCalm ? every.calm : every.doubtful, signal);
  }
}
