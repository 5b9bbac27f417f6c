import { setTimeout as pause } from "node:timers/promises";
import type { ClusterMember } from "../sources/source.ts";
import type { DaemonClient } from "./client.ts";
import type { DaemonError } from "./daemon-error.ts";
import { type WireInstance, wireInstance, wireInstances, wireMembers, wireServer, wireUrls } from "./wire.ts";

/**
 * The members of a cluster. A listing waits 30 s for one that hangs until that counts as offline, 20 s after its last heartbeat, and then
 * lists its instances as those of an offline member: in error, with a name and a location. Meanwhile what is asked of another member is
 * answered at once (seen on LXD 5.0.2 and Incus 6.0.4).
 */
export interface Cluster {
  /** Lists a project, without waiting for a member that hangs. Throws DaemonError. */
  list(client: DaemonClient, project: string): Promise<WireInstance[]>;
  /** Asks for the members' state; true if it is another than before, in which case no event told of it. What can't be read is as before. */
  readMembers(client: DaemonClient): Promise<boolean>;
  /** The members, once they are known. */
  members(): readonly ClusterMember[];
}

/** After this time every member is asked whether it answers, in milliseconds. */
const slow = 1000;
/** How long a member may take to answer for itself; and one that did not before. */
const patience = { first: 2000, again: 300 } as const;
/** How many instances are read at a time. A daemon reads four at a time for a listing. */
const atOnce = 4;

export function createCluster(): Cluster {
  let members: readonly ClusterMember[] = [];
  /** The members that hang: online by their cluster's word, and they don't answer. */
  let silent: ReadonlySet<string> = new Set();
  /** The member that an instance was on last, by `project/name`. */
  const locations = new Map<string, string>();

  async function readMembers(client: DaemonClient) {
    const path = "/1.0/cluster/members?recursion=1";
    const before = states(members);
    const read = await client.get(path, wireMembers, patience.first).catch(() => undefined);
    if (read) members = read.map(({ server_name: name, status, message }) => ({ name, status, message }));
    return before !== "" && states(members) !== before;
  }

  async function findSilent(client: DaemonClient) {
    const deadline = silent.size > 0 ? patience.again : patience.first;
    await readMembers(client);
    const online = members.filter(({ status }) => status === "Online").map(({ name }) => name);
    const answers = await Promise.all(online.map((name) => doesAnswer(client, name, deadline)));
    silent = new Set(online.filter((_, index) => !answers[index]));
    return silent.size > 0;
  }

  function remember(project: string, listed: WireInstance[]) {
    for (const { name, location } of listed) if (location) locations.set(`${project}/${name}`, location);
    return listed;
  }

  /** Reads the instances one by one. Those on a member that hangs are in error, as the listing would have them in the end. */
  async function readEach(client: DaemonClient, project: string): Promise<WireInstance[]> {
    const query = `project=${encodeURIComponent(project)}`;
    const urls = await client.get(`/1.0/instances?recursion=0&${query}`, wireUrls);
    const names = urls.map((url) => /^\/1\.0\/[a-z-]+\/([A-Za-z0-9-]+)/.exec(url)?.[1] ?? "");
    const read: WireInstance[] = [];
    const readNext = async () => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        const location = locations.get(`${project}/${name}`);
        const stub = { name, status_code: 112, type: "", location };
        const path = `/1.0/instances/${name}?recursion=1&${query}`;
        const isLost = location !== undefined && silent.has(location);
        const one = isLost
          ? stub
          : await client
              .get(path, wireInstance, patience.first)
              .catch(({ status }: DaemonError) => (status === 404 ? undefined : stub));
        if (one) read.push(one);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, readNext));
    return remember(project, read);
  }

  return {
    async list(client, project) {
      if (silent.size > 0 && (await findSilent(client))) return await readEach(client, project);
      const over = new AbortController();
      const listing = listProject(client, project);
      const another = async () => {
        await pause(slow, undefined, { signal: over.signal });
        return (await findSilent(client)) ? await readEach(client, project) : await listing;
      };
      try {
        return remember(project, await Promise.race([listing, another().catch(() => listing)]));
      } finally {
        over.abort();
        listing.catch(() => {});
      }
    },
    readMembers,
    members: () =>
      members.map((one) => (silent.has(one.name) ? { ...one, status: "Silent", message: "it does not answer" } : one)),
  };
}

/** Lists a project in one call. Throws DaemonError. */
export function listProject(client: DaemonClient, project: string): Promise<WireInstance[]> {
  // A server that does not know `fields` ignores it. It answers `recursion=2;fields=` with a list of names.
  const path = `/1.0/instances?recursion=2&fields=state.network&project=${encodeURIComponent(project)}`;
  return client.get(path, wireInstances);
}

function doesAnswer(client: DaemonClient, member: string, deadline: number): Promise<boolean> {
  const path = `/1.0?target=${encodeURIComponent(member)}`;
  return client.get(path, wireServer, deadline).then(
    () => true,
    () => false,
  );
}

/** The messages of members change all the time. */
function states(members: readonly ClusterMember[]): string {
  return members.map(({ name, status }) => `${name} is ${status}`).join(", ");
}
