import type { OpenAccess } from "../access/open-access.ts";
import { type Watched, watchDocument } from "../outputs/etcd/watch-document.ts";
import type { EtcdSettings } from "../outputs/key-value/settings.ts";
import { createWakeUp, type WakeUp } from "../sources/wake.ts";

/** Answers polls as a provider listener does, from the whole document that another rollcall writes to an etcd. Who reads what here is not known there. */
export function openEtcd({ etcd, prefix, username, password, tls }: EtcdSettings): OpenAccess {
  const url = `etcd://${etcd.map((member) => new URL(member).host).join(",")}/${prefix}`;
  const stop = new AbortController();
  const waiting = new Set<WakeUp>();
  const told: Watched & { problem?: string | undefined } = { version: "", body: Buffer.alloc(0) };
  const tell = (news: Partial<typeof told>) => {
    Object.assign(told, news);
    for (const one of waiting) one.ring();
  };
  const ended = watchDocument(
    { endpoints: etcd, username, password, tls },
    { prefix, onDocument: tell, onProblem: (problem) => tell({ problem }), signal: stop.signal },
  );

  async function rung(ms: number, signal: AbortSignal) {
    const bell = createWakeUp();
    waiting.add(bell);
    await bell.wait(ms, signal);
    waiting.delete(bell);
    signal.throwIfAborted();
  }
  return {
    url,
    async request(path, { method, headers, signal, deadline = 10_000 }) {
      const known = headers?.["If-None-Match"];
      const hold = Number(/[?&]hold=(\d+)ms/.exec(path)?.[1] ?? 0);
      const isSame = () => known === `"${told.version}"`;
      if (told.problem === undefined && told.version === "") await rung(deadline, signal);
      if (told.problem === undefined && isSame()) await rung(hold, signal);
      if (told.problem !== undefined) throw new Error(told.problem);
      if (told.version === "") throw new Error(`${url}: no document within ${deadline / 1000} s`);
      const { version, body } = told;
      return { status: method !== "HEAD" && isSame() ? 304 : 200, headers: { etag: `"${version}"` }, body };
    },
    async close() {
      stop.abort();
      await ended;
    },
  };
}
