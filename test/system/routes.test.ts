import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();
const served = useEach(async () => {
  const { at, launch, start } = house();
  at.declare("web", 1);
  await launch("web-0");
  const server = await start();
  await serving(server, 1);
  return { server };
});
const server = () => served().server;

type Document = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

const write = (name: string, text: string) => {
  const file = join(house().at.path, "routes", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const document = async () => JSON.parse((await server().document()).body) as Document;
const has = (section: string, kind: string, name: string) =>
  until(`${section}.${kind} ${name}`, async () => (await document())[section]?.[kind]?.[name]);
const remarks = async () => (await server().status()).routes.remarks;

const split = (...names: string[]) => `http:
  routers:
    shop: { rule: Host(\`shop.localhost\`), service: split, middlewares: [auth] }
  middlewares:
    auth:
      basicAuth: { users: ["ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"] }
  services:
    split:
      weighted:
        services:
${names.map((name, index) => `          - { name: ${name}, weight: ${9 - 8 * index} }\n`).join("")}`;

describe.concurrent("a route file", () => {
  test("is served with the groups, whose names are services", async () => {
    write("shop.yaml", split("web"));
    expect(await has("http", "routers", "shop")).toEqual({
      rule: "Host(`shop.localhost`)",
      service: "split",
      middlewares: ["auth"],
    });
    expect(await has("http", "services", "split")).toEqual({ weighted: { services: [{ name: "web", weight: 9 }] } });
    expect(await remarks()).toEqual([]);
    const { routers } = (await server().status()).routes;
    expect(routers).toMatchObject([
      {
        router: "shop",
        rule: "Host(`shop.localhost`)",
        service: "split",
        servers: 1,
        middlewares: ["auth"],
        tls: false,
      },
      { router: "web", rule: "Host(`web.localhost`)", service: "web", servers: 1, state: "served" },
    ]);
    rmSync(join(house().at.path, "routes/shop.yaml"));
    await until("it is said", async () => (await server().status()).routes.problems.length > 0);
    expect((await server().status()).routes.problems).toEqual([
      expect.stringMatching(/routes: error: is empty; .*; its previous objects stay$/),
    ]);
    expect((await document()).http?.routers?.shop).toBeDefined();
    write("none.yaml", "http: {}\n");
    await until("the router is gone", async () => (await document()).http?.routers?.shop === undefined);
    expect((await document()).http?.routers?.web).toBeDefined();
  });

  test("may lie in a directory of the directory, where changes are seen as well, and new directories too", async () => {
    write("shop.yaml", split("web"));
    await has("http", "routers", "shop");
    write("teams/red/red.yaml", "http:\n  middlewares:\n    red: { compress: {} }\n");
    await has("http", "middlewares", "red");
    write("teams/red/red.yaml", "http:\n  middlewares:\n    crimson: { compress: {} }\n");
    await has("http", "middlewares", "crimson");
    expect((await document()).http?.middlewares?.red).toBeUndefined();
    write("teams/blue.yml", "http:\n  middlewares:\n    blue: { compress: {} }\n");
    await has("http", "middlewares", "blue");
    rmSync(join(house().at.path, "routes/teams"), { recursive: true });
    await until("they are gone", async () => !JSON.stringify(await document()).match(/crimson|blue/));
    expect((await server().status()).routes).toMatchObject({ files: 1, problems: [], remarks: [] });
  });

  test("comes by a swapped link, as git-sync delivers", async () => {
    const at = (name: string) => join(house().at.path, name);
    for (const [commit, names] of [
      ["one", ["web"]],
      ["two", ["web", "web"]],
    ] as const) {
      mkdirSync(at(`git/${commit}`), { recursive: true });
      writeFileSync(at(`git/${commit}/shop.yaml`), split(...names));
    }
    symlinkSync("git/one", at("routes"));
    await has("http", "services", "split");
    symlinkSync("git/two", at("next"));
    renameSync(at("next"), at("routes"));
    await until("the new weights", async () => {
      const { weighted } = ((await document()).http?.services?.split ?? {}) as { weighted?: { services: unknown[] } };
      return weighted?.services.length === 2;
    });
  });

  test("that is not YAML keeps what it declared, and the others are read", async () => {
    write("shop.yaml", split("web"));
    await has("http", "routers", "shop");
    write("shop.yaml", "http: [");
    write("more.yaml", "http:\n  middlewares:\n    gz: { compress: {} }\n");
    await has("http", "middlewares", "gz");
    expect((await document()).http?.routers?.shop).toBeDefined();
    const { problems } = (await server().status()).routes;
    expect(problems).toEqual([
      expect.stringMatching(/shop\.yaml:1:8: error: not YAML: .*; its previous objects stay$/),
    ]);
  });
});

describe.concurrent("what else Traefik's file provider takes", () => {
  test("is taken: names in any case, anchors and merges, models, and sections of one's own", async () => {
    write(
      "anchors.yaml",
      `x-common: &common
  service: web
  middlewares: [cut]
  priority: 7
HTTP:
  Routers:
    a: { <<: *common, rule: Host(\`a\`) }
    b: { <<: [{ priority: 9 }, *common], rule: Host(\`b\`), middlewares: [] }
  middlewares:
    cut: { stripPrefix: { prefixes: [/a] } }
  models:
    web: { observability: { accessLogs: true } }
htpp: {}
`,
    );
    expect(await has("http", "routers", "a")).toEqual({
      rule: "Host(`a`)",
      service: "web",
      middlewares: ["cut"],
      priority: 7,
    });
    expect(await has("http", "routers", "b")).toEqual({
      rule: "Host(`b`)",
      service: "web",
      middlewares: [],
      priority: 9,
    });
    expect(await remarks()).toEqual([]);
    expect((await server().status()).routes.problems).toEqual([
      expect.stringMatching(/anchors\.yaml:13:1: error: htpp: unknown key, which is ignored, did you mean "http"\?$/),
    ]);
  });
});

describe.concurrent("a bad object", () => {
  test("is left out and reported with its place, and its values appear nowhere", async () => {
    write(
      "bad.yaml",
      `http:\n  middlewares:\n    auth:\n      basicAuth: { users: hunter2 }\n      basicAuht: { usres: [hunter3] }\n    ok: { stripPrefix: { prefixes: [/a] } }\n`,
    );
    await has("http", "middlewares", "ok");
    expect(await remarks()).toMatchObject([
      { kind: "http.middlewares", name: "auth", state: "left-out", origin: expect.stringMatching(/bad\.yaml:\d:\d+$/) },
    ]);
    expect(server().log()).toContain("middleware auth is left out");
    expect(server().log() + JSON.stringify(await server().status())).not.toMatch(/hunter\d/);
  });

  test("leaves a router that was served as it was", async () => {
    write("shop.yaml", split("web"));
    const before = await has("http", "routers", "shop");
    write("shop.yaml", split("web").replace("middlewares: [auth]", "middlewares: [nobody]"));
    await until("it is said", async () => (await remarks()).length > 0);
    expect(await has("http", "routers", "shop")).toEqual(before);
    expect(await remarks()).toMatchObject([
      { name: "shop", state: "previous", reason: "middlewares[0]: there is no middleware nobody" },
    ]);
  });

  test("may not take the name of a group, nor name what is another provider's", async () => {
    write(
      "theft.yaml",
      `http:\n  services:\n    web: { loadBalancer: { servers: [{ url: "http://10.9.9.9" }] } }\n  routers:\n    api: { rule: Host(\`a\`), service: api@internal }\n    fine: { rule: Host(\`b\`), service: web }\n`,
    );
    await has("http", "routers", "fine");
    expect(JSON.stringify(await document())).not.toMatch(/10\.9\.9\.9|api@internal/);
    expect((await remarks()).map(({ reason }) => reason)).toEqual([
      "service: api@internal is another provider's; traefik.uses allows it",
      "group web has that name too",
    ]);
  });

  test("that is declared twice is named with both places", async () => {
    for (const name of ["a.yaml", "b.yaml"]) write(name, "http:\n  middlewares:\n    gz: { compress: {} }\n");
    await until("it is said", async () => (await remarks()).length > 0);
    expect((await remarks())[0]?.reason).toMatch(/^is declared at .*a\.yaml:3:5 and at .*b\.yaml:3:5$/);
  });
});

describe.concurrent("an object that is served and noted", () => {
  test("is in the status, the log and the metrics, without a value of it", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\\n";
    write("tls.yaml", `tls:\n  certificates:\n    - { certFile: /etc/hunter3.crt, keyFile: "${key}" }\n`);
    await until("it is served", async () => (await document()).tls?.certificates);
    expect(await remarks()).toMatchObject([
      {
        kind: "tls.certificates",
        state: "noted",
        origin: expect.stringMatching(/tls\.yaml:3:7$/),
        reason: "certFile: a file that has to be on the host of each Traefik, which cannot be seen from here",
      },
    ]);
    expect(server().log()).toContain(
      "is served, but note: certFile: a file that has to be on the host of each Traefik",
    );
    const metrics = await (await fetch(`http://${server().admin}/metrics`)).text();
    expect(metrics).toContain('rollcall_objects_affected{state="noted"} 1');
    expect(server().log() + JSON.stringify(await server().status()) + metrics).not.toMatch(/hunter\d/);
  });
});

describe.concurrent("a group that was never in effect", () => {
  test("keeps a weighted service as it was until it is complete", async () => {
    write("shop.yaml", split("web"));
    const before = await has("http", "services", "split");
    house().at.declare("web-next", 1);
    write("shop.yaml", split("web", "web-next"));
    await until("it is said", async () => (await remarks()).length > 0);
    expect(await has("http", "services", "split")).toEqual(before);
    expect((await server().document()).status).toBe(200);
    await house().driver.launch("web-next-0", { config: { "user.rollcall.group": "web-next" } });
    await until("the canary is there", async () => (await remarks()).length === 0);
    expect(await has("http", "services", "split")).toEqual({
      weighted: {
        services: [
          { name: "web", weight: 9 },
          { name: "web-next", weight: 1 },
        ],
      },
    });
  });
});

describe.concurrent("a server that is started again", () => {
  const restart = async () => {
    await server().stop();
    served().server = await house().start();
    await serving(server(), 1);
  };

  test("serves the previous form of an object whose file has become invalid, and reports it", async () => {
    write("shop.yaml", split("web"));
    const before = await has("http", "routers", "shop");
    await server().stop();
    write(
      "shop.yaml",
      split("web").replace("Host(`shop.localhost`)", "Host(`shop.localhost`").replace("users", "usrs"),
    );
    served().server = await house().start();
    await serving(server(), 1);
    expect(await has("http", "routers", "shop")).toEqual(before);
    expect(await has("http", "middlewares", "auth")).toMatchObject({ basicAuth: { users: [expect.any(String)] } });
    expect((await remarks()).map(({ name, state }) => `${name} ${state}`)).toEqual(["auth previous", "shop previous"]);
    await restart();
    expect(await has("http", "routers", "shop")).toEqual(before);
  });

  test("serves what a directory declared that is gone, and nothing of a file that is", async () => {
    write("shop.yaml", split("web"));
    write("gone.yaml", "http:\n  routers:\n    gone: { rule: Host(`gone`), service: web }\n");
    await has("http", "routers", "gone");
    rmSync(join(house().at.path, "routes/gone.yaml"));
    await until("gone", async () => !(await document()).http?.routers?.gone);
    await server().stop();
    rmSync(join(house().at.path, "routes"), { recursive: true });
    served().server = await house().start();
    await has("http", "routers", "shop");
    expect((await document()).http?.routers).not.toHaveProperty("gone");
    expect((await server().status()).routes.problems).toEqual([expect.stringContaining("its previous objects stay")]);
    write("other.yaml", "http:\n  routers:\n    other: { rule: Host(`other`), service: web }\n");
    await has("http", "routers", "other");
    expect((await document()).http?.routers).not.toHaveProperty("shop");
  });
});
