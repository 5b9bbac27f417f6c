import { join } from "node:path";
import { expect, test } from "vitest";
import { groupFile, isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

test("good files are counted and end with 0, and without a configuration they are those of ./groups", async () => {
  const at = place({ "groups/web.yaml": groupFile("web", 3), "groups/api.yaml": groupFile("api", 1) });
  const ended = await run(at, ["check"]);
  expect(ended).toEqual({ code: 0, stdout: "OK: 2 groups, 4 replicas in 2 files\n", stderr: "" });
});

test("a directory that is named is read instead of that of the configuration", async () => {
  const at = place({ "groups/web.yaml": "nonsense", "other/api.yaml": groupFile("api", 1) });
  const { code, stdout } = await run(at, ["check", "other"]);
  expect([code, stdout]).toEqual([0, "OK: 1 group, 1 replica in 1 file\n"]);
});

test("a rollcall.yaml that is named is checked with all that it names", async () => {
  const at = place({ "next/rollcall.yaml": "routes: ./more\n", "next/groups/api.yaml": groupFile("api", 1) });
  const ok = { code: 0, stdout: "OK: 1 group, 1 replica in 1 file\n", stderr: "" };
  expect(await run(at, ["check", "next/rollcall.yaml"])).toEqual(ok);
  const bad = place({ "rollcall.yaml": "rutes: ./more\n" });
  expect((await run(bad, ["check", "rollcall.yaml"])).stderr).toContain('did you mean "routes"?');
});

test("six mistakes in one file are six errors, each with its line quoted and marked, and end with 1", async () => {
  const lines = [
    "name: Web",
    "replicas: many",
    "gate: sometimes",
    "service:",
    "  scheme: gopher",
    "  port: 70000",
    "router:",
    "  rule: Host(`web.localhost`)",
    "  prioritty: 10",
  ];
  const at = place({ "groups/web.yaml": `${lines.join("\n")}\n` });
  const { code, stdout } = await run(at, ["check"]);
  expect(code).toBe(1);
  const file = join(at, "groups", "web.yaml");
  const places = [...stdout.matchAll(/^(.+):(\d+):(\d+): error: ([\w.]+): (.+)$/gm)];
  expect(places.map(([, where, line, , path]) => [where, Number(line), path])).toEqual([
    [file, 1, "name"],
    [file, 2, "replicas"],
    [file, 3, "gate"],
    [file, 5, "service.scheme"],
    [file, 6, "service.port"],
    [file, 9, "router.prioritty"],
  ]);
  expect(stdout).toContain('did you mean "priority"?');
  expect(stdout).toContain("    9 |   prioritty: 10\n      |   ^^^^^^^^^\n");
  expect(stdout.match(/^ +\| +\^+$/gm)).toHaveLength(6);
  expect(stdout.endsWith("FAILED: 6 errors in 1 file\n")).toBe(true);
  expect(isColoured(stdout)).toBe(false);
});

test("mistakes in several files are all named", async () => {
  const at = place({ "groups/api.yaml": groupFile("api", -1), "groups/web.yaml": groupFile("web", 1, "nick: eth0\n") });
  const { code, stdout } = await run(at, ["check"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/api\.yaml:2:11: error: replicas/);
  expect(stdout).toMatch(/web\.yaml:4:1: error: nick: unknown key, did you mean "nic"\?/);
  expect(stdout).toContain("FAILED: 2 errors in 2 files");
});

test("the route files that go with the groups are judged as if every group were in effect", async () => {
  const good = "http:\n  routers:\n    shop: { rule: Host(`shop`), service: web }\n";
  const at = place({ "groups/web.yaml": groupFile("web", 3), "routes/shop.yaml": good });
  expect(await run(at, ["check"])).toMatchObject({
    code: 0,
    stdout: "OK: 1 group, 3 replicas in 1 file; 1 object of route files\n",
  });
});

test("every bad object of a route file is named with its place, its line and a caret, and ends with 1; what is read otherwise is a warning", async () => {
  const bad = [
    "http:",
    "  routers:",
    "    lost: { rule: Host(`a`), service: nobody }",
    "    theft: { rule: Host(`b`), service: api@internal }",
    "  services:",
    "    web: { loadBalancer: { servers: [] } }",
    "    plain: { loadBalancer: { servers: [http://a] } }",
  ];
  const at = place({ "groups/web.yaml": groupFile("web", 3), "routes/bad.yaml": `${bad.join("\n")}\n` });
  const { code, stdout } = await run(at, ["check"]);
  const file = join(at, "routes/bad.yaml");
  expect([code, stdout.split("\n")]).toEqual([
    1,
    [
      expect.stringMatching(`^warning: ${file}:7:5: service plain is served differently from what is written: `),
      `${file}:3:5: router lost is left out: service: there is no service nobody`,
      "    3 |     lost: { rule: Host(`a`), service: nobody }",
      "      |     ^^^^",
      `${file}:4:5: router theft is left out: service: api@internal is another provider's; traefik.uses allows it`,
      "    4 |     theft: { rule: Host(`b`), service: api@internal }",
      "      |     ^^^^^",
      expect.stringContaining(`${file}:6:5: service web of a route file is left out: group web has that name too`),
      "    6 |     web: { loadBalancer: { servers: [] } }",
      "      |     ^^^",
      "FAILED: 3 errors",
      "",
    ],
  ]);
});

test("what is served and noted is a warning, in groups too, and its value is not printed", async () => {
  const noted = [
    "http:",
    "  routers:",
    "    never: { rule: Host(`hunter2:8080`), service: web }",
    "  middlewares:",
    "    auth: { basicAuth: { usersFile: /etc/hunter2 } }",
  ];
  const group = groupFile("web", 3, "router: { rule: Host(`web:80`) }\n");
  const at = place({ "groups/web.yaml": group, "routes/noted.yaml": `${noted.join("\n")}\n` });
  const { code, stdout } = await run(at, ["check"]);
  const file = join(at, "routes/noted.yaml");
  const port = "rule: its rule never matches a request: Host with a port; Traefik compares without it";
  expect([code, stdout.split("\n")]).toEqual([
    0,
    [
      `warning: ${file}:5:5: middleware auth is served, but note: basicAuth.usersFile: a file that has to be on the host of each Traefik, which cannot be seen from here`,
      `warning: ${file}:3:5: router never is served, but note: ${port}`,
      `warning: ${join(at, "groups/web.yaml")}:4:17: router web is served, but note: ${port}`,
      "OK: 1 group, 3 replicas in 1 file; 2 objects of route files",
      "",
    ],
  ]);
});
