import { Agent, request } from "undici";
import type { z } from "zod";
import { boundedText } from "../../../files/bounded-text.ts";
import { readKeyFile } from "../../access/key-files.ts";
import { tlsConnector } from "../../access/tls.ts";
import { EtcdError, readAnswer, refused, unanswered } from "./etcd-error.ts";
import { linesOf } from "./lines.ts";
import * as wire from "./wire.ts";

/** How an etcd is reached. Paths are absolute. */
export interface EtcdAccess {
  /** The URLs of its members, `http://127.0.0.1:2379`. One is used at a time, the next if that does not answer. */
  readonly endpoints: readonly string[];
  readonly username?: string | undefined;
  /** A file with the user's password. */
  readonly password?: string | undefined;
  readonly tls?: Pick<Parameters<typeof tlsConnector>[0], "ca" | "certificate" | "key"> | undefined;
}

export interface TxnAnswer {
  readonly succeeded: boolean;
  readonly revision: number;
  /** What each of the ranges found. */
  readonly found: readonly (readonly wire.KeyValue[])[];
}

/** etcd's JSON gateway, `/v3`. Every call throws EtcdError if it fails. */
export interface EtcdClient {
  /** No call goes on after it has aborted. */
  limit: AbortSignal | undefined;
  /** One transaction: `success` if all of `compare` hold, else `failure`. */
  txn(
    compare: readonly wire.Compare[],
    success: readonly wire.Operation[],
    failure?: readonly wire.Operation[],
  ): Promise<TxnAnswer>;
  /** Gives a lease's id. It ends so many seconds after it was last kept alive. */
  grant(seconds: number): Promise<string>;
  /** False if the lease has ended. */
  keepAlive(lease: string): Promise<boolean>;
  /** Ends a lease, and its keys. */
  revoke(lease: string): Promise<void>;
  /** What is written and deleted in a range from a revision on, as it comes. Throws when the stream ends, also because another member is used from now on. */
  watch(range: wire.Range, from: number, signal: AbortSignal): AsyncGenerator<readonly wire.KeyValue[]>;
  /** Ends all calls and streams. */
  close(): void;
}

/** How long one member may take to answer, in milliseconds. */
const patience = 4000;
/** In bytes: some hundred thousand keys; the events of one transaction. */
const longest = { answer: 128 * 1024 * 1024, line: 16 * 1024 * 1024 };

export function createEtcdClient({ endpoints, username, password, tls = {} }: EtcdAccess): EtcdClient {
  const dispatcher = new Agent({
    connect: tlsConnector(tls),
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
  });
  let at = 0;
  let moved = new AbortController();
  let token: string | undefined;

  function moveOnFrom(failed: number) {
    if (failed !== at || endpoints.length === 1) return;
    at = (at + 1) % endpoints.length;
    moved.abort();
    moved = new AbortController();
  }

  function post(url: string, path: string, sent: object, signal: AbortSignal, authorization?: string) {
    const headers = { "content-type": "application/json", ...(authorization !== undefined && { authorization }) };
    const to = `${url.replace(/\/$/, "")}/v3${path}`;
    return request(to, { method: "POST", dispatcher, signal, headers, body: JSON.stringify(sent) });
  }
  async function ask<T>(url: string, path: string, sent: object, shape: z.ZodType<T>, authorization?: string) {
    const late = AbortSignal.timeout(patience);
    const signal = client.limit ? AbortSignal.any([late, client.limit]) : late;
    const text = await post(url, path, sent, signal, authorization)
      .then(({ body }) => boundedText(body, longest.answer))
      .catch((error: unknown) => {
        throw unanswered(url, error, late.aborted ? patience : undefined);
      });
    return readAnswer(url, text, shape);
  }

  /** Undefined without a user. */
  async function tokenOf(url: string): Promise<string | undefined> {
    if (username === undefined) return undefined;
    token ??= (await ask(url, "/auth/authenticate", { name: username, password: await secret() }, wire.wireToken))
      .token;
    return token;
  }
  async function secret(): Promise<string> {
    if (password === undefined) return "";
    return await readKeyFile(password, { secret: true }).then(
      (text) => text.trim(),
      (error: Error) => {
        throw new EtcdError(error.message);
      },
    );
  }
  /** etcd forgets a token after five minutes without use, and when it starts. */
  async function withToken<T>(url: string, asked: (token: string | undefined) => Promise<T>): Promise<T> {
    try {
      return await asked(await tokenOf(url));
    } catch (error) {
      if (username === undefined || token === undefined || !(error instanceof EtcdError) || !error.unauthenticated)
        throw error;
      token = undefined;
      return await asked(await tokenOf(url));
    }
  }
  async function call<T>(path: string, sent: object, shape: z.ZodType<T>): Promise<T> {
    const failures: string[] = [];
    for (;;) {
      const asked = at;
      const url = endpoints[asked] as string;
      try {
        return await withToken(url, (known) => ask(url, path, sent, shape, known));
      } catch (error) {
        if (!(error instanceof EtcdError) || !error.elsewhere) throw error;
        failures.push(error.message);
        moveOnFrom(asked);
        if (failures.length >= endpoints.length) throw new EtcdError(failures.join("; "), { elsewhere: true });
      }
    }
  }

  async function* stream(url: string, sent: object, signal: AbortSignal, authorization?: string) {
    const { body } = await post(url, "/watch", sent, signal, authorization);
    for await (const line of linesOf(body, longest.line)) {
      const { result } = readAnswer(url, line, wire.wireWatch);
      if (result.compact_revision > 0) throw new EtcdError(`${url}: the revision to watch from was compacted`);
      if (result.canceled) throw refused(url, { code: 2, message: result.cancel_reason });
      if (result.events.length > 0) yield result.events.map(({ kv }) => kv);
    }
  }

  const client: EtcdClient = {
    limit: undefined,
    async txn(compare, success, failure = []) {
      const [yes, no] = [success.map(wire.operationFor), failure.map(wire.operationFor)];
      const sent = { compare: compare.map(wire.compareFor), success: yes, failure: no };
      const { header, succeeded, responses } = await call("/kv/txn", sent, wire.wireTxn);
      const found = responses.flatMap(({ response_range }) => (response_range ? [response_range.kvs] : []));
      return { succeeded, revision: header.revision, found };
    },
    grant: async (seconds) => (await call("/lease/grant", { TTL: seconds }, wire.wireLease)).ID,
    keepAlive: async (ID) => (await call("/lease/keepalive", { ID }, wire.wireKeepAlive)).result.TTL > 0,
    async revoke(ID) {
      await call("/lease/revoke", { ID }, wire.wireNothing);
    },
    async *watch(range, from, signal) {
      const url = endpoints[at] as string;
      const until = AbortSignal.any([signal, moved.signal]);
      const sent = { create_request: { ...wire.rangeFor(range), start_revision: String(from) } };
      try {
        yield* stream(url, sent, until, await tokenOf(url));
      } catch (error) {
        if (error instanceof EtcdError && error.unauthenticated) token = undefined;
        throw error instanceof EtcdError ? error : unanswered(url, error);
      }
      throw new EtcdError(`${url}: the watch ended`, { elsewhere: true });
    },
    close: () => void dispatcher.destroy().catch(() => {}),
  };
  return client;
}
