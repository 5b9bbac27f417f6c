import { expect, test } from "vitest";
import { until } from "../../support/until.ts";
import type { GoldenStage } from "./golden-stage.ts";

/** How routers are chosen, and what is kept of them. */
export function routers(golden: () => GoldenStage): void {
  const text = async (host: string, headers: Record<string, string> = {}) =>
    (await golden().ask(host, { headers })).text;

  test("the higher priority is asked first", async () => {
    expect([await text("priority.test"), await text("priority.test", { "x-version": "next" })]).toEqual(["one", "two"]);
  });

  test("ruleSyntax says how a rule is read", async () => {
    const hosts = ["syntax-v2.test", "syntax-v2-too.test", "syntax-v3.test", "syntax-v3-too.test"];
    expect(await Promise.all(hosts.map((host) => text(host)))).toEqual(["one", "one", "one", "one"]);
  });

  test("parentRefs: a child looks at what its parent's middleware found out", async () => {
    expect(await text("parent.test")).toBe("two");
    expect(await text("parent.test", { "x-token": "ann", "x-role": "guest" })).toBe("one");
    expect((await golden().ask("nobody-knows.test")).status).toBe(404);
  });

  test("entryPoints: a router is on those that it names", async () => {
    expect((await golden().ask("inner.test")).status).toBe(404);
    expect((await golden().ask("inner.test", { port: golden().ports.inner })).text).toBe("one");
  });

  test("observability: access log, metrics and traces are of the routers that want them", async () => {
    for (const host of ["unobserved.test", "observed.test"]) expect((await golden().ask(host)).status).toBe(200);
    const { traces } = golden().backends.collector;
    await until("the trace has come", () => traces().includes("observed@http"));
    await until("the log has it", () => golden().traefik.log().includes('"observed@http"'));
    const metrics = await golden().traefik.metrics();
    expect(metrics).toContain('router="observed@http"');
    expect(metrics + traces() + accessLog(golden().traefik.log())).not.toContain("unobserved@http");
  });
}

/** The lines of requests among those of Traefik's own. */
function accessLog(log: string): string {
  return log
    .split("\n")
    .filter((line) => /"GET /.test(line))
    .join("\n");
}
