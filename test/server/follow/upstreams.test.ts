import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Answer, AskOptions, OpenAccess } from "../../../server/access/open-access.ts";
import { frozen, type Snapshot } from "../../../server/document/snapshot.ts";
import { followUpstreams } from "../../../server/follow/upstreams.ts";
import { until } from "../../support/until.ts";

/** An upstream that serves a document, or fails. A poll for what is known is held for a moment. */
function upstream(url: string, body: () => string) {
  return {
    url,
    async request(_path: string, { headers, method }: AskOptions): Promise<Answer> {
      const bytes = Buffer.from(body());
      const version = createHash("sha256").update(bytes).digest("hex");
      await new Promise((resolve) => setTimeout(resolve, 5));
      const known = method !== "HEAD" && headers?.["If-None-Match"] === `"${version}"`;
      return { status: known ? 304 : 200, headers: { etag: `"${version}"` }, body: bytes };
    },
    close: async () => {},
  } satisfies OpenAccess;
}

const documentOf = (name: string) =>
  JSON.stringify({ http: { services: { [name]: { loadBalancer: { servers: [{ url: "http://192.0.2.1" }] } } } } });

/** Follows them, with what is served and how to end that. `say` gets the details of each line of the log. */
function follow(ways: readonly OpenAccess[], probeEvery: number, say: (details: object) => void = () => {}) {
  const stop = new AbortController();
  let current: Snapshot = frozen({ status: 423, body: Buffer.from("{}") });
  const upstreams = followUpstreams({
    ...{ ways, name: "edge", agent: "rollcall-follow/1", traefik: "3.7", probeEvery, signal: stop.signal },
    current: () => current,
    acknowledged: () => current.version,
    take: (snapshot) => {
      current = snapshot;
    },
    log: { info: say, warn: say },
  });
  return { stop, upstreams, current: () => current };
}

test("an earlier upstream that is well again is returned to once it has the same document, and until then the difference is said", async () => {
  let first: string | undefined = "a";
  let second = "a";
  const lines: string[] = [];
  const polled: string[] = [];
  const one = upstream("http://one:7070", () => {
    if (first === undefined) throw new Error("gone");
    return documentOf(first);
  });
  const two = upstream("http://two:7070", () => documentOf(second));
  const noted = (way: OpenAccess): OpenAccess => ({
    ...way,
    request(path, options) {
      if (options.method !== "HEAD") polled.push(way.url);
      return way.request(path, options);
    },
  });
  const { stop, upstreams, current } = follow([noted(one), noted(two)], 20, (details) => {
    lines.push(JSON.stringify(details));
  });
  const serves = (name: string) => current().body.toString() === documentOf(name);
  await until("the first is followed", () => serves("a"));
  first = undefined;
  await until("the second is followed", () => polled.at(-1) === two.url);
  second = "b";
  await until("its document is taken", () => serves("b"));
  first = "a";
  await until("the difference is said", () => /another document/.test(upstreams.rows()[0]?.problem ?? ""));
  expect(serves("b")).toBe(true);
  expect(polled.at(-1)).toBe(two.url);
  first = "b";
  await until("it is returned to", () => polled.at(-1) === one.url);
  expect(upstreams.rows()).toMatchObject([{ problem: undefined }, { problem: undefined }]);
  stop.abort();
  await upstreams.ended;
  expect(lines.filter((line) => line.includes("gone"))).toHaveLength(1);
});

test("one that hangs is given up 2 s after a poll that is not held and 5 s after a held one, for the next; what it served stays", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let hung = "http://one:7070";
  const polled: string[] = [];
  const hangs = (way: OpenAccess): OpenAccess => ({
    ...way,
    async request(path, options) {
      if (options.method !== "HEAD") polled.push(way.url);
      if (way.url !== hung) return way.request(path, options);
      await new Promise((late) => setTimeout(late, options.deadline));
      throw new Error(`no whole answer within ${options.deadline} ms`);
    },
  });
  const ways = ["http://one:7070", "http://two:7070"].map((url) => hangs(upstream(url, () => documentOf("a"))));
  const { stop, upstreams, current } = follow(ways, 3_600_000);
  await vi.advanceTimersByTimeAsync(1999);
  expect(polled).toEqual(["http://one:7070"]);
  await vi.advanceTimersByTimeAsync(100);
  expect(polled.at(-1)).toBe("http://two:7070");
  expect(upstreams.rows()[0]?.problem).toBe("no whole answer within 2000 ms");
  hung = "http://two:7070";
  await vi.advanceTimersByTimeAsync(4900);
  expect(polled.at(-1)).toBe("http://two:7070");
  await vi.advanceTimersByTimeAsync(200);
  expect(polled.at(-1)).toBe("http://one:7070");
  expect(upstreams.rows()[1]?.problem).toBe("no whole answer within 5000 ms");
  expect(current().body.toString()).toBe(documentOf("a"));
  stop.abort();
  await vi.advanceTimersByTimeAsync(5000);
  await upstreams.ended;
});

test("what came packed is served packed as it came, and only if nothing follows it", async () => {
  const whole = gzipSync(documentOf("a"), { level: 0 });
  let packed = Buffer.concat([whole, Buffer.alloc(8)]);
  const plain = upstream("http://one:7070", () => documentOf("a"));
  const packs: OpenAccess = {
    ...plain,
    async request(path, options) {
      const { headers, ...answer } = await plain.request(path, options);
      return { ...answer, headers: { ...headers, "content-encoding": "gzip" }, body: packed };
    },
  };
  const { stop, upstreams, current } = follow([packs], 3_600_000);
  await until("it is refused", () => /not those of the version/.test(upstreams.rows()[0]?.problem ?? ""));
  packed = whole;
  await until("it is followed", () => current().status === 200);
  expect(current().body.toString()).toBe(documentOf("a"));
  expect(current().gzip).toBe(whole);
  stop.abort();
  await upstreams.ended;
});
