import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { waitForComplete } from "../../cli/wait.ts";
import { configSchema } from "../../server/config.ts";
import { type House, serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { startFakeTraefik } from "../support/traefik/fake-traefik.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();
const fake = useEach(startFakeTraefik, (made) => made.close());

/** A server with two replicas that knows the API of a Traefik, with a secret. */
async function started({ at, launch, start }: House): Promise<Rollcall> {
  writeFileSync(join(at.path, "secret"), "Bearer s3cret\n");
  at.declare("web", 2);
  await launch("web-0", "web-1");
  const api = { url: fake().url, name: "edge1", headers: { Authorization: { file: "secret" } } };
  const server = await start({ traefik: { api } });
  // Not by asking for the document: a drain waits for each poller.
  await until("both are served", async () => (await server.status()).groups[0]?.present === 2);
  return server;
}

/** Polls as that Traefik does. */
const poll = (server: Rollcall) => server.document("?hold=off&name=edge1");
const run = async (server: Rollcall) => fake().runs(JSON.parse((await poll(server)).body));

/** A wait with one look. */
async function wait(server: Rollcall, what: { pollers?: number; traefiks?: number }) {
  const lines: string[] = [];
  const config = configSchema.parse({ admin: { listen: server.admin } });
  const code = await waitForComplete({ config, groups: [], timeout: 0, say: (line) => lines.push(line), ...what });
  return { code, said: lines[0] };
}

describe("what a Traefik of traefik.api runs", () => {
  test("is in status and holds up wait --for=applied, and no secret is shown", async () => {
    const server = await started(house());
    await poll(server);
    const row = async () => (await server.status()).traefiks[0];
    expect(await wait(server, { pollers: 1 })).toMatchObject({ code: 0 });
    expect(await wait(server, { pollers: 1, traefiks: 1 })).toMatchObject({
      code: 75,
      said: "web 2/2; not applied yet by edge1",
    });
    await run(server);
    await until("it is seen", async () => (await row())?.current);
    expect(await wait(server, { pollers: 1, traefiks: 1 })).toMatchObject({ code: 0 });
    const { pollers, ordinal } = await server.status();
    expect(pollers.find(({ name }) => name === "edge1")).toMatchObject({
      live: true,
      given: ordinal,
      applied: ordinal,
    });
    expect(fake().asked.at(-1)?.authorization).toBe("Bearer s3cret");
    expect(JSON.stringify(await server.status()) + server.log()).not.toContain("s3cret");
  });

  test("and how long changes take to get there, is measured from the look that showed them", async () => {
    const server = await started(house());
    await run(server);
    await until("it runs it", async () => (await server.status()).traefiks[0]?.current);
    await house().driver.stop("web-1");
    await serving(server, 1);
    await run(server);
    const counts = await until("all stages", async () => {
      const text = await (await fetch(`http://${server.admin}/metrics`)).text();
      const found = ["published", "fetched", "applied"].map((stage) =>
        Number(new RegExp(`rollcall_propagation_seconds_count\\{stage="${stage}"\\} (\\d+)`).exec(text)?.[1] ?? 0),
      );
      return found.every((count) => count > 0) && found;
    });
    expect(counts).toHaveLength(3);
  });

  test("holds up a drain: it is not over before that Traefik runs a document without the instance", async () => {
    const server = await started(house());
    await run(server);
    const token = readFileSync(join(house().at.path, "state", "admin-token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ targets: ["web-1"], by: "ann", grace: "0s" });
    expect((await fetch(`http://${server.admin}/api/drains`, { method: "POST", headers, body })).status).toBe(200);
    const mark = async () => (await server.status()).marks[0];
    const waits = await until("only the Traefik is waited for", async () => {
      await poll(server);
      const now = await mark();
      return now?.step === "waiting-for-traefik" && now;
    });
    expect(waits.waitsFor).toEqual([fake().url]);
    await run(server);
    await until("it is over", async () => {
      await poll(server);
      return (await mark())?.step === "drained";
    });
  });

  test("without traefik.api can't be waited for, and the error has the cure", async () => {
    const { at, launch, start } = house();
    at.declare("web", 1);
    await launch("web-0");
    const server = await start();
    await serving(server, 1);
    await expect(wait(server, { traefiks: 1 })).rejects.toThrow(/set traefik.api/);
  });
});

test.each([
  [{ url: "unix:///x" }, /is the address of Traefik's API/],
  [{ url: "http://user:secret@x" }, /is the address of Traefik's API/],
  [{ url: "http://x", headers: { A: "secret\n" } }, /a header is text on one line/],
  [[{ url: "http://x" }, { url: "http://x" }], /two have the same url/],
])("traefik.api: %j is refused, and no secret is in the message", (api, words) => {
  const { error } = configSchema.safeParse({ traefik: { api } });
  expect(JSON.stringify(error?.issues)).toMatch(words);
  expect(JSON.stringify(error?.issues)).not.toContain("secret");
});
