import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { rollcall } from "../support/cli/cli.ts";
import { runHere, startHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();
const route = (web: number, next: number, section = "http") => `# The shop.
${section}:
  services:
    shop: # shares out
      weighted:
        services:
          - name: web
            weight: ${web}
          - { name: web-next, weight: ${next} } # the canary
`;
const file = () => join(house().at.path, "routes/teams/shop.yaml");
const text = () => readFileSync(file(), "utf8");

const server = useEach(async () => {
  const { at, driver, launch, start } = house();
  mkdirSync(join(at.path, "routes/teams"), { recursive: true });
  writeFileSync(file(), route(1, 0));
  for (const name of ["web", "web-next"]) at.declare(name, 1);
  await launch("web-0");
  await driver.launch("web-next-0", { config: { "user.rollcall.group": "web-next" } });
  const own = await start();
  await serving(own, 1, "web-next");
  const sources = [{ name: "local", url: `unix://${house().lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: own.admin }, sources }));
  return own;
});

const withConfig = (words: readonly string[]) => [
  "canary",
  ...words,
  "--config",
  join(house().at.path, "rollcall.yaml"),
];
function ended(...words: string[]) {
  return runHere(undefined, withConfig(words));
}

describe.concurrent("rollcall canary", () => {
  test("gives no traffic to a group whose source cannot be read", async () => {
    await house().lxd.close();
    await until("the server has noticed", async () => (await server().status()).stale.length > 0);
    const { code, stderr } = await ended("web", "web-next", "10");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^web-next gets no traffic: the roll call of web-next is not confirmed: source local: .+\n$/,
      ),
    ]);
    expect(text()).toBe(route(1, 0));
  });

  test("gives the new group its part, and leaves every other byte of the file", async () => {
    const { code, stderr } = await ended("web", "web-next", "10");
    expect([code, stderr]).toEqual([0, `shop: web 90 %, web-next 10 % (${file()})\n`]);
    expect(text()).toBe(route(90, 10));
    await until("it is served", async () => (await server().document()).body.includes('{"name":"web","weight":90}'));
  });

  test.each(["tcp", "udp"])("does so in the section of %s", async (protocol) => {
    const { at } = house();
    for (const name of ["web", "web-next"])
      writeFileSync(
        join(at.path, `groups/${name}.yaml`),
        `name: ${name}\nreplicas: 1\nservice: { port: 3000, protocol: ${protocol} }\n`,
      );
    writeFileSync(file(), route(1, 0, protocol));
    const { code, stderr } = await ended("web", "web-next", "10");
    expect([code, stderr]).toEqual([0, `shop: web 90 %, web-next 10 % (${file()})\n`]);
    expect(text()).toBe(route(90, 10, protocol));
    await until("it is served", async () => {
      const document = JSON.parse((await server().document()).body) as Record<string, { services: object }>;
      return JSON.stringify(document[protocol]?.services ?? "").includes('{"name":"web","weight":90}');
    });
  });

  test("walks the steps to the last one", async () => {
    const { code, stderr } = await ended(
      "web",
      "web-next",
      "--steps",
      "5,50,100",
      "--every",
      "300ms",
      "--check",
      "true",
    );
    expect([code, stderr.match(/web-next \d+ %/g)]).toEqual([0, ["web-next 5 %", "web-next 50 %", "web-next 100 %"]]);
    expect(text()).toBe(route(0, 100));
  });

  test("goes back when the roll call of the new group breaks", async () => {
    const run = startHere(withConfig(["web", "web-next", "--steps", "5,100", "--every", "60s"]));
    await until("the first step", () => run.stderr().includes("web-next 5 %"));
    await house().driver.stop("web-next-0", { force: true });
    expect([await run.ended, run.stderr()]).toEqual([
      1,
      expect.stringContaining(
        "the roll call of web-next is not complete (0/1: web-next-0 stopped): went back, web 100 %, web-next 0 %",
      ),
    ]);
    expect(text()).toBe(route(1, 0));
  });

  test("goes back to the weights that it found, which need not be 100 and 0", async () => {
    for (const [before, web, next] of [
      [route(0, 100), 0, 100],
      [route(3, 1), 75, 25],
      [route(1, 3).replace("            weight: 1\n", ""), 25, 75],
    ] as const) {
      writeFileSync(file(), before);
      const { code, stderr } = await ended("web", "web-next", "--steps", "50", "--every", "1ms", "--check", "exit 3");
      expect([code, stderr]).toEqual([1, expect.stringContaining(`went back, web ${web} %, web-next ${next} %`)]);
      expect(text()).toBe(before);
    }
  });

  test("leaves what another program has changed in the file meanwhile", async () => {
    const check = (sed: string) => ["--every", "1ms", "--check", `sed -i '${sed}' ${file()}; exit 3`];
    await ended("web", "web-next", "--steps", "50", ...check("s/# The shop/# A shop/"));
    expect(text()).toBe(route(1, 0).replace("The", "A"));
    const { code, stderr } = await ended("web", "web-next", "--steps", "50", ...check("s/weight: 50/weight: 7/"));
    expect([code, stderr]).toEqual([1, expect.stringContaining("another program has changed the weights of shop")]);
    expect(text()).toBe(route(7, 7).replace("The", "A"));
  });

  test("goes back when the check command fails, and at a Ctrl-C", async () => {
    const failed = await ended("web", "web-next", "--steps", "5,100", "--every", "1ms", "--check", "exit 3");
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the check command ended with 3: went back"),
    });
    // A process of its own, since the signal would end those of the other tests.
    const run = rollcall(withConfig(["web", "web-next", "--steps", "5,100", "--every", "60s"]));
    await until("the first step", () => run.stderr().includes("web-next 5 %"));
    run.child.kill("SIGINT");
    expect([await run.ended, run.stderr()]).toEqual([130, expect.stringContaining("interrupted: went back")]);
    expect(text()).toBe(route(1, 0));
  });

  test("changes nothing where the new group is not there, or no service shares out", async () => {
    expect(await ended("web", "nobody", "10")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no weighted service in .*routes has web and nobody; write one/),
    });
    await house().driver.stop("web-next-0", { force: true });
    await until("it is away", async () => (await server().status()).groups[1]?.present === 0);
    expect(await ended("web", "web-next", "10")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("web-next gets no traffic"),
    });
    expect(await ended("web", "web-next")).toMatchObject({ code: 64 });
    expect(text()).toBe(route(1, 0));
  });
});
