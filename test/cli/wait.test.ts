import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { startHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";
import { isColoured, usePlaces } from "./places.ts";

const house = useHouse();
const { place, run } = usePlaces();

/** The directory of a configuration that names the server's admin listener. */
const asking = (admin: string) => place({ "rollcall.yaml": `admin: { listen: ${admin} }\n` });
const verb = (where: string, words: string[]) => ["wait", ...words, "--config", join(where, "rollcall.yaml")];
const wait = (where: string, ...words: string[]) => run(undefined, verb(where, words));
const startWait = (where: string, ...words: string[]) => startHere(verb(where, words));

test.concurrent("it ends with 0 when the last replica is present, and tells of the progress on standard error", async () => {
  const { at, launch, start: serve } = house();
  at.declare("web", 2);
  await launch("web-0");
  const server = await serve();
  const waiting = startWait(asking(server.admin), "--for=ready", "--timeout", "60s");
  await until("it tells who is missing", () => waiting.stderr().includes("web 1/2: web-1 missing\n"));
  await launch("web-1");
  expect(await waiting.ended).toBe(0);
  expect(waiting.stderr().trimEnd().split("\n").at(-1)).toBe("web 2/2");
  expect([waiting.stdout(), isColoured(waiting.stderr())]).toEqual(["", false]);
});

test.concurrent("it ends with 75 when the time is over, and names the missing replicas", async () => {
  const { at, launch, start: serve } = house();
  at.declare("web", 2);
  await launch("web-0");
  const { admin } = await serve();
  const { code, stderr } = await wait(asking(admin), "--timeout", "2s");
  expect(code).toBe(75);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe("not complete after 2 s: web 1/2: web-1 missing");
});

test.concurrent("with a dead daemon it ends with 75 and names the source, and with --allow-stale with 0", async () => {
  const { at, launch, lxd, start: serve } = house();
  at.declare("web", 1);
  await launch("web-0");
  const server = await serve();
  await serving(server, 1);
  await lxd.close();
  await until("the server has noticed", async () => (await server.status()).stale.length > 0);
  const where = asking(server.admin);
  const [strict, allowing] = await Promise.all([
    wait(where, "--timeout", "1s"),
    wait(where, "--allow-stale", "--timeout", "60s"),
  ]);
  expect([strict.code, strict.stderr]).toEqual([
    75,
    expect.stringMatching(/web 1\/1; not confirmed: source local: .+\n/),
  ]);
  expect([allowing.code, allowing.stderr]).toEqual([0, "web 1/1\n"]);
});

test.concurrent("--for=fetched ends when the Traefik that polls was given the version", async () => {
  const { at, launch, start: serve } = house();
  at.declare("web", 1);
  await launch("web-0");
  const server = await serve();
  await until("it is served", async () => (await server.status()).state === "ready");
  const waiting = startWait(asking(server.admin), "--for=fetched", "--timeout", "60s");
  await until("it waits for a poll", () => waiting.stderr().includes("no Traefik polls"));
  await server.document();
  expect(await waiting.ended).toBe(0);
});

test.concurrent("it waits for a server that is only starting", async () => {
  const { at, launch, start: serve } = house();
  at.declare("web", 1);
  await launch("web-0");
  const port = await freePort();
  const waiting = startWait(asking(`127.0.0.1:${port}`), "--timeout", "60s");
  await until("it tells that nobody answers", () => waiting.stderr().includes("no server answers"));
  await serve({ admin: { listen: `127.0.0.1:${port}` } });
  expect(await waiting.ended).toBe(0);
});

test.concurrent("groups that are named are waited for and no others, and -q says nothing", async () => {
  const { at, launch, start: serve } = house();
  at.declare("web", 1);
  await launch("web-0");
  const server = await serve();
  await serving(server, 1);
  at.declare("api", 1);
  await until("api is waited for", async () => (await server.status()).waiting.length === 1);
  const where = asking(server.admin);
  const [web, both, unknown] = await Promise.all([
    wait(where, "web", "-q", "--timeout", "60s"),
    wait(where, "--timeout", "2s"),
    wait(where, "wbe", "--timeout", "60s"),
  ]);
  expect(web).toEqual({ code: 0, stdout: "", stderr: "" });
  expect([both.code, both.stderr]).toEqual([75, expect.stringContaining("api 0/1, web 1/1: api-0 missing")]);
  expect([unknown.code, unknown.stderr]).toEqual([1, "rollcall: the server has no group wbe; it has api, web\n"]);
});
