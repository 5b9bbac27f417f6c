import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { check } from "../../cli/check.ts";
import type { RoutesToCheck } from "../../cli/check-routes.ts";
import { createWiring } from "../../server/wiring.ts";
import { labelSettings } from "../support/server/labels.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function run(where = directory, routes?: RoutesToCheck) {
  let output = "";
  const code = await check({
    directory: where,
    context: { traefik: "3.7", gate: "complete", sources: [{ name: "local", projects: ["default"] }] },
    routes,
    colour: false,
    write: (text) => {
      output += text;
    },
  });
  return { code, output: output.replaceAll(`${directory}/`, "").replaceAll(directory, ".") };
}

test("the example fleet is good", async () => {
  expect(await run("groups")).toEqual({ code: 0, output: "OK: 3 groups, 7 replicas in 2 files\n" });
});

test("what the server serves is good: a route file may name auth@file where only labels are allowed to", async () => {
  mkdirSync(join(directory, "routes"));
  const router = "{ rule: Host(`a`), service: web, middlewares: [auth@file] }";
  writeFileSync(join(directory, "routes/a.yaml"), `http: { routers: { a: ${router} } }\n`);
  writeFileSync(join(directory, "web.yaml"), "name: web\nreplicas: 1\nservice: { port: 1 }\n");
  const routesUnder = (middlewares: string[]) => {
    const sources = [{ name: "local", labels: labelSettings({ allow: { default: { hosts: ["*"], middlewares } } }) }];
    return {
      directory: join(directory, "routes"),
      wiring: createWiring({ traefik: { version: "3.7", uses: [] }, sources }),
    };
  };
  const ok = "OK: 1 group, 1 replica in 1 file; 1 object of route files\n";
  expect(await run(directory, routesUnder(["auth@file"]))).toEqual({ code: 0, output: ok });
  expect((await run(directory, routesUnder([]))).code).toBe(1);
});

test("one group is one group", async () => {
  writeFileSync(join(directory, "a.yaml"), "name: a\nreplicas: 1\nservice: { port: 1 }\n");
  expect(await run()).toEqual({ code: 0, output: "OK: 1 group, 1 replica in 1 file\n" });
});

test("six mistakes in one file are six errors on their lines", async () => {
  writeFileSync(
    join(directory, "web.yaml"),
    `# six mistakes
name: web@file
replicas: "3"
gate: { minimum: 200% }
nic: eth0
nic: eth1
service:
  port: 70000
router:
  rule: Host(\`web.localhost)
  prioritty: 10
`,
  );
  const { code, output } = await run();
  expect(code).toBe(1);
  const lines = output.split("\n");
  expect(lines.filter((line) => line.includes(": error: ")).map((line) => line.slice(0, line.indexOf(" ")))).toEqual([
    "web.yaml:2:7:",
    "web.yaml:3:11:",
    "web.yaml:6:1:",
    "web.yaml:8:9:",
    "web.yaml:10:9:",
    "web.yaml:11:3:",
  ]);
  expect(output.endsWith("FAILED: 6 errors in 1 file\n")).toBe(true);
});

test("a directory that is missing or declares nothing is an error that names it", async () => {
  expect(await run(join(directory, "none"))).toEqual({
    code: 1,
    output: "none: error: there is no such directory; create it, or name another\nFAILED: 1 error in 1 file\n",
  });
  mkdirSync(join(directory, "empty"));
  expect(await run(join(directory, "empty"))).toEqual({
    code: 1,
    output: "empty: error: declares no group; put a file there, such as web.yaml\nFAILED: 1 error in 1 file\n",
  });
});

test("a strict gate among several groups is warned about, and good", async () => {
  const group = (name: string, gate: string) => `name: ${name}\nreplicas: 1\ngate: ${gate}\nservice: { port: 1 }\n`;
  writeFileSync(join(directory, "a.yaml"), group("a", "strict"));
  expect((await run()).output).toBe("OK: 1 group, 1 replica in 1 file\n");
  writeFileSync(join(directory, "b.yaml"), group("b", "complete"));
  expect(await run()).toEqual({
    code: 0,
    output:
      "warning: a: while one replica of a strict group is away, the changes of every group wait\n" +
      "OK: 2 groups, 2 replicas in 2 files\n",
  });
});

test("what is taken and probably not meant is a warning", async () => {
  const db = "name: db\nreplicas: 1\nservice: { protocol: tcp, port: 5432 }\nrouter: { rule: HostSNI(`*`) }\n";
  const web = "name: web\nreplicas: 2\nservice: { port: 80, weights: { web-0: 0, web-7: 1 } }\n";
  writeFileSync(join(directory, "a.yaml"), `${db}---\n${web}`);
  expect(await run()).toEqual({
    code: 0,
    output: `warning: db: router: without entryPoints it is on all of them, and takes precedence over their HTTP routers
warning: web: service.weights names web-7, and there are 2 replicas
OK: 2 groups, 3 replicas in 1 file
`,
  });
  writeFileSync(join(directory, "a.yaml"), db.replace("HostSNI(`*`)", "HostSNI(`*`), entryPoints: [db]"));
  expect((await run()).output).toBe("OK: 1 group, 1 replica in 1 file\n");
});
