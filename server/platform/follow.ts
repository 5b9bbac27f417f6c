import { createWakeUp } from "../sources/wake.ts";
import type { DaemonClient } from "./client.ts";
import { type EventStreamOptions, eventPaths, followEvents } from "./events.ts";
import { backoff } from "./pace.ts";
import { type Projects, readProjects } from "./projects.ts";

export interface FollowOptions extends Omit<EventStreamOptions, "paths" | "client"> {
  readonly client: DaemonClient;
  readonly isRemote: boolean;
  readonly projects: Projects;
  /** A stream has ended, or could not be opened. */
  readonly onEnd: (reason: string, isFirst: boolean) => void;
}

export interface Follower {
  /** Follows events until the signal aborts, by another stream whenever one ends. */
  readonly ended: Promise<void>;
  /** Says which projects there are now: by https each has a stream, so another set of them needs others. */
  see(projects: readonly string[]): void;
}

/** After a stream that lived this long the next reconnect starts with the shortest wait again. */
const goodStream = 5000;

/** Follows the events of a source's projects. */
export function startFollowing(options: FollowOptions): Follower {
  const { client, isRemote, projects, signal, onEnd } = options;
  let followed: readonly string[] | undefined;
  let reopen = new AbortController();

  /** Of `all`, before they can be listed: one that every daemon has. */
  async function projectsNow(): Promise<readonly string[]> {
    if (projects !== "all") return projects;
    const all = isRemote ? await readProjects(client).catch(() => []) : [];
    return all.length > 0 ? all : ["default"];
  }
  async function follow() {
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      reopen = new AbortController();
      const either = AbortSignal.any([signal, reopen.signal]);
      followed = await projectsNow();
      const end = await followEvents({ ...options, paths: eventPaths(isRemote, followed), signal: either });
      if (signal.aborted) return;
      if (reopen.signal.aborted) continue;
      // Only a new agent gets rid of a hanging connection.
      if (end.hung) client.renew();
      onEnd(end.reason, failures === 0);
      if (performance.now() - began > goodStream) failures = 0;
      await createWakeUp().wait(backoff(failures++) * (0.5 + Math.random() / 2), signal);
    }
  }
  return {
    ended: follow(),
    see(now) {
      if (isRemote && projects === "all" && now.length > 0 && followed && followed.join() !== now.join())
        reopen.abort();
    },
  };
}
