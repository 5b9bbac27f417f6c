import { hostname } from "node:os";
import { harmless } from "../../../files/harmless.ts";
import type { Keyed } from "../key-value/flatten.ts";
import type { Report, Writer, Written } from "../writer.ts";
import { chunksOf, limits, type Tree } from "./chunks.ts";
import { createEtcdClient, type EtcdAccess } from "./client.ts";
import { documentKey, documentValue, hasBody, versionOf, writerKey } from "./document-value.ts";
import { EtcdError } from "./etcd-error.ts";
import { createTurn } from "./turn.ts";
import type { Compare, Operation } from "./wire.ts";

export interface EtcdOutput extends EtcdAccess {
  /** The root of Traefik's provider. */
  readonly prefix: string;
  /** After so many seconds without a word from the writer another server takes over. */
  readonly lease: number;
}

/** How long giving back the lease may take, in milliseconds. It ends by itself. */
const longestEnd = 1000;
/** In bytes. A transaction holds it and more. */
const longestDocument = limits.bytes - 100_000;

/** What lies in etcd, as of a revision. */
interface Known {
  readonly revision: number;
  readonly tree: Tree;
  /** The version of the whole document beside it; undefined if rollcall has never written there. */
  readonly version: string | undefined;
}

/**
 * Writes documents as the keys of Traefik's etcd provider, and as one key for followers: only what differs, in as few transactions as etcd
 * takes, each of which holds only while it is this server's turn and nobody else has written under the prefix.
 */
export function createEtcdWriter(output: EtcdOutput, keysOf: (document: Written) => Keyed, name = self()): Writer {
  const prefix = `${output.prefix}/`;
  const target = `etcd ${output.endpoints.join(" ")} ${prefix}`;
  const client = createEtcdClient(output);
  const turn = createTurn(client, writerKey(output.prefix), name, output.lease);
  const key = documentKey(output.prefix);
  /** What lies there, if that is known, and what this writer has written last. */
  let known: Known | undefined;
  let written: Known | undefined;
  let isTooLarge = false;

  async function look(): Promise<Known> {
    const ranges: Operation[] = [{ range: { key: prefix, isPrefix: true } }, { range: { key } }];
    const { revision, found } = await client.txn([], ranges);
    const [tree = [], [document] = []] = found;
    return {
      revision,
      tree: new Map(tree.map((one) => [one.key, one.value.toString()])),
      version: document && versionOf(document.value),
    };
  }

  /** False if a transaction did not hold: then nothing of it was done. */
  async function put(fence: Compare, from: Known, { version, body }: Written, tree: Tree, signal: AbortSignal) {
    const whole: Operation[] = [];
    if (from.version !== version) {
      const value = documentValue(version, body, longestDocument);
      isTooLarge = !hasBody(value);
      whole.push({ put: key, value });
    }
    const chunks = chunksOf(from.tree, tree, prefix, whole);
    if (from.version === undefined) refuseForeign(chunks, from.tree, prefix);
    let { revision } = from;
    for (const chunk of chunks) {
      signal.throwIfAborted();
      known = undefined;
      const answer = await client.txn([fence, { prefix, unchangedSince: revision }], chunk);
      if (!answer.succeeded) return false;
      revision = answer.revision;
    }
    known = written = { revision, tree, version };
    return true;
  }

  async function write(document: Written, signal: AbortSignal): Promise<Report> {
    client.limit = signal;
    const { keys, warnings } = keysOf(document);
    const last = written;
    for (let tries = 0; tries < 5; tries++) {
      const mine = await turn.take();
      if ("holder" in mine) return { warnings: [], standby: await standby(mine.holder, document.version) };
      known ??= await look();
      const isOther = last !== undefined && known.revision !== last.revision && !isEqual(known.tree, last.tree);
      if (await put(mine.fence, known, document, keys, signal))
        return {
          warnings: isTooLarge ? [...warnings, tooLarge] : warnings,
          repaired: isOther ? `${target}: the keys were not those that were last written` : undefined,
        };
      turn.doubt();
    }
    throw new Error(`somebody else writes under ${prefix} all the time: nobody but rollcall may`);
  }

  async function standby(holder: string, version: string): Promise<string> {
    known = written = undefined;
    const [document] = (await client.txn([], [{ range: { key } }])).found.flat();
    const there = document && versionOf(document.value);
    const shown = there === version ? "the same document" : `another document, ${there?.slice(0, 12) ?? "unknown"}`;
    return `${holder} writes it, at present ${shown}`;
  }

  async function inWords<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // What lies there now is not known.
      known = undefined;
      throw error instanceof EtcdError ? new Error(error.message) : error;
    }
  }

  return {
    target,
    write: (document, signal) => inWords(write(document, signal)),
    check(document, signal) {
      known = undefined;
      turn.doubt();
      return inWords(write(document, signal));
    },
    async close() {
      client.limit = AbortSignal.timeout(longestEnd);
      await turn.end();
      client.close();
    },
  };
}

const tooLarge = "the whole document is too large for one value of etcd: no server can follow it from there";

/** A prefix that rollcall has never written to may hold what somebody else needs. */
function refuseForeign(chunks: readonly (readonly Operation[])[], tree: Tree, prefix: string) {
  const foreign = chunks
    .flat()
    .flatMap((one) => ("delete" in one ? [one.delete] : "put" in one && tree.has(one.put) ? [one.put] : []));
  const [first] = foreign;
  if (first === undefined) return;
  throw new Error(
    `${prefix} holds keys that are not rollcall's (${foreign.length}), such as ${harmless(first).slice(0, 200)}: remove them (etcdctl del --prefix ${prefix}) or choose another prefix`,
  );
}

function isEqual(one: Tree, other: Tree): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** Two servers of one machine differ by their process. */
function self(): string {
  return `${hostname()} (process ${process.pid})`;
}
