import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import {
  loadBalancerSchema,
  routerSchema,
  tcpLoadBalancerSchema,
  tcpRouterSchema,
} from "../../shared/traefik-fields.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import {
  everyLoadBalancerKey,
  everyRouterKey,
  everyTcpLoadBalancerKey,
  everyTcpRouterKey,
  neighbours,
  tcpCases,
  traefikCases,
} from "../support/cases/traefik-cases.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** The real Traefik takes what the server makes of every group file that the schema takes. */

const { binary, missing } = await realTraefik();

interface Known {
  readonly rule?: string;
  readonly status: string;
  readonly error?: string[];
  readonly loadBalancer?: { readonly servers?: readonly object[] };
}

test("the cases know every key of the schema", () => {
  expect(keysOf(everyLoadBalancerKey)).toEqual(keysIn(z.toJSONSchema(loadBalancerSchema(newestTraefik)) as JsonSchema));
  const router = { rule: "", parentRefs: [], ...everyRouterKey };
  expect(keysOf(router)).toEqual(keysIn(z.toJSONSchema(routerSchema(newestTraefik)) as JsonSchema));
  const tcpKeys = z.toJSONSchema(tcpLoadBalancerSchema(newestTraefik)) as JsonSchema;
  expect(keysOf(everyTcpLoadBalancerKey)).toEqual(keysIn(tcpKeys));
  const tcpRouter = { rule: "", ...everyTcpRouterKey };
  expect(keysOf(tcpRouter)).toEqual(keysIn(z.toJSONSchema(tcpRouterSchema(newestTraefik)) as JsonSchema));
});

describe.skipIf(missing !== undefined)(titled("the real Traefik takes a group with", missing), () => {
  let lxd: EmbeddedDaemon;
  let stage: Stage;
  let server: Rollcall;
  let traefik: Traefik;
  beforeAll(async () => {
    lxd = await createEmbeddedDaemon();
    stage = await openStage({ socket: lxd.socket, project: "rollcall-keys", binary });
    const file = join(stage.path, "neighbours.yaml");
    writeFileSync(file, neighbours);
    await stage.launch(["web-0"]);
    stage.declare("web", 1);
    const uses = ["few", "header", "parent", "strict", "transport"].map((name) => `${name}@file`);
    server = await stage.serve({ settle: "1ms", traefik: { uses } });
    const quick = ["--providers.http.pollInterval=100ms", "--providers.providersThrottleDuration=0s"];
    const udp = `--entryPoints.udp.address=127.0.0.1:${await freePort()}/udp`;
    traefik = await stage.traefik([...quick, udp, `--providers.file.filename=${file}`]);
  });
  afterAll(async () => {
    await stage?.close();
    await lxd?.close();
  });

  /** Declares a group of one replica, and looks at what Traefik has of it: in a section, a router of that rule. */
  async function take(section: string, service: object, router: { readonly rule?: string }): Promise<void> {
    const group = { name: "web", project: stage.project, replicas: 1, service: { port: 3000, ...service }, router };
    const logged = traefik.log().length;
    writeFileSync(join(stage.path, "groups", "web.yaml"), stringify(group));
    const refused = () => /cannot decode configuration data[^"]*/.exec(traefik.log().slice(logged))?.[0];
    const known = await until("Traefik has it", async () => {
      const problem = refused() ?? (await server.status()).groupsDirectory.problem;
      if (problem) throw new Error(problem);
      const one = await traefik.api<Known>(`/api/${section}/routers/web@http`).catch(() => undefined);
      return one?.rule === router.rule && one;
    });
    expect(known).toMatchObject({ status: "enabled" });
    expect(known.error).toBeUndefined();
    const balanced = await traefik.api<Known>(`/api/${section}/services/web@http`);
    expect(balanced).toMatchObject({ status: "enabled" });
    expect(balanced.error).toBeUndefined();
    expect(balanced.loadBalancer?.servers).toHaveLength(1);
    expect(refused()).toBeUndefined();
  }

  test.each(traefikCases.map((one, number) => ({ ...one, number })))(
    "$title",
    async ({ number, loadBalancer, router }) => {
      const rule = `Host(\`case-${number}.localhost\`)`;
      await take("http", { ...(loadBalancer && { loadBalancer }) }, { rule, ...router });
    },
  );

  test("weights", () => take("http", { weights: { "web-0": 65_535 } }, { rule: "Host(`weights.localhost`)" }));

  test.each(tcpCases.map((one, number) => ({ ...one, number })))("$title", async ({ number, loadBalancer, router }) => {
    const rule = `HostSNI(\`*\`) && ClientIP(\`10.0.${number}.0/24\`)`;
    await take("tcp", { protocol: "tcp", ...(loadBalancer && { loadBalancer }) }, { rule, ...router });
  });

  test.each([
    ["TCP: tls of the servers", true],
    ["TCP: no tls of the servers", false],
  ])("%s", (_, tls) =>
    take("tcp", { protocol: "tcp", tls }, { rule: `HostSNI(\`*\`) && ClientIP(\`10.9.${Number(tls)}.0/24\`)` }),
  );

  test("UDP: entry points", () => take("udp", { protocol: "udp" }, { entryPoints: ["udp"] } as object));
});

/** Every path of keys of a value, sorted. The names of headers are anybody's. */
function keysOf(value: object): string[] {
  return Object.entries(value)
    .flatMap(([key, inner]: [string, unknown]): string[] => {
      if (typeof inner !== "object" || inner === null || key === "headers") return [key];
      const objects: object[] = Array.isArray(inner) ? inner.filter((item) => typeof item === "object") : [inner];
      return [key, ...objects.flatMap(keysOf).map((below) => `${key}.${below}`)];
    })
    .sort();
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  /** Of a key that is known only in order to be refused with a reason. */
  readonly not?: object;
}

/** Every path of keys that a schema takes, sorted. */
function keysIn({ properties = {}, items }: JsonSchema): string[] {
  const own = Object.entries(properties)
    .filter(([, { not }]) => not === undefined)
    .flatMap(([key, inner]) => [key, ...keysIn(inner).map((below) => `${key}.${below}`)]);
  return [...own, ...(items ? keysIn(items) : [])].sort();
}
