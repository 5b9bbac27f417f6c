import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pause, serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();
const groups = () => join(house().at.path, "groups");
const file = () => join(groups(), "web.yaml");
const yaml = (replicas: number) => `name: web\nreplicas: ${replicas}\nservice: { port: 3000 }\n`;
const declared = (server: Rollcall) => server.status().then(({ groups }) => groups[0]?.declared);

describe.concurrent("a changed directory is read", () => {
  const server = useEach(async () => {
    const { launch, start } = house();
    writeFileSync(file(), yaml(1));
    await launch("web-0", "web-1");
    const own = await start();
    await serving(own, 1);
    return own;
  });

  test("when a file is written in place", async () => {
    writeFileSync(file(), yaml(2));
    await serving(server(), 2);
  });

  test("when an editor writes a new file and renames it", async () => {
    writeFileSync(join(groups(), ".web.yaml.swp"), yaml(2));
    await pause(50);
    renameSync(join(groups(), ".web.yaml.swp"), file());
    await serving(server(), 2);
  });

  test("when a file joins, and when it goes", async () => {
    await house().launch("api-0");
    house().at.declare("api", 1);
    await serving(server(), 1, "api");
    rmSync(join(groups(), "api.yaml"));
    await until("api is gone", async () => (await server().servers("api")) === undefined);
    expect(await server().servers("web")).toHaveLength(1);
  });

  test("and a group whose file is away for 350 ms loses nothing, though one of its replicas is down", async () => {
    const { at, driver, launch } = house();
    await launch("api-0", "api-1", "api-2");
    at.declare("api", 3);
    await serving(server(), 3, "api");
    await driver.stop("api-2");
    await serving(server(), 2, "api");
    const { version } = await server().document();
    const seen = new Set<string>();
    const away = join(groups(), ".api.yaml");
    renameSync(join(groups(), "api.yaml"), away);
    for (const end = performance.now() + 350; performance.now() < end; await pause(20))
      seen.add((await server().document()).version);
    renameSync(away, join(groups(), "api.yaml"));
    for (const end = performance.now() + 1500; performance.now() < end; await pause(50))
      seen.add((await server().document()).version);
    expect([...seen]).toEqual([version]);
    rmSync(join(groups(), "api.yaml"));
    await until("api is gone", async () => (await server().servers("api")) === undefined);
    at.declare("api", 3);
    // It is in effect as it was: nobody waits for the third.
    await serving(server(), 2, "api");
    expect((await server().document()).version).toBe(version);
  });

  test("though another file is written all the time, which is said", async () => {
    const busy = join(groups(), "busy.yaml");
    let count = 0;
    const writing = setInterval(() => writeFileSync(busy, `name: busy\nreplicas: 0\nnic: n${count++}\n`), 40);
    try {
      writeFileSync(file(), yaml(2));
      await serving(server(), 2);
      const problem = await until(
        "it is said",
        async () => (await server().status()).groupsDirectory.problem ?? undefined,
      );
      expect(problem).toBe(`${busy}: error: does not settle: it is written again and again; it is not read`);
    } finally {
      clearInterval(writing);
    }
    writeFileSync(busy, yaml(0).replace("web", "busy"));
    await serving(server(), 0, "busy");
    expect((await server().status()).groupsDirectory.problem).toBeNull();
  });

  test("only when two readings agree: a file that is being written is not believed", async () => {
    for (let i = 0; i < 8; i++) {
      writeFileSync(file(), `name: web\nreplicas: ${i}`);
      await pause(40);
    }
    writeFileSync(file(), yaml(2));
    await serving(server(), 2);
    expect(server().log()).not.toContain("is required");
  });

  test.each([
    ["a file that is no YAML", () => writeFileSync(file(), "name: [web\n")],
    ["a file with an unknown key", () => writeFileSync(file(), `${yaml(2)}replica: 3\n`)],
    ["an empty file", () => writeFileSync(file(), "")],
    ["a file of 10 MB", () => writeFileSync(file(), Buffer.alloc(10_000_000, " "))],
    [
      "a YAML bomb",
      () =>
        writeFileSync(
          file(),
          `a: &a [${"x, ".repeat(50)}]\nb: &b [${"*a, ".repeat(50)}]\nc: &c [${"*b, ".repeat(50)}]\nd: [${"*c, ".repeat(50)}]\n`,
        ),
    ],
    ["an anchor that holds itself", () => writeFileSync(file(), "name: &a [*a]\n")],
    ["a tab", () => writeFileSync(file(), "name: web\nservice:\n\tport: 3000\n")],
    ["a key that is there twice", () => writeFileSync(file(), `${yaml(2)}replicas: 3\n`)],
    ["a name with an @", () => writeFileSync(file(), yaml(2).replace("web", "web@file"))],
    ["a rule with an unbalanced backtick", () => writeFileSync(file(), `${yaml(2)}router: { rule: "Host(\`a)" }\n`)],
    ["port 0", () => writeFileSync(file(), yaml(2).replace("3000", "0"))],
    ["port 70000", () => writeFileSync(file(), yaml(2).replace("3000", "70000"))],
    ["a link to nowhere", () => symlinkSync("nowhere", join(groups(), "b.yml"))],
    ["a link out of the directory", () => symlinkSync("/etc/hostname", join(groups(), "b.yml"))],
    ["a binary file", () => writeFileSync(file(), Buffer.from([0, 1, 2, 255]))],
    ["no file at all", () => rmSync(file())],
    ["no directory", () => rmSync(groups(), { recursive: true })],
    ["a second bad file beside a good one", () => writeFileSync(join(groups(), "b.yml"), "replicas: 1\n")],
  ])("and %s keeps what was declared, and is said in log, status and metrics", async (_, spoil) => {
    const { version } = await server().document();
    spoil();
    const problem = await until(
      "it is said",
      async () => (await server().status()).groupsDirectory.problem ?? undefined,
    );
    expect(problem).toContain(groups());
    expect(server().log()).toContain(groups());
    const metrics = async () => (await fetch(`http://${server().admin}/metrics`)).text();
    expect(await metrics()).toContain("rollcall_config_last_reload_successful 0");
    expect((await server().document()).version).toBe(version);
    mkdirSync(groups(), { recursive: true });
    rmSync(join(groups(), "b.yml"), { force: true });
    writeFileSync(file(), yaml(2));
    await serving(server(), 2);
    expect(await metrics()).toContain("rollcall_config_last_reload_successful 1");
  });

  test("and a bad line is quoted nowhere: it may hold a secret", async () => {
    writeFileSync(file(), `${yaml(1)}pasword: hunter2\n`);
    await until("it is said", async () => (await server().status()).groupsDirectory.problem !== null);
    const texts = [
      server().log(),
      JSON.stringify(await server().status()),
      await (await fetch(`http://${server().admin}/readyz`)).text(),
    ];
    for (const text of texts) expect(text).not.toContain("hunter2");
  });
});

