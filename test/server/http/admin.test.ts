import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { compose } from "../../../server/document/compose.ts";
import { snapshot } from "../../../server/document/snapshot.ts";
import { createAdmin } from "../../../server/http/admin.ts";
import { createMetrics } from "../../../server/http/metrics.ts";
import { createPollers } from "../../../server/http/pollers.ts";
import type { Status } from "../../../server/http/status.ts";
import { type StatusParts, statusOf } from "../../../server/http/status-of.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { noRoutes } from "../../../server/routes/parse-routes.ts";
import { specHashes } from "../../../shared/instance-spec.ts";
import { tags } from "../../../shared/tags.ts";
import { declare, group, instance, noMarks, nothingRead, see } from "../../support/server/literals.ts";

const both = see(instance("web-0"), instance("web-1"));

/** A source as it reports itself; `problem` is that of its last look. */
function source(problem?: string): StatusParts["sources"][number] {
  const known = {
    version: "lxd 5.0.2",
    lastLook: 1000,
    lastGoodLook: 1000,
    eventsProblem: undefined,
    operationsProblem: undefined,
    members: [],
    events: 7,
    reconnects: 1,
  };
  return { name: "local", endpoint: "/lxd", problem, ...known };
}

function partsOf(observed: Observed, problem?: string, declared = declare(group("web", 2))): StatusParts {
  const { plan } = callRoll(noMemory, declared, observed);
  return {
    plan,
    snapshot: snapshot(plan),
    published: 5000,
    settling: false,
    declared,
    routes: noRoutes,
    composed: compose(plan),
    stateProblem: undefined,
    listeners: [],
    ...noMarks,
    sources: [source(problem)],
    pollers: [],
    times: { note: () => {}, of: () => 1000 },
  };
}

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<unknown>((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** A way to ask an admin listener about these parts. */
async function listening(parts: StatusParts) {
  const metrics = createMetrics({ version: "1.2.3" });
  const status = () => statusOf(parts);
  server = createServer(
    createAdmin({
      host: "127.0.0.1",
      hosts: ["rollcall.example"],
      status,
      metrics: () => metrics.render(status(), parts.sources, 0),
      writes: {
        token: { has: () => false, allows: async () => false },
        drain: () => expect.fail("no write is allowed"),
        takeBack: () => expect.fail("no write is allowed"),
        accept: new Map(),
        kept: async () => undefined,
        log: pino({ level: "silent" }),
      },
    }),
  );
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, host = `127.0.0.1:${port}`, method = "GET") =>
    new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
      request({ host: "127.0.0.1", port, path, method, headers: { host } }, (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => (body += chunk.toString()));
        const type = String(answer.headers["content-type"]);
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, type, body }));
      })
        .on("error", reject)
        .end();
    });
  return { ask, metrics };
}

describe("the admin listener", () => {
  test("is healthy whatever the sources do", async () => {
    const { ask } = await listening(partsOf(nothingRead, "nobody listens"));
    expect(await ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
  });

  test("is ready while /traefik would answer 200, and names a source that is stale", async () => {
    const { ask } = await listening(partsOf(both, "nobody listens"));
    const { status, body } = await ask("/readyz");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      state: "ready",
      waiting: [],
      stale: [{ source: "local", problem: "nobody listens" }],
      groups: null,
      memory: null,
    });
  });

  test("is not ready while /traefik would answer 423, and names the replicas that it waits for", async () => {
    const { ask } = await listening(partsOf(see(instance("web-0"))));
    const { status, body } = await ask("/readyz");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ state: "locked", waiting: [{ replica: "web-1", reason: "missing" }] });
  });

  test("answers its status as JSON", async () => {
    const parts = partsOf(both);
    const { ask } = await listening(parts);
    const { status, body } = await ask("/api/status");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual(statusOf(parts));
  });

  test("lists at / what there is, and everything else is 404", async () => {
    const { ask } = await listening(partsOf(both));
    const { body } = await ask("/");
    for (const path of body
      .split("Writes")[0]
      ?.match(/\/\S+/g)
      ?.filter((one) => one !== "/traefik") ?? [])
      expect((await ask(path)).status, path).toBe(200);
    expect(await ask("/nothing")).toMatchObject({ status: 404, type: "application/problem+json" });
    expect((await ask("/api/status", undefined, "DELETE")).status).toBe(404);
  });

  test.each([
    ["127.0.0.1", 200],
    ["localhost:7071", 200],
    ["rollcall.example", 200],
    ["evil.example", 421],
  ])("answers a Host of %s with %i on every path", async (host, status) => {
    const { ask } = await listening(partsOf(both));
    for (const path of ["/", "/healthz", "/readyz", "/metrics", "/api/status"])
      expect((await ask(path, host)).status, path).toBe(status);
  });
});

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly string[];
}

