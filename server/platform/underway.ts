import type { Listing } from "../roll-call/observed.ts";
import type { DaemonClient } from "./client.ts";
import { isEnding, noOperations, type Operations, operationsOf, readOperations } from "./operations.ts";
import { type WireEvent, wireOperation } from "./wire.ts";

/** Reads what goes on in projects, and remembers it for when it can't be read. */
export interface Underway {
  /** What goes on in a project, or did when it could be read last. Never rejects: a client that may not ask does without. */
  read(client: DaemonClient, project: string, earlier?: Operations): Promise<Operations>;
  /** What an event told of: an operation that can't be read with all others is asked for by itself. */
  hear(event: WireEvent): void;
  /** Has it ask again, though it could not be read just now. */
  forget(): void;
  /** Why it can't be read. */
  problem(): string | undefined;
}

/** How long what went on counts while it can't be read. A cluster with a member that hangs answers an error until it is offline, after 20 s. */
const counts = 30_000;
/** When it is asked for again after it could not be read, so that what hangs holds up no look. */
const askAgain = 10_000;

/** The most operations that are asked for one by one, and how long each may take, in milliseconds. */
const most = 100;
const deadline = 2000;

interface Read {
  readonly operations: Operations;
  readonly at: number;
  readonly failed?: { readonly at: number; readonly problem: string };
}

export function createUnderway(): Underway {
  const all = new Map<string, Read>();
  /** The project of each operation that an event told of since they were read last; empty for one of no project. */
  const heard = new Map<string, string>();

  /** In a cluster one member that hangs keeps all operations from being listed; each of another member's is answered at once. */
  async function readHeard(client: DaemonClient, project: string): Promise<Operations> {
    const ids = [...heard].filter(([, of]) => of === "" || of === project).map(([id]) => id);
    const read = ids.map((id) => client.get(`/1.0/operations/${id}`, wireOperation, deadline).catch(() => undefined));
    return operationsOf({ heard: (await Promise.all(read)).filter((one) => one !== undefined) }, client.platform);
  }

  return {
    hear({ type, project = "", metadata: { id, description = "" } }) {
      if (type !== "operation" || id === undefined || !isEnding(description)) return;
      heard.set(id, project);
      const [oldest] = heard.keys();
      if (oldest !== undefined && heard.size > most) heard.delete(oldest);
    },
    async read(client, project, earlier) {
      const now = performance.now();
      const last = all.get(project) ?? { operations: noOperations, at: now };
      if (!last.failed || now - last.failed.at > askAgain)
        try {
          const known = [...heard.keys()];
          const operations = await readOperations(client, project, earlier);
          for (const id of known) heard.delete(id);
          all.set(project, { operations, at: now });
          return operations;
        } catch (error) {
          const failed = { at: performance.now(), problem: (error as Error).message };
          all.set(project, { ...last, failed });
        }
      const old = now - last.at < counts ? last.operations : noOperations;
      const { leaving, freezes, ended } = await readHeard(client, project);
      return {
        leaving: (one) => leaving(one) ?? old.leaving(one),
        freezes: (name) => freezes(name) || old.freezes(name),
        ended: new Set([...old.ended, ...ended]),
      };
    },
    forget() {
      for (const [project, { failed, ...last }] of all) if (failed) all.set(project, last);
    },
    problem: () => [...all.values()].find(({ failed }) => failed)?.failed?.problem,
  };
}

type Instances = NonNullable<Listing["instances"]>;

/** What was listed, with what is leaving by now. Undefined if nothing is that wasn't before. */
export function withLeaving(listed: Instances = new Map(), operations: Operations): Instances | undefined {
  const changed = [...listed.values()].flatMap((one) => {
    const leaving = one.leaving === undefined ? operations.leaving(one) : undefined;
    return leaving === undefined ? [] : [[one.name, { ...one, leaving }] as const];
  });
  return changed.length > 0 ? new Map([...listed, ...changed]) : undefined;
}
