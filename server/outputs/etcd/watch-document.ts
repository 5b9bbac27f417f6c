import { setTimeout as sleep } from "node:timers/promises";
import { createEtcdClient, type EtcdAccess } from "./client.ts";
import { documentKey, readDocumentValue } from "./document-value.ts";
import type { KeyValue } from "./wire.ts";

export interface Watched {
  readonly version: string;
  readonly body: Buffer;
}

export interface WatchOptions {
  /** The root of Traefik's provider, by which the document's key is named. */
  readonly prefix: string;
  /** Is called with each document, whose body has been verified; the first time as soon as etcd answers. */
  readonly onDocument: (document: Watched) => void;
  /** Is called with a sentence when there is no document or etcd does not answer, and with undefined when that is over. */
  readonly onProblem: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
  /** After so many milliseconds, up to twice as many, without an event it asks whether there was one: a stream can hang. */
  readonly patience?: number;
}

/** Follows the key with the whole document until the signal aborts; tries again after growing gaps. */
export async function watchDocument(access: EtcdAccess, options: WatchOptions): Promise<void> {
  const { signal, onProblem, patience = 10_000 } = options;
  const client = createEtcdClient(access);
  const key = documentKey(options.prefix);
  let seen = 0;

  function take({ modified, created, value }: KeyValue) {
    // One that was deleted says nothing of what Traefik should run.
    if (modified <= seen || created === 0) return;
    // One that can't be read is looked at again: its problem stays until there is another.
    options.onDocument(readDocumentValue(value));
    seen = modified;
  }
  /** Looks what lies there now. Gives the revision of the answer. */
  async function look(): Promise<number> {
    const unchanged = seen === 0 ? { key, created: 0 } : { prefix: key, unchangedSince: seen };
    const { found, revision } = await client.txn([unchanged], [], [{ range: { key } }]);
    // Another etcd, or one from a backup: its revisions are lower.
    if (revision < seen) {
      seen = 0;
      return await look();
    }
    const [there] = found.flat();
    if (there) take(there);
    else if (seen === 0)
      throw new Error(`there is no key ${key}: does a rollcall write to this etcd, with this prefix?`);
    onProblem(undefined);
    return revision;
  }
  /** Takes what is written after a revision. Ends when the stream has missed something, or a look fails. */
  async function follow(after: number): Promise<void> {
    const over = new AbortController();
    const events = client.watch({ key }, after + 1, AbortSignal.any([signal, over.signal]));
    let next = events.next();
    try {
      for (;;) {
        // Each at a time of its own: all heard of the last change at once.
        const came = await within(patience * (1 + Math.random()), next);
        if (came?.done) return;
        for (const one of came?.value ?? []) take(one);
        if (came) next = events.next();
        const known = seen;
        if (!came) await look();
        if (seen !== known) return;
      }
    } finally {
      over.abort();
      next.catch(() => {});
    }
  }

  for (let gap = 250; !signal.aborted; ) {
    try {
      const revision = await look();
      gap = 250;
      await follow(revision);
    } catch (error) {
      if (signal.aborted) break;
      onProblem((error as Error).message);
      await sleep(gap * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      gap = Math.min(gap * 2, 5000);
    }
  }
  client.close();
}

/** Undefined if it takes longer than so many milliseconds. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  return await Promise.race([work, late]).finally(() => over.abort());
}
