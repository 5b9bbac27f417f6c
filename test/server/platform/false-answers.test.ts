import { describe, expect, test } from "vitest";
import { createEmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { createDriver } from "../../../embedded-daemon/driver.ts";
import { type Quick, quick } from "../../../embedded-daemon/quick.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

/** A daemon whose answers are well-formed and false. */

const names = ["web-0", "web-1", "web-2", "web-3"];

async function serving({ lxd, driver }: Quick) {
  for (const name of names) await driver.launch(name);
  await driver.waitForAddress("web-3");
  const watched = watchSource(lxd.socket);
  await until("all are seen", () => names.every((name) => watched.instance(name)?.nics[0]?.addresses.length));
  watched.source.guard(new Map([["default", new Set(names)]]));
  const states = () => names.map((name) => watched.instance(name)?.state);
  const look = () => driver.setConfig("web-0", { "user.note": String(performance.now()) });
  return { ...watched, states, look };
}

/** A listing with every second instance only. */
function halved(body: string): string {
  const answer = JSON.parse(body) as { metadata: unknown[] };
  return JSON.stringify({ ...answer, metadata: answer.metadata.filter((_, index) => index % 2 === 0) });
}

describe.concurrent("a listing that lacks served instances, though no event told of their end", () => {
  test.each([
    ["[] for a project that exists", "empty", ["unlisted", "unlisted", "unlisted", "unlisted"]],
    ["half a list", { rewrite: halved }, ["running", "unlisted", "running", "unlisted"]],
  ] as const)("%s is not believed, and looked at again", async (_, fault, expected) => {
    await using bench = await quick({ serve: false });
    await using watched = await serving(bench);
    bench.lxd.faults.nextListing(fault);
    await watched.look();
    await until("the false list", () => watched.states().includes("unlisted"));
    expect(watched.states()).toEqual(expected);
    await until("the next look", () => watched.states().every((state) => state === "running"));
  });

  // By itself: it is about time.
  test.sequential("counts at once where an event told of it, and after a second look where none did", async () => {
    await using bench = await quick({ serve: false });
    await using watched = await serving(bench);
    await bench.driver.remove("web-1");
    await until("the deletion is seen", () => watched.instance("web-1") === undefined, 900);
    bench.lxd.faults.loseEvents = true;
    await bench.driver.remove("web-2");
    watched.source.lookAgain();
    await until("it is doubted", () => watched.instance("web-2")?.state === "unlisted");
    await until("it is believed", () => watched.instance("web-2") === undefined);
  });
});

describe.concurrent("a loss of too many at once", () => {
  test("stays, and says when listings agree, until the operator accepts it", async () => {
    await using bench = await quick({ serve: false });
    await using watched = await serving(bench);
    bench.lxd.faults.everyListing = "empty";
    await watched.look();
    await until("looks agree", () => names.every((name) => watched.instance(name)?.agreed));
    expect(watched.states()).toEqual(["unlisted", "unlisted", "unlisted", "unlisted"]);
    watched.source.accept();
    await until("it is believed", () => names.every((name) => watched.instance(name) === undefined));
  });
});

describe.concurrent("another daemon on the socket", () => {
  async function replaced(name: string, { accepts = false } = {}) {
    await using bench = await quick({ serve: false, name: "lxd-a" });
    await using watched = await serving(bench);
    await bench.lxd.goAway();
    await using other = await createEmbeddedDaemon({ socket: bench.lxd.socket, serve: false, name });
    const driver = createDriver(other.socket);
    await driver.launch("web-0");
    await driver.waitForAddress("web-0");
    await driver.close();
    await until(
      "it is judged",
      () => watched.listing()?.problem?.includes("another") || watched.states()[3] !== "running",
    );
    if (accepts) {
      watched.source.accept();
      await until("it is taken", () => watched.states()[3] === undefined);
    }
    return { problem: watched.listing()?.problem, states: watched.states() };
  }

  test("is believed, and what it lacks is gone at once, when the operator accepts it", async () => {
    const { problem, states } = await replaced("lxd-b", { accepts: true });
    expect(problem).toBeUndefined();
    expect(states).toEqual(["running", undefined, undefined, undefined]);
  });

  test("is not believed: what was read of the one before stays, and its problem names both", async () => {
    const { problem, states } = await replaced("lxd-b");
    expect(problem).toMatch(
      /^GET \/1\.0: another daemon answers: lxd-b with certificate [0-9a-f]{12}, and before it was lxd-a with certificate [0-9a-f]{12}\. Nothing of it is taken; if that is right, run rollcall accept$/,
    );
    expect(states).toEqual(["running", "running", "running", "running"]);
  });

  test("is taken for the same if it has the same name: LXD was installed again", async () => {
    const { problem, states } = await replaced("lxd-a");
    expect(problem).toBeUndefined();
    expect(states).toEqual([expect.anything(), "unlisted", "unlisted", "unlisted"]);
  });
});

test("an address that a guest takes from another one is not the guest's to be served at", async () => {
  await using bench = await quick({ serve: false });
  await using watched = await serving(bench);
  const { address = "" } = watched.instance("web-1")?.nics[0]?.addresses[0] ?? {};
  bench.lxd.guest("web-2").removeAddress("eth0", watched.instance("web-2")?.nics[0]?.addresses[0]?.address ?? "");
  await bench.lxd.guest("web-2").addAddress("eth0", address, 16);
  await watched.look();
  const shown = (name: string) => watched.instance(name)?.nics[0]?.addresses;
  await until("it is seen", () => shown("web-1")?.[0]?.sharedWith);
  expect(shown("web-1")).toEqual([{ address, tentative: false, sharedWith: "web-2 of project default" }]);
  expect(shown("web-2")).toEqual([{ address, tentative: true, sharedWith: "web-1 of project default" }]);
});
