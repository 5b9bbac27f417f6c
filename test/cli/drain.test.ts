import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { PlanJson } from "../../cli/pipeline/changes.ts";
import { runHere } from "../support/cli/run-here.ts";
import { useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";
import { planOf, stubTerraform } from "./terraform-stub.ts";

const house = useHouse();
const ending = useEach(
  async () => [] as (() => void)[],
  async (ends) => {
    for (const end of ends) end();
  },
);

/** A server with a group of two replicas, and the verbs that are run with its configuration. */
async function twoReplicas(plan: PlanJson = {}, more = "", peers: readonly object[] = []) {
  const { at, launch, lxd, start } = house();
  at.declare("web", 2, "instance: { image: web }\n");
  await launch("web-0", "web-1");
  const server = await start({ peers });
  await server.status();
  await until("both are members", async () => (await server.status()).groups[0]?.present === 2);
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: server.admin }, sources, peers }));
  const terraform = stubTerraform(at.path, plan, more);
  return {
    at,
    server,
    terraform,
    verb: (...words: string[]) =>
      runHere(undefined, [...words, "--config", join(at.path, "rollcall.yaml")], terraform.environment),
    states: async () => (await server.status()).groups[0]?.replicas.map(({ state }) => state),
  };
}

/** One poll of a Traefik. */
const poll = ({ endpoint }: Rollcall, name = "edge1") =>
  new Promise((done, fail) => {
    const asked = get(`${endpoint}?hold=off&name=${name}`, { agent: false }, (answer) =>
      answer.resume().once("end", done),
    );
    asked.once("error", fail);
  });

/** A Traefik that goes on polling until the test ends. */
async function polling(server: Rollcall) {
  await poll(server);
  const timer = setInterval(() => void poll(server).catch(() => {}), 50);
  ending().push(() => clearInterval(timer));
}

describe.concurrent("drain", () => {
  test("ends with 0 when the live poller has read a document without it and the grace is over, and shows each step", async () => {
    const { server, verb, states } = await twoReplicas();
    await polling(server);
    const began = performance.now();
    const { code, stdout, stderr } = await verb("drain", "web-1", "--grace", "300ms");
    expect([code, stdout, performance.now() - began >= 300]).toEqual([0, "", true]);
    const steps = stderr.trimEnd().split("\n");
    expect(steps.filter((line) => !/^ +\d+\.\d s {2}web-1: /.test(line))).toEqual([]);
    expect(steps.at(-1)).toMatch(/ web-1: drained$/);
    expect(await states()).toEqual(["member", "leaving"]);
  });

  test("ends with 75 if a poller never asks again, and names it; the mark stays", async () => {
    const { server, verb, states } = await twoReplicas();
    await poll(server);
    const { code, stderr } = await verb("drain", "web-1", "--timeout", "300ms");
    expect([code, stderr]).toEqual([
      75,
      expect.stringContaining("not drained after 0.3 s: web-1: waiting for edge1 to poll\nthey stay drained until"),
    ]);
    expect(await states()).toEqual(["member", "leaving"]);
    expect(await verb("undrain", "web-1")).toEqual({ code: 0, stdout: "web-1: no longer drained\n", stderr: "" });
    await until("it is back", async () => (await states())?.[1] === "member");
  });

  test("without a poller waits the grace only, and says so", async () => {
    const { verb } = await twoReplicas();
    const { code, stderr } = await verb("drain", "web-1", "--grace", "0s");
    expect([code, stderr]).toEqual([0, expect.stringContaining("web-1: no Traefik polls; drained\n")]);
  });

  test("of the last members is refused, and drains nothing; --force does it", async () => {
    const { verb, states } = await twoReplicas();
    const { code, stderr } = await verb("drain", "web");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^rollcall: web would have no member left .+ use --force\n$/),
    ]);
    expect(await states()).toEqual(["member", "member"]);
    expect(await verb("drain", "web", "--force", "--grace", "0s")).toMatchObject({ code: 0 });
    expect(await verb("undrain", "--all")).toMatchObject({
      stdout: "web-0: no longer drained\nweb-1: no longer drained\n",
    });
  });

  test("of what a plan ends reads terraform's JSON; what is gone is ignored", async () => {
    const { at, verb, states } = await twoReplicas();
    const plan = planOf(["delete"], ["web-1", "web-9"]);
    const file = join(at.path, "plan.json");
    writeFileSync(file, JSON.stringify(plan));
    const { code, stderr } = await verb("drain", "--plan", file, "--grace", "0s");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^ignored: web-9: no replica[^\n]+\n.*web-1: /s)]);
    expect(await states()).toEqual(["member", "leaving"]);
    expect(await verb("undrain", "--plan", file)).toMatchObject({ stdout: "web-1: no longer drained\n" });
    writeFileSync(file, "Terraform will perform the following actions");
    const wrong = `${file} is no plan in JSON: it is what \`terraform show -json PLAN\` prints`;
    expect(await verb("drain", "--plan", file)).toMatchObject({ code: 1, stderr: `rollcall: ${wrong}\n` });
  });

  test.each<[string, string[], number, RegExp]>([
    [
      "a name that nothing has",
      ["drain", "wep-1"],
      1,
      /^rollcall: wep-1: no replica, group, source .+ did you mean "web-1"\?\n$/,
    ],
    ["neither a name nor a plan", ["drain"], 64, /drain takes either names or --plan/],
    ["undrain of what is not drained", ["undrain", "web-1"], 0, /^not drained: web-1\n$/],
    ["undrain of a name and of all", ["undrain", "web-1", "--all"], 64, /undrain takes either names, --plan or --all/],
    ["a source that there is not", ["accept", "locl"], 1, /did you mean "local"\?\n$/],
  ])("%s is told", async (_, words, code, said) => {
    const { verb } = await twoReplicas();
    expect(await verb(...words)).toMatchObject({ code, stderr: expect.stringMatching(said) });
  });
});

