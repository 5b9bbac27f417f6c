import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check } from "../../cli/check.ts";
import { readForCheck } from "../../cli/check-input.ts";
import { createWiring, type Wiring } from "../../server/wiring.ts";
import { labelSettings } from "../support/server/labels.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Where {
  readonly groups?: string;
  readonly routes?: string;
  readonly path?: string;
  readonly wiring?: Wiring;
}

const plain = createWiring({ traefik: { version: "3.7", uses: [] }, sources: [] });

async function run({ groups = directory, routes = join(directory, "routes"), path, wiring = plain }: Where = {}) {
  let output = "";
  const code = check({
    input: await readForCheck({ groups, routes }, path),
    context: { traefik: "3.7", gate: "complete", sources: [{ name: "local", projects: ["default"] }] },
    wiring,
    colour: false,
    write: (text) => {
      output += text;
    },
  });
  return { code, output: output.replaceAll(`${directory}/`, "").replaceAll(directory, ".") };
}

test("the example fleet is good", async () => {
  expect(await run({ groups: resolve("groups") })).toEqual({
    code: 0,
    output: "OK: 3 groups, 7 replicas in 2 files\n",
  });
});

test("what the server serves is good: a route file may name auth@file where only labels are allowed to", async () => {
  mkdirSync(join(directory, "routes"));
  const router = "{ rule: Host(`a`), service: web, middlewares: [auth@file] }";
  writeFileSync(join(directory, "routes/a.yaml"), `http: { routers: { a: ${router} } }\n`);
  writeFileSync(join(directory, "web.yaml"), "name: web\nreplicas: 1\nservice: { port: 1 }\n");
  const wiringUnder = (middlewares: string[]) => {
    const sources = [{ name: "local", labels: labelSettings({ allow: { default: { hosts: ["*"], middlewares } } }) }];
    return { wiring: createWiring({ traefik: { version: "3.7", uses: [] }, sources }) };
  };
  const ok = "OK: 1 group, 1 replica in 1 file; 1 object of route files\n";
  expect(await run(wiringUnder(["auth@file"]))).toEqual({ code: 0, output: ok });
  expect((await run(wiringUnder([]))).code).toBe(1);
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
  expect(await run({ groups: join(directory, "none") })).toEqual({
    code: 1,
    output: "none: error: there is no such directory; create it, or name another\nFAILED: 1 error in 1 file\n",
  });
  mkdirSync(join(directory, "empty"));
  expect(await run({ groups: join(directory, "empty") })).toEqual({
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
  const api = "name: api\nreplicas: 1\ngate: strict\nservice: { port: 80, ready: { http: /, fall: 3 } }\n";
  writeFileSync(join(directory, "a.yaml"), `${db}---\n${web}---\n${api}`);
  expect(await run()).toEqual({
    code: 0,
    output: `warning: api: while one replica of a strict group is away, the changes of every group wait
warning: api: service.ready.fall takes nobody out under gate: strict: the answer is 423 then, and Traefik keeps all
warning: db: router: without entryPoints it is on all of them, and takes precedence over their HTTP routers
warning: web: service.weights names web-7, and there are 2 replicas
OK: 3 groups, 4 replicas in 1 file
`,
  });
  writeFileSync(join(directory, "a.yaml"), db.replace("HostSNI(`*`)", "HostSNI(`*`), entryPoints: [db]"));
  expect((await run()).output).toBe("OK: 1 group, 1 replica in 1 file\n");
});

describe("a path is checked as deep as everything, and for itself", () => {
  const shop = "http: { routers: { shop: { rule: Host(`shop`), service: web, middlewares: [auth] } } }\n";
  const auth = "http: { middlewares: { auth: { stripPrefix: { prefixes: [/] } } } }\n";
  const web = "name: web\nreplicas: 1\nservice: { port: 1 }\n";
  const broken = `${web}router:\n  rule: Host(\`a\`)\n  middlewares: [none]\n`;
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  };
  const checked = (path?: string) =>
    run({ groups: join(directory, "groups"), ...(path !== undefined && { path: join(directory, path) }) });
  const lost = [
    "groups/web.yaml:6:17: router web is left out: middlewares[0]: there is no middleware none",
    "    6 |   middlewares: [none]",
    "      |                 ^^^^",
    "",
  ].join("\n");

  test("the error of a group's router has a place, in its file, its directory, a directory around it and everything", async () => {
    write({ "groups/web.yaml": broken, "groups/api.yaml": web.replace("web", "api") });
    for (const path of ["groups/web.yaml", "groups", ".", undefined])
      expect(await checked(path)).toEqual({ code: 1, output: `${lost}FAILED: 1 error\n` });
    expect(await checked("groups/api.yaml")).toEqual({ code: 0, output: "OK: 1 group, 1 replica in 1 file\n" });
  });

  test("a route file is read as one, with the groups and the other route files", async () => {
    write({
      "groups/web.yaml": web,
      "routes/shop.yaml": shop,
      "routes/auth.yaml": auth,
      "routes/bad.yaml": "http: 1\n",
    });
    expect(await checked("routes/shop.yaml")).toEqual({ code: 0, output: "OK: 1 object of route files\n" });
    expect((await checked("routes/bad.yaml")).output).toMatch(
      /^routes\/bad\.yaml:1:1: error: .+\n {4}1 \| http: 1\n {6}\| \^{4}\nFAILED: 1 error\n$/,
    );
    expect((await checked("routes")).code).toBe(1);
    expect(await checked("groups")).toEqual({ code: 0, output: "OK: 1 group, 1 replica in 1 file\n" });
  });

  test("a file or a directory from elsewhere is taken as if it were there instead of the one of its name", async () => {
    write({ "groups/web.yaml": web, "routes/shop.yaml": "http: 1\n", "routes/auth.yaml": auth });
    write({ "new/shop.yaml": shop, "next/web.yaml": broken, "other/auth.yaml": auth });
    expect(await checked("new/shop.yaml")).toEqual({ code: 0, output: "OK: 1 object of route files\n" });
    expect((await checked("new")).output).toMatch(
      /new\/shop\.yaml:1:\d+: router shop is left out: .+ no middleware auth\n/,
    );
    expect((await checked("next/web.yaml")).output).toBe(`${lost.replace("groups", "next")}FAILED: 1 error\n`);
    expect((await checked("next")).output).toBe(`${lost.replace("groups", "next")}FAILED: 1 error\n`);
    expect(await checked("other")).toEqual({ code: 0, output: "OK: 1 object of route files\n" });
  });

  test("mistakes of another file are named only where they keep this one from being judged", async () => {
    write({
      "groups/web.yaml": `${web}typo: 1\n`,
      "groups/api.yaml": web.replace("web", "api"),
      "routes/shop.yaml": auth,
    });
    const typo = /^groups\/web\.yaml:4:1: error: typo: unknown key/;
    for (const path of ["groups/web.yaml", "groups/api.yaml", "routes/shop.yaml"])
      expect(await checked(path)).toEqual({ code: 1, output: expect.stringMatching(typo) });
  });

  test("a path that does not exist is named", async () => {
    const output = "none.yaml: error: there is no such file or directory\nFAILED: 1 error in 1 file\n";
    expect(await checked("none.yaml")).toEqual({ code: 1, output });
  });
});
