import { createServer, Agent as HttpAgent, type IncomingHttpHeaders, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPublisher, type Publisher } from "../../../server/document/publisher.ts";
import { snapshot } from "../../../server/document/snapshot.ts";
import { createProviderApp } from "../../../server/http/admin.ts";
import { providerListener } from "../../../server/http/listeners.ts";
import { createPollers, type Pollers } from "../../../server/http/pollers.ts";
import { createProviderRoute, type ProviderRoute } from "../../../server/http/provider.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, lockedSnapshot, see, snapshotOf } from "../../support/server/literals.ts";
import { until } from "../../support/until.ts";

const of = snapshotOf;
const locked = lockedSnapshot(2);

let server: Server;
let publisher: Publisher;
let pollers: Pollers;
let route: ProviderRoute;
/** How far the pollers' clock is ahead, in milliseconds. */
let ahead = 0;
const agents: HttpAgent[] = [];

beforeEach(async () => {
  publisher = createPublisher(of(1), 0, (error) => expect.fail(String(error)));
  ahead = 0;
  pollers = createPollers(() => Date.now() + ahead);
  route = createProviderRoute({
    publisher,
    pollers,
    hold: "auto",
    onPoll: () => {},
    onGiven: () => {},
    onCut: () => {},
  });
  server = createServer(providerListener(route, createProviderApp("127.0.0.1", []), "127.0.0.1", []));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  publisher.close();
  for (const agent of agents.splice(0)) agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  ms: number;
}

/** A client with one connection, as Traefik's provider is. */
function client() {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return (
    path = "/traefik",
    {
      method = "GET",
      headers = {},
      signal,
    }: { method?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) =>
    new Promise<Answer>((resolve, reject) => {
      const began = performance.now();
      const { port } = server.address() as AddressInfo;
      const sent = request(
        { host: "127.0.0.1", port, path, method, headers, agent, ...(signal && { signal }) },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks),
              ms: performance.now() - began,
            }),
          );
        },
      );
      sent.on("error", reject);
      sent.end();
    });
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("GET /traefik", () => {
  test("answers the snapshot's bytes with their version", async () => {
    const { status, headers, body } = await client()();
    expect([status, headers["content-type"], headers.etag]).toEqual([200, "application/json", `"${of(1).version}"`]);
    expect(body).toEqual(of(1).body);
  });

  test("answers gzip to whoever takes it, and the same bytes inside", async () => {
    const { headers, body } = await client()("/traefik", { headers: { "accept-encoding": "deflate, gzip" } });
    expect(headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(body)).toEqual(of(1).body);
    const refused = await client()("/traefik", { headers: { "accept-encoding": "gzip;q=0" } });
    expect(refused.headers["content-encoding"]).toBeUndefined();
  });

  test("answers 304 only to a client that names the version", async () => {
    const same = await client()("/traefik", { headers: { "if-none-match": `"x", W/"${of(1).version}"` } });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    expect((await client()("/traefik", { headers: { "if-none-match": '"x"' } })).status).toBe(200);
  });

  test("answers 423 with all replicas that it waits for, as a problem", async () => {
    publisher.offer(locked);
    const { status, headers, body } = await client()("/traefik?hold=off");
    expect([status, headers["content-type"], headers["retry-after"]]).toEqual([423, "application/problem+json", "1"]);
    const problem = JSON.parse(body.toString());
    expect(problem.status).toBe(423);
    expect(problem.waiting).toHaveLength(2);
    expect(problem.waiting[1]).toMatchObject({ group: "web", replica: "web-1", reason: "not-read" });
  });

  test("names the pending replicas in Rollcall-Waiting", async () => {
    const first = callRoll(noMemory, declare(group("web", 1)), see(instance("web-0")));
    const { plan } = callRoll(first.memory, declare(group("web", 3)), see(instance("web-0")));
    publisher.offer(snapshot(plan));
    const { status, headers } = await client()();
    expect([status, headers["rollcall-waiting"]]).toEqual([200, "web-1,web-2"]);
  });
});