/** The families of a text in Prometheus' format; throws at a sample that belongs to none. */
function familiesOf(text: string): Map<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: string[] }>();
  for (const line of text.split("\n").filter(Boolean)) {
    const [, kind, of = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    const name = kind ? of : (/^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? "");
    const base = families.has(name) || kind ? name : name.replace(/_(bucket|sum|count)$/, "");
    const family = families.get(base) ?? { type: "", help: "", samples: [] };
    if (kind === "HELP") family.help = rest;
    else if (kind === "TYPE") family.type = rest;
    else if (families.has(base)) family.samples.push(line);
    else throw new Error(`a sample without HELP and TYPE: ${line}`);
    families.set(base, family);
  }
  return families;
}

describe("/metrics", () => {
  test("keeps promtool's rules: help, type and one family a name; _total is for counters, and every counter has it", async () => {
    const { ask, metrics } = await listening(partsOf(both));
    metrics.polled(200);
    metrics.looked("local", 0.02);
    const { type, body } = await ask("/metrics");
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    const families = familiesOf(body);
    expect(families.size).toBeGreaterThan(20);
    for (const [name, family] of families) {
      expect(family.help, name).not.toBe("");
      expect(["counter", "gauge", "histogram", "summary"], name).toContain(family.type);
      expect(name.endsWith("_total"), name).toBe(family.type === "counter");
      expect(name, "a base unit").not.toMatch(/_(ms|milliseconds|minutes|kilobytes|megabytes|percent)(_|$)/);
      for (const sample of family.samples) expect(sample).toMatch(/^[\w:]+(\{([\w]+="[^"]*",?)*\})? [-+\w.]+$/);
      expect(new Set(family.samples).size, name).toBe(family.samples.length);
    }
    expect([...body.matchAll(/^# TYPE (\S+)/gm)].length).toBe(families.size);
  });

  test("tells of the build, the sources, the groups, the snapshot and the polls", async () => {
    const { ask, metrics } = await listening(partsOf(see(instance("web-0")), "nobody listens"));
    for (const status of [200, 200, 423]) metrics.polled(status);
    metrics.looked("local", 0.02);
    const lines = (await ask("/metrics")).body.split("\n");
    for (const line of [
      'rollcall_build_info{version="1.2.3"} 1',
      'rollcall_source_up{source="local"} 0',
      'rollcall_events_total{source="local"} 7',
      'rollcall_event_reconnects_total{source="local"} 1',
      'rollcall_list_duration_seconds_count{source="local"} 1',
      'rollcall_group_declared{group="web"} 2',
      'rollcall_group_present{group="web"} 1',
      'rollcall_group_outdated{group="web"} 0',
      'rollcall_group_locked{group="web"} 1',
      "rollcall_snapshot_last_change_timestamp_seconds 5",
      'rollcall_polls_total{code="200"} 2',
      'rollcall_polls_total{code="423"} 1',
      "rollcall_config_last_reload_successful 1",
    ])
      expect(lines).toContain(line);
    const version = lines.filter((line) => line.startsWith("rollcall_snapshot_version_info{"));
    expect(version).toEqual([
      expect.stringMatching(/^rollcall_snapshot_version_info\{version="[0-9a-f]{64}",status="423"\} 1$/),
    ]);
  });

  test("tells of each output by its target: its state, failures, warnings, and when it was last written, if it was", async () => {
    const row = { version: undefined, loaded: [], since: 0, problem: undefined, warnings: [], failures: 0 };
    const outputs = [
      { ...row, target: "file /a.yml", state: "written" as const, warnings: ["w"], lastGood: 7000 },
      { ...row, target: "redis rediss://r/0 traefik/", state: "failing" as const, failures: 3, lastGood: undefined },
    ];
    const { ask } = await listening({ ...partsOf(both), outputs });
    const { body } = await ask("/metrics");
    expect(body.split("\n").filter((line) => line.startsWith("rollcall_output_"))).toEqual([
      'rollcall_output_state{target="file /a.yml",state="written"} 1',
      'rollcall_output_state{target="redis rediss://r/0 traefik/",state="failing"} 1',
      'rollcall_output_warnings{target="file /a.yml"} 1',
      'rollcall_output_warnings{target="redis rediss://r/0 traefik/"} 0',
      'rollcall_output_last_write_timestamp_seconds{target="file /a.yml"} 7',
      'rollcall_output_failures_total{target="file /a.yml"} 0',
      'rollcall_output_failures_total{target="redis rediss://r/0 traefik/"} 3',
    ]);
  });

  test("says of each Traefik of traefik.api whether it answers and whether it runs the newest document", async () => {
    const row = { name: undefined, problem: undefined, off: [], down: [], answering: true };
    const traefiks = [
      { ...row, url: "http://a", applied: [{ ordinal: 1, at: 5000 }] },
      { ...row, url: "http://b", applied: [], answering: false },
    ];
    const { ask } = await listening({ ...partsOf(see(instance("web-0"))), ordinal: 1, traefiks });
    const lines = (await ask("/metrics")).body.split("\n").filter((line) => line.startsWith("rollcall_traefik_"));
    expect(lines).toEqual([
      'rollcall_traefik_up{url="http://a"} 1',
      'rollcall_traefik_up{url="http://b"} 0',
      'rollcall_traefik_current{url="http://a"} 1',
      'rollcall_traefik_current{url="http://b"} 0',
    ]);
  });

  test("counts the replicas that were made from an older declaration, which the status names", async () => {
    const made = { image: "web", type: "container" as const, profiles: ["default"], config: {}, devices: {} };
    const declared = declare(group("api", 1), group("web", 3, { instance: made }));
    const tagged = (name: string, spec: string | undefined) =>
      instance(name, { keys: { [tags.group]: "web", ...(spec && { [tags.spec]: spec }) } });
    const current = specHashes({ instance: made })(0);
    const seen = see(tagged("web-0", current), tagged("web-1", "0123456789abcdef"), tagged("web-2", undefined));
    const { ask } = await listening(partsOf(seen, undefined, declared));
    const lines = (await ask("/metrics")).body.split("\n");
    expect(lines.filter((line) => line.startsWith("rollcall_group_outdated{"))).toEqual([
      'rollcall_group_outdated{group="api"} 0',
      'rollcall_group_outdated{group="web"} 1',
    ]);
    const { groups } = JSON.parse((await ask("/api/status")).body) as Status;
    expect(groups[1]?.replicas.map(({ spec }) => spec)).toEqual(["current", "outdated", null]);
  });

  test("shows no text of a guest, of LXD or of a client that could move a terminal's cursor", async () => {
    const hostile = "\u001b]0;owned\u0007\u009b2J\u202e";
    const observed = see(instance("web-0"), instance("web-9", { group: "web" }));
    const parts = partsOf(observed, `LXD says ${hostile}`);
    const poller = createPollers().arrive({ socket: {}, headers: { "user-agent": hostile } } as never, hostile);
    const { ask } = await listening({ ...parts, pollers: [poller] });
    for (const path of ["/api/status", "/readyz", "/metrics"])
      expect((await ask(path)).body.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]|\\u00(?:1b|07|9b)|\\u202e/u);
  });

  test("forgets a group that is gone", async () => {
    const metrics = createMetrics({ version: "1.2.3" });
    const scrape = async (...names: string[]) => {
      const parts = partsOf(both, undefined, declare(...names.map((name) => group(name, 1))));
      return (await metrics.render(statusOf(parts), [], 3)).text;
    };
    expect((await scrape("api", "web")).match(/group="api"/g)).toHaveLength(6);
    expect(await scrape("web")).not.toContain('group="api"');
  });

  test("counts on: a second scrape, or two at once, shows the same counts", async () => {
    const { ask, metrics } = await listening(partsOf(both));
    metrics.polled(200);
    const counts = async () =>
      (await ask("/metrics")).body.split("\n").filter((line) => /^rollcall_\w+_total/.test(line));
    const first = await counts();
    expect(first).toEqual([
      'rollcall_events_total{source="local"} 7',
      'rollcall_event_reconnects_total{source="local"} 1',
      'rollcall_polls_total{code="200"} 1',
    ]);
    expect(await Promise.all([counts(), counts(), counts()])).toEqual([first, first, first]);
  });
});
