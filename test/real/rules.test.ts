import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { parseRule } from "../../traefik/rule/parse.ts";
import { priorityOf } from "../../traefik/rule/priority.ts";
import type { RuleKind } from "../../traefik/rule/rule.ts";
import { httpRules, tcpRules } from "../support/cases/rules.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runs } from "../support/runs.ts";
import { findTraefik, startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/**
 * What the real Traefik says of made rules, right ones and wrong ones, is what the parser says. They are made from the
 * number ROLLCALL_TEST_SEED; a failure names the number that it had. That both kinds are made is tested in generators.test.ts.
 */

const { missing } = await realTraefik();
const seed = Number(process.env.ROLLCALL_TEST_SEED ?? Date.now() % 2 ** 31);
const amount = runs(70);

interface Router {
  readonly name: string;
  readonly rule?: string;
  readonly status: string;
  readonly priority?: number;
  readonly error?: readonly string[];
}

describe.skipIf(missing !== undefined)(titled("the verdict on a rule is that of Traefik", missing), () => {
  let document = "";
  let traefik: Traefik | undefined;
  const server: Server = createServer((_, answer) => answer.end(document));
  afterEach(async () => {
    await traefik?.stop();
    traefik = undefined;
  });
  afterAll(() => server.close());

  test.each(["3.7.15", "3.6.15", "3.0.4"])("%s", async (version) => {
    const found = await findTraefik(version);
    if (!("binary" in found)) throw new Error(found.reason);
    if (!server.listening) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    const rules = { http: made(httpRules, amount), tcp: made(tcpRules, amount / 2) };
    document = body(rules);
    traefik = await startTraefik({
      binary: found.binary,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    });
    const wrong: string[] = [];
    for (const kind of ["http", "tcp"] as const) {
      const told = await routers(traefik, kind, rules[kind].length);
      for (const [index, rule] of rules[kind].entries()) {
        const router = told.get(`r${index}@http`);
        const reading = parseRule(rule, { kind, traefik: version });
        if (!router || (router.rule ?? "") !== rule || reading.ok !== (router.status === "enabled"))
          wrong.push(`${rule}: ${router?.error ?? router?.status}, and ours: ${reading.ok || reading.problem.message}`);
      }
      const enabled = [...told.values()].filter(({ status }) => status === "enabled");
      for (const { rule = "", priority } of enabled)
        if (priority !== undefined) expect([rule, priority]).toEqual([rule, priorityOf(rule, kind)]);
    }
    expect(wrong, `made from ${seed}`).toEqual([]);
  });
});

function made(rules: fc.Arbitrary<string>, count: number): string[] {
  return fc.sample(rules, { numRuns: count, seed });
}

function body({ http, tcp }: Readonly<Record<Exclude<RuleKind, "labels">, readonly string[]>>): string {
  const named = (rules: readonly string[], more: object) =>
    Object.fromEntries(rules.map((rule, index) => [`r${index}`, { rule, service: "s", ...more }]));
  return JSON.stringify({
    http: {
      routers: named(http, {}),
      services: { s: { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } } },
    },
    tcp: {
      routers: named(tcp, { tls: { passthrough: true } }),
      services: { s: { loadBalancer: { servers: [{ address: "127.0.0.1:1" }] } } },
    },
  });
}

async function routers(traefik: Traefik, kind: RuleKind, count: number): Promise<Map<string, Router>> {
  return await until(`Traefik has the ${kind} routers`, async () => {
    if (/cannot decode/.test(traefik.log())) throw new Error(traefik.log().slice(-500));
    const all = await traefik.api<Router[]>(`/api/${kind}/routers?per_page=10000`);
    const ours = all.filter(({ name }) => name.endsWith("@http"));
    return ours.length === count && new Map(ours.map((router) => [router.name, router]));
  });
}