test.concurrent("accept has a source take what it says", async () => {
  const { verb } = await twoReplicas();
  expect(await verb("accept", "local")).toMatchObject({ code: 0, stdout: "local: what it says next is taken\n" });
});

test.concurrent("a verb that writes says what is wrong with the token, and never shows it", async () => {
  const { at, verb } = await twoReplicas();
  const file = join(at.path, "state/admin-token");
  writeFileSync(file, "0123456789abcdef-another");
  const wrong = await verb("drain", "web-1");
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringMatching(/^rollcall: the token of .+admin-token is not that of the server at 127/),
  ]);
  expect(wrong.stderr).not.toContain("another");
  writeFileSync(
    join(at.path, "rollcall.yaml"),
    `admin: { token: none, listen: "${house().at.path && "127.0.0.1:1"}" }\n`,
  );
  expect(await verb("drain", "web-1")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^rollcall: no token: .+none: .*made by rollcall serve/),
  });
});

describe.concurrent("deploy", () => {
  const destroying = planOf(["delete"], ["web-1"]);
  const held = 'if [ "$1" = apply ]; then echo > applying; until [ -e finish ]; do /bin/sleep 0.02; done; fi';

  test("applies only when what the plan ends is drained; the files are written after that", async () => {
    const { at, server, verb } = await twoReplicas(destroying, held);
    const stack = join(at.path, "cdktf.out/stacks/local");
    const file = () => readFileSync(join(at.path, "groups/web.yaml"), "utf8");
    await poll(server);
    const ended = verb("scale", "web=1", "--deploy", "--yes", "--no-wait", "--grace", "0s");
    await until("it waits", async () => (await server.status()).marks[0]?.step === "waiting-for-pollers");
    expect([existsSync(join(stack, "applying")), file().includes("replicas: 2")]).toEqual([false, true]);
    await poll(server);
    expect((await server.status()).marks[0]?.step).toBe("waiting-for-pollers");
    // Only now it is certain that the answer before was read.
    await poll(server);
    await until("it applies", () => existsSync(join(stack, "applying")));
    expect(file()).toContain("replicas: 1");
    expect((await server.status()).marks).toMatchObject([{ instance: "web-1", step: "drained" }]);
    await house().driver.remove("web-1");
    writeFileSync(join(stack, "finish"), "");
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining("web-1: drained\n") });
    await until("its mark has ended", async () => (await server.status()).marks.length === 0);
  });

  test("that fails takes back what it has drained and not begun to end", async () => {
    const { verb, states } = await twoReplicas(destroying, 'if [ "$1" = apply ]; then exit 1; fi');
    const { code, stderr } = await verb("deploy", "--yes", "--grace", "0s");
    expect([code, stderr]).toEqual([1, expect.stringContaining("web-1: no longer drained\n")]);
    await until("it is back", async () => (await states())?.[1] === "member");
  });

  test("that was drained by someone before stays drained if it fails", async () => {
    const { verb, states } = await twoReplicas(destroying, 'if [ "$1" = apply ]; then exit 1; fi');
    await verb("drain", "web-1", "--grace", "0s");
    expect((await verb("deploy", "--yes", "--grace", "0s")).stderr).not.toContain("no longer drained");
    expect(await states()).toEqual(["member", "leaving"]);
  });

  test("does not take back what it has begun to end", async () => {
    const begin = { type: "apply_start", hook: { resource: { addr: "lxd_instance.web-1" }, action: "delete" } };
    const more = `if [ "$1" = apply ]; then echo '${JSON.stringify(begin)}'; exit 1; fi`;
    const { verb, states } = await twoReplicas(destroying, more);
    expect((await verb("deploy", "--yes", "--grace", "0s")).code).toBe(1);
    expect(await states()).toEqual(["member", "leaving"]);
  });

  test("--no-drain ends it at once", async () => {
    const { server, terraform, verb } = await twoReplicas(destroying);
    await poll(server);
    expect(await verb("deploy", "--yes", "--no-wait", "--no-drain")).toMatchObject({ code: 0 });
    expect(terraform.runs().at(-1)).toBe("apply");
    expect((await server.status()).marks).toEqual([]);
  });
});