describe.concurrent("a directory behind symbolic links is read again when a link is swapped", () => {
  const deliver = (name: string, replicas: number) => {
    const path = join(house().at.path, name, "groups");
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "web.yaml"), yaml(replicas));
  };
  const swap = (to: string, link: string) => {
    symlinkSync(to, `${link}.new`);
    renameSync(`${link}.new`, link);
  };

  test("as git-sync does it: the link is on the way", async () => {
    const { at, launch, start } = house();
    await launch("web-0", "web-1");
    deliver("rev-1", 1);
    swap("rev-1", join(at.path, "current"));
    const server = await start({ groups: "./current/groups" });
    await serving(server, 1);
    deliver("rev-2", 2);
    swap("rev-2", join(at.path, "current"));
    await serving(server, 2);
  });

  test("as Kubernetes does it: the files are links through a link next to them", async () => {
    const { at, launch, start } = house();
    await launch("web-0", "web-1");
    for (const replicas of [1, 2]) {
      mkdirSync(join(groups(), `..data_${replicas}`));
      writeFileSync(join(groups(), `..data_${replicas}`, "web.yaml"), yaml(replicas));
    }
    swap("..data_1", join(groups(), "..data"));
    symlinkSync("..data/web.yaml", file());
    const server = await start();
    await serving(server, 1);
    swap("..data_2", join(groups(), "..data"));
    await serving(server, 2);
    expect(readFileSync(join(at.path, "groups", "web.yaml"), "utf8")).toBe(yaml(2));
  });
});

test.concurrent("a file that changes nothing of a roster changes the document at once", async () => {
  const { launch, start } = house();
  writeFileSync(file(), yaml(2));
  await launch("web-0", "web-1");
  const server = await start();
  await serving(server, 2);
  writeFileSync(file(), `${yaml(3)}router: { rule: "Host(\`a.localhost\`)" }\n`);
  await until("the rule is served", async () => (await server.document()).body.includes("a.localhost"));
  expect(await declared(server)).toBe(3);
  expect(await server.servers("web")).toHaveLength(2);
});