describe("other requests", () => {
  test("HEAD has the headers and no body", async () => {
    const { status, headers, body } = await client()("/traefik", { method: "HEAD" });
    expect([status, headers["content-length"], body.length]).toEqual([200, String(of(1).body.length), 0]);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is 405 and names what is allowed", async (method) => {
    const { status, headers } = await client()("/traefik", { method });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  test("an unknown path is 404, an invalid hold is 400", async () => {
    expect((await client()("/traefikx")).status).toBe(404);
    const { status, body } = await client()("/traefik?hold=soon");
    expect([status, JSON.parse(body.toString()).detail]).toEqual([400, expect.stringContaining("900ms")]);
  });

  test.each([
    ["127.0.0.1", 200],
    ["localhost:7070", 200],
    ["rollcall.localhost", 200],
    ["[::1]:7070", 200],
    ["evil.example", 421],
    ["127.0.0.1.evil.example", 421],
  ])("a Host of %s gets %i", async (host, status) => {
    expect((await client()("/traefik", { headers: { host } })).status).toBe(status);
  });
});

describe("what a poller was given", () => {
  const given = () => pollers.list()[0]?.given?.ordinal;

  test("is the ordinal of its last document, by 200 or 304, and not of a 423", async () => {
    const get = client();
    await get("/traefik?hold=off");
    expect(given()).toBe(1);
    publisher.offer(of(2));
    await get("/traefik?hold=off", { headers: { "if-none-match": `"${of(2).version}"` } });
    expect(given()).toBe(2);
    publisher.offer(locked);
    expect((await get("/traefik?hold=off")).status).toBe(423);
    expect(given()).toBe(2);
    // The same document after a lock is no other one.
    publisher.offer(of(2));
    publisher.offer(of(3));
    await get("/traefik?hold=off");
    expect(given()).toBe(3);
  });

  test("is nothing while it does not read the answer", async () => {
    const { port } = server.address() as AddressInfo;
    publisher.offer({ ...of(2), body: Buffer.alloc(16 * 1024 * 1024, " ") });
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write("GET /traefik HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until("it is answered", () => pollers.list()[0]?.status === 200);
    await pause(50);
    expect(given()).toBeUndefined();
    socket.resume();
    await until("it is given", () => given() === 2);
    socket.destroy();
  });
});

/** A poll that is held for long, and how soon it is answered where it is not: both are far from what a busy machine may take. */
const long = "/traefik?hold=20s";
const atOnce = 4000;
const isHeld = () => until("a poll is held", () => pollers.list().some(({ held }) => held));

describe("a held poll", () => {
  test("is answered at once on a new connection, then held, and answered as soon as there is a new version", async () => {
    const get = client();
    expect((await get(long)).ms).toBeLessThan(atOnce);
    const held = get(long);
    await isHeld();
    publisher.offer(of(2));
    const { body, ms } = await held;
    expect(ms).toBeLessThan(atOnce);
    expect(body).toEqual(of(2).body);
    expect(pollers.list()[0]?.version).toBe(of(2).version);
  });

  test("without news is answered with the same bytes before 0.9 of the poller's interval are over", async () => {
    const get = client();
    await get();
    // Without a gap that it has seen, the server would hold it for 4.5 s.
    await pause(500);
    const { status, ms, body } = await get();
    expect(ms).toBeGreaterThan(400);
    expect(ms).toBeLessThan(4000);
    expect([status, body]).toEqual([200, of(1).body]);
  });

  test("is answered at once when the client has an older version", async () => {
    const get = client();
    await get(long);
    publisher.offer(of(2));
    expect((await get(long)).ms).toBeLessThan(atOnce);
  });

  test("that would get 423 is held too, and gets the document the moment it is unlocked", async () => {
    publisher.offer(locked);
    const held = client()();
    await isHeld();
    const unlocked = performance.now();
    publisher.offer(of(2));
    expect((await held).status).toBe(200);
    // Left alone it would have been answered 2 s after it came.
    expect(performance.now() - unlocked).toBeLessThan(1500);
  });

  test("that would get 423 gets it after 2 s, though the list of missing replicas changes meanwhile", async () => {
    publisher.offer(locked);
    const held = client()();
    await isHeld();
    publisher.offer(snapshot(callRoll(noMemory, declare(group("web", 2)), see(instance("web-0"))).plan));
    const { status, ms, body } = await held;
    expect([status, JSON.parse(body.toString()).waiting.length]).toEqual([423, 1]);
    expect(ms).toBeGreaterThan(1950);
    expect(ms).toBeLessThan(10_000);
  });

  test("that the client cuts halves its own holds, and not those of a Traefik at the same address", async () => {
    const get = client();
    await get("/traefik?hold=2s");
    const cut = new AbortController();
    const held = get("/traefik?hold=2s", { signal: cut.signal }).catch((error: Error) => error.name);
    await isHeld();
    cut.abort();
    expect(await held).toBe("AbortError");
    await until("the server has seen it", () => pollers.list()[0]?.cap === 1000);
    const traefik = client();
    const headers = { "user-agent": "Traefik" };
    await traefik("/traefik?hold=1200ms", { headers });
    expect((await traefik("/traefik?hold=1200ms", { headers })).ms).toBeGreaterThan(1100);
    await get(long);
    const { ms } = await get(long);
    expect(ms).toBeGreaterThan(950);
    expect(ms).toBeLessThan(5000);
  });

  test("is not held behind a proxy", async () => {
    const get = client();
    await get("/traefik", { headers: { via: "1.1 proxy" } });
    // After such a gap any other poller would be held for 4.5 s.
    ahead = 10_000;
    expect((await get("/traefik", { headers: { via: "1.1 proxy" } })).ms).toBeLessThan(atOnce);
  });

  test("is answered when the server stops", async () => {
    const get = client();
    await get(long);
    const held = get(long);
    await isHeld();
    route.release();
    const { status, ms } = await held;
    expect(status).toBe(200);
    expect(ms).toBeLessThan(atOnce);
  });
});

describe("pollers", () => {
  test("two at once are two rows, each with the version it was given", async () => {
    const [one, two] = [client(), client()];
    await one("/traefik?name=edge1");
    await two("/traefik?name=edge2");
    publisher.offer(of(2));
    await two("/traefik?name=edge2");
    expect(pollers.list().map(({ name, version }) => [name, version])).toEqual([
      ["edge1", of(1).version],
      ["edge2", of(2).version],
    ]);
  });

  test("one that comes back on a new connection is the same row", async () => {
    for (let i = 0; i < 3; i++) {
      await client()("/traefik", { headers: { "user-agent": "Go-http-client/1.1" } });
      for (const agent of agents.splice(0)) agent.destroy();
      await pause(20);
    }
    expect(pollers.list().map(({ polls }) => polls)).toEqual([3]);
  });
});