describe.concurrent("where a peer is gone", () => {
  const gone = "http://127.0.0.1:1";
  const peers = [{ url: gone, token: "state/admin-token" }];
  const whileGone = (plan: PlanJson) => twoReplicas(plan, "", peers);
  const words = `peer ${gone}: is not answering, and its Traefiks may run an older document`;

  test.each([
    ["drain", ["drain", "web-1"], ["web-1"]],
    ["deploy", ["deploy", "--yes", "--no-wait"], ["web-1"]],
    ["scale", ["scale", "web=1", "--deploy", "--yes", "--no-wait"], ["web-1"]],
    ["destroy", ["destroy", "--yes"], ["web-0", "web-1"]],
  ])("%s --without-peer does not wait for it, and says so", async (verbName, ran, names) => {
    const { terraform, verb } = await whileGone(planOf(["delete"], names));
    const { code, stderr } = await verb(...ran, "--grace", "0s", "--without-peer", `${gone}/`);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`${names.join(", ")}: drained here; not waited for: ${words}\n`),
    ]);
    expect(terraform.runs().at(-1)).toBe(verbName === "drain" ? undefined : "apply");
  });

  test("every verb that drains refuses a URL that is not that of a peer, and names those that are", async () => {
    const { terraform, verb } = await whileGone({});
    const other = "https://b.example:7071";
    for (const ran of ["drain web-1", "deploy", "scale web=1 --deploy", "rollout web --image new", "destroy"])
      expect(await verb(...ran.split(" "), "--without-peer", gone, other)).toEqual({
        ...{ code: 1, stdout: "" },
        stderr: `rollcall: --without-peer ${other}: not one of peers in the configuration, which has ${gone}\n`,
      });
    expect(terraform.runs()).toEqual([]);
  });
});

describe.concurrent("destroy", () => {
  const everything = planOf(["delete"], ["web-0", "web-1"]);

  test("shows what goes, asks, drains all of it, and leaves the files alone", async () => {
    const { at, server, terraform, verb, states } = await twoReplicas(everything);
    const before = readFileSync(join(at.path, "groups/web.yaml"), "utf8");
    const shown = "web: 2 to destroy\n  - web-0\n  - web-1\n";
    expect(await verb("destroy")).toMatchObject({ code: 64, stdout: shown });
    expect((await server.status()).marks).toEqual([]);
    expect(await verb("destroy", "--yes", "--grace", "0s")).toMatchObject({
      code: 0,
      stdout: shown,
      stderr: expect.stringMatching(
        /web-0, web-1: no Traefik polls; drained\n.*all are destroyed; the files are as they were/s,
      ),
    });
    expect(await states()).toEqual(["leaving", "leaving"]);
    expect(terraform.runs()).toEqual(["init", "plan", "show", "init", "plan", "show", "apply"]);
    expect(readFileSync(join(at.path, "groups/web.yaml"), "utf8")).toBe(before);
  });

  test("is refused where no server answers, unless --no-drain", async () => {
    const { server, verb, terraform } = await twoReplicas(everything);
    await server.stop();
    const { code, stderr } = await verb("destroy", "--yes");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^refused: no server answers at .+--no-drain does not wait/),
    ]);
    expect(terraform.runs()).not.toContain("apply");
    expect(await verb("destroy", "--yes", "--no-drain")).toMatchObject({ code: 0 });
  });
});
