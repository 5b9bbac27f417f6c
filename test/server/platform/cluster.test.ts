import { expect, test } from "vitest";
import type { z } from "zod";
import { quick } from "../../../embedded-daemon/quick.ts";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { createUnderway } from "../../../server/platform/underway.ts";
import { wireEvent } from "../../../server/platform/wire.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

/** A cluster of three, and an instance on each member; `member` is that of web-2. */
async function cluster() {
  const bench = await quick({ serve: false, clustered: true });
  for (const name of ["web-0", "web-1", "web-2"]) await bench.driver.launch(name);
  await bench.driver.waitForAddress("web-2");
  const watched = watchSource(bench.lxd.socket, { membersEvery: { calm: 200, doubtful: 100 } });
  const state = (name: string) => watched.instance(name)?.state;
  await until("all are seen", () => watched.instance("web-2")?.nics[0]?.addresses.length);
  const members = () => watched.source.status().members.map(({ name, status }) => `${name} ${status}`);
  return {
    ...{ bench, watched, state, members },
    member: (await bench.driver.list()).find(({ name }) => name === "web-2")?.location ?? "",
    async [Symbol.asyncDispose]() {
      await watched[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

test.concurrent("a member that hangs holds up no other's changes, and its instances are in error with its name", async () => {
  await using all = await cluster();
  const { bench, watched, state, member } = all;
  bench.lxd.faults.hungMembers.add(member);
  await bench.driver.stop("web-0", { force: true });
  await until("the stop is seen", () => state("web-0") === "stopped", 20_000);
  expect(watched.instance("web-2")).toMatchObject({ state: "error", member });
  expect(all.members()).toContain(`${member} Silent`);
  await bench.driver.start("web-0");
  await until("the start is seen", () => state("web-0") === "running", 20_000);
  bench.lxd.faults.hungMembers.clear();
  watched.source.lookAgain();
  await until("it answers again", () => state("web-2") === "running", 20_000);
  expect(all.members()).not.toContain(`${member} Silent`);
});

test.concurrent("a member that goes offline is noticed without an event", async () => {
  await using all = await cluster();
  await until("the members are known", () => all.members().length === 3, 20_000);
  all.bench.lxd.faults.offlineMembers.add(all.member);
  await until("it is seen", () => all.state("web-2") === "error", 30_000);
  expect(all.members()).toContain(`${all.member} Offline`);
  expect(all.watched.log()).toContain(`"${all.member}":"Offline"`);
  all.bench.lxd.faults.offlineMembers.clear();
  await until("it is back", () => all.state("web-2") === "running", 30_000);
});

test("an operation that an event told of is asked for by itself where they can't be listed", async () => {
  const id = "cfe12876-0564-400c-b1d8-16d1d673a51e";
  const resources = { instances: ["/1.0/instances/web-0"] };
  const operation = { id, class: "task", description: "Stopping instance", status_code: 103, resources };
  const client = {
    platform: "incus",
    async get(path: string, shape: z.ZodType) {
      if (path !== `/1.0/operations/${id}`) throw new Error("no whole answer within 3 s");
      return shape.parse(operation);
    },
  };
  const underway = createUnderway();
  const read = () => underway.read(client as unknown as DaemonClient, "default");
  expect((await read()).leaving({ name: "web-0" })).toBeUndefined();
  underway.hear(wireEvent.parse({ type: "operation", project: "default", metadata: operation }));
  expect((await read()).leaving({ name: "web-0" })).toBe("Incus is stopping it");
  operation.status_code = 200;
  expect((await read()).leaving({ name: "web-0" })).toBeUndefined();
});
