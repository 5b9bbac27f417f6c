import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { ms, tell } from "../support/measure.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** Route files in a git repository, delivered as git-sync does: a checkout for each commit, and a link that is swapped. */

const { binary, missing } = await realTraefik();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

describe.skipIf(missing !== undefined)(titled("a gateway repository, through the real Traefik", missing), () => {
  let lxd: EmbeddedDaemon;
  let stage: Stage;
  let server: Rollcall;
  let traefik: Traefik;
  const at = (...names: string[]) => join(stage.path, ...names);
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", "-C", at("work"), ...words], {
      encoding: "utf8",
    });

  /** The seed of such a repository: what Traefik's file provider reads. */
  const gateway = (next: number) => `# The gateway's routes.
http:
  routers:
    shop:
      rule: Host(\`shop.example.com\`)
      entrypoints: web
      middlewares: version
      service: shop
  services:
    shop:
      weighted:
        services:
          - name: web
            weight: ${100 - next}
          - name: next
            weight: ${next}
`;
  /** What a team has in a directory of its own. */
  const team = (next: number) => `http:
  middlewares:
    version:
      headers: { customResponseHeaders: { X-Next: "${next}" } }
`;
  function commit(next: number) {
    writeFileSync(at("work/gateway.yml"), gateway(next));
    mkdirSync(at("work/teams/shop"), { recursive: true });
    writeFileSync(at("work/teams/shop/headers.yml"), team(next));
    git("add", ".");
    git("commit", "-qm", "weights");
    git("push", "-q", "origin", "HEAD:main");
  }
  function sync() {
    const commit = execFileSync("git", ["-C", at("bare.git"), "rev-parse", "main"], { encoding: "utf8" }).trim();
    execFileSync("git", ["clone", "-q", at("bare.git"), at("synced", commit)]);
    symlinkSync(commit, at("synced/.next"));
    renameSync(at("synced/.next"), at("synced/current"));
  }

  beforeAll(async () => {
    lxd = await createEmbeddedDaemon();
    stage = await openStage({ socket: lxd.socket, project: "rollcall-gateway", binary });
    execFileSync("git", ["init", "-q", "--bare", "-b", "main", at("bare.git")]);
    execFileSync("git", ["clone", "-q", at("bare.git"), at("work")], { stdio: "ignore" });
    mkdirSync(at("synced"));
    commit(0);
    sync();
    for (const name of ["web", "next"]) stage.declare(name, 1);
    await stage.launch(["web-0", "next-0"]);
    server = await stage.serve({ routes: "./synced/current" });
    await documentHas(server, 1, "next");
    traefik = await stage.traefik(quick);
  });
  afterAll(async () => {
    await stage?.close();
    await lxd?.close();
  });

  const weights = async () => {
    const service = await traefik
      .api<{ weighted: { services: { weight: number }[] } }>("/api/http/services/shop@http")
      .catch(() => undefined);
    return service?.weighted.services.map(({ weight }) => weight);
  };

  /** The header that the middleware in the directory below sets. */
  const answered = async () => {
    const answer = await request(`http://${traefik.web}/`, { headers: { host: "shop.example.com" } });
    await answer.body.dump();
    return answer.headers["x-next"];
  };

  test("a commit changes a weight, a swap delivers it, and Traefik follows", async () => {
    await until("the first weights", async () => (await weights())?.join() === "100,0");
    expect((await server.status()).routes).toMatchObject({ problems: [], remarks: [] });
    expect(await traefik.api("/api/http/routers/shop@http")).toMatchObject({ entryPoints: ["web"], status: "enabled" });
    await until("the header of the file below", async () => (await answered()) === "0");
    commit(25);
    const began = performance.now();
    sync();
    const swapped = performance.now();
    await until("the new weights", async () => (await weights())?.join() === "75,25");
    const ended = performance.now();
    tell(`a gateway repository: clone and swap ${ms(swapped - began)}, swap to Traefik ${ms(ended - swapped)}`);
    expect(ended - swapped).toBeLessThan(5000);
    await until("the new header, of the file below", async () => (await answered()) === "25");
  });
});
