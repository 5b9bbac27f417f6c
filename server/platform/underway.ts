import type { LxdClient } from "./client.ts";
import { noOperations, type Operations, readOperations } from "./operations.ts";

/** Reads what goes on in projects, and remembers it for when it can't be read. */
export interface Underway {
  /** What goes on in a project, or did when it could be read last. Never rejects: a client that may not ask does without. */
  read(client: LxdClient, project: string, earlier?: Operations): Promise<Operations>;
  /** Has it ask again, though it could not be read just now. */
  forget(): void;
  /** Why it can't be read. */
  problem(): string | undefined;
}

/** How long what went on counts while it can't be read. A cluster with a member that hangs answers an error until it is offline, after 20 s. */
const counts = 30_000;
/** When it is asked for again after it could not be read, so that what hangs holds up no look. */
const askAgain = 10_000;

interface Read {
  readonly operations: Operations;
  readonly at: number;
  readonly failed?: { readonly at: number; readonly problem: string };
}

export function createUnderway(): Underway {
  const all = new Map<string, Read>();
  return {
    async read(client, project, earlier) {
      const now = performance.now();
      const last = all.get(project) ?? { operations: noOperations, at: now };
      if (!last.failed || now - last.failed.at > askAgain)
        try {
          const operations = await readOperations(client, project, earlier);
          all.set(project, { operations, at: now });
          return operations;
        } catch (error) {
          const failed = { at: performance.now(), problem: (error as Error).message };
          all.set(project, { ...last, failed });
        }
      return now - last.at < counts ? last.operations : noOperations;
    },
    forget() {
      for (const [project, { failed, ...last }] of all) if (failed) all.set(project, last);
    },
    problem: () => [...all.values()].find(({ failed }) => failed)?.failed?.problem,
  };
}
