import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { TraefikReport } from "../../cli/traefik-status.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { useEach } from "../support/use-each.ts";
import { usePlaces } from "./places.ts";

const { place, run } = usePlaces();
const servers = useEach(
  async () => [] as Server[],
  async (all) => {
    for (const server of all) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  },
);

/** Answers these paths with JSON, and others with 404. Gives its URL. */
async function answering(answers: Readonly<Record<string, object>>): Promise<string> {
  const server = createServer(({ url = "" }, response) => {
    const answer = answers[url.split("?", 1)[0] ?? ""];
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? {}));
  });
  servers().push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const none = { total: 0, warnings: 0, errors: 0 };
const router = (name: string, error?: string) => ({
  name,
  status: error === undefined ? "enabled" : "disabled",
  ...(error !== undefined && { error: [error] }),
});

/** What Traefik's API answers, as 3.7.15 does. */
function traefik(Version: string, routers: readonly object[], tcpRouters: readonly object[] = []) {
  const count = (all: readonly object[]) => ({
    total: all.length,
    warnings: 0,
    errors: all.filter((one) => "error" in one).length,
  });
  return answering({
    "/api/version": { Version, Codename: "langres" },
    "/api/overview": {
      http: { routers: count(routers), services: { ...none, total: 2 }, middlewares: none },
      tcp: { routers: count(tcpRouters), services: none, middlewares: none },
      udp: { routers: none, services: none },
      certificates: none,
      features: { tracing: "", metrics: "", accessLog: false },
      providers: ["HTTP"],
    },
    "/api/http/routers": [router("ping@internal"), ...routers],
    "/api/tcp/routers": tcpRouters,
  });
}

/** A server's admin listener, which knows these Traefiks. */
const rollcall = (traefiks: readonly object[]) => answering({ "/api/status": { traefiks } });
const known = (at: string, current: boolean) => ({ url: `http://${at}`, answering: true, applied: 1, current });
const asked = (admin: string, ...traefiks: string[]) =>
  place({
    "rollcall.yaml": `admin: { listen: ${admin} }\ntraefik: { api: [${traefiks
      .map((at, index) => `{ url: http://${at}, name: edge${index} }`)
      .join(", ")}] }\n`,
  });

describe("status --traefik", () => {
  test("has a row a Traefik, with its version, and ends with 0 where all run the same newest document", async () => {
    const [a, b] = [await traefik("3.7.15", [router("web@http")]), await traefik("3.7.13", [router("web@http")])];
    const admin = await rollcall([known(a, true), known(b, true)]);
    const { code, stdout, stderr } = await run(asked(admin, a, b), ["status", "--traefik"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^TRAEFIK +NAME +VERSION +RUNS +ROUTERS +SERVICES +PROBLEM$/m);
    expect(stdout).toMatch(new RegExp(`^http://${a} +edge0 +3\\.7\\.15 +newest +1 +2 +-$`, "m"));
    expect(stdout).toMatch(new RegExp(`^http://${b} +edge1 +3\\.7\\.13 +newest +1 +2 +-$`, "m"));
  });

  test("names what one turned off, with Traefik's reason, and ends with 1", async () => {
    const off = [router("web@http"), router("shop@file", 'the service "no@file" does not exist')];
    const a = await traefik("3.7.15", off, [router("db@file", "unsupported function: HostSNX")]);
    const { code, stdout } = await run(asked(await rollcall([known(a, true)]), a), ["status", "--traefik"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/3\.7\.15 +newest +3, 2 off +2 +-$/m);
    expect(stdout).toMatch(/http\.routers +shop@file +disabled +the service "no@file" does not exist$/m);
    expect(stdout).toMatch(/tcp\.routers +db@file +disabled +unsupported function: HostSNX$/m);
  });

  test("says which runs an older document and lacks routers, and which does not answer", async () => {
    const [a, b] = [await traefik("3.7.15", [router("web@http"), router("new@http")]), await traefik("3.7.15", [])];
    const dead = `127.0.0.1:${await freePort()}`;
    const admin = await rollcall([known(a, true), known(b, false), known(dead, true)]);
    const { code, stdout } = await run(asked(admin, a, b, dead), ["status", "--traefik"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/ older +0 +2 +lacks 2 of the routers that others run: new@http, web@http$/m);
    expect(stdout).toMatch(new RegExp(`^http://${dead} +edge2 +- +\\? +- +- +connection refused`, "m"));
  });

  test("asks the Traefiks even if the server does not answer", async () => {
    const a = await traefik("3.7.15", [router("web@http")]);
    const { code, stdout } = await run(asked(`127.0.0.1:${await freePort()}`, a), [
      "status",
      "--traefik",
      "-o",
      "json",
    ]);
    const report = JSON.parse(stdout) as TraefikReport;
    expect(code).toBe(1);
    expect(report.serverProblem).toContain("is rollcall serve running with this configuration?");
    expect(report.traefiks).toMatchObject([
      {
        url: `http://${a}`,
        current: null,
        runs: "?",
        says: { version: "3.7.15", routers: ["web@http"] },
        problem: null,
      },
    ]);
  });

  test("needs a Traefik to ask, and takes no groups", async () => {
    const at = place({ "rollcall.yaml": "{}\n" });
    expect((await run(at, ["status", "--traefik"])).stderr).toContain("no Traefik to ask: set traefik.api");
    expect((await run(at, ["status", "web", "--traefik"])).stderr).toContain("--traefik takes no groups");
  });
});
