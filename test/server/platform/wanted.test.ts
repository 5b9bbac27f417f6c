import { expect, test } from "vitest";
import { quick } from "../../../embedded-daemon/quick.ts";
import { namedBy } from "../../../server/platform/events.ts";
import { namesToRead } from "../../../server/platform/wanted.ts";
import { wireEvent } from "../../../server/platform/wire.ts";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

test("one change among twelve instances is read by itself, and so are one that is new and one that was deleted", async () => {
  await using bench = await quick({ serve: false });
  const { lxd, driver } = bench;
  const names = Array.from({ length: 12 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name) => driver.launch(name)));
  await Promise.all(names.map((name) => driver.waitForAddress(name)));
  await using watched = watchSource(lxd.socket);
  await until("the stream is open", () => watched.source.status().eventsProblem === undefined);
  await until("all are seen", () => names.every((name) => watched.instance(name)?.nics[0]?.addresses.length));
  // The look that the opening of the stream asked for may still be due.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { listings } = lxd.counts;
  await driver.setConfig("web-3", { "user.note": "new" });
  await until("the change is seen", () => watched.instance("web-3")?.keys["user.note"] === "new");
  await driver.launch("web-12");
  watched.source.chase(["web-12"]);
  await until("the new one has its address", () => watched.instance("web-12")?.nics[0]?.addresses.length);
  await driver.remove("web-5");
  await until("the deletion is seen", () => watched.instance("web-5") === undefined);
  expect(lxd.counts.listings).toBe(listings);
  expect(watched.listing()?.instances?.size).toBe(12);
  watched.source.lookAgain();
  await until("everything is listed", () => lxd.counts.listings > listings);
});

test("an instance of Incus that ends after its stop had failed is seen to have ended, though no event tells of it", async () => {
  await using bench = await quick({ serve: false, platform: "incus" });
  const { lxd, driver } = bench;
  await driver.launch("web-0", { config: { "environment.GRACE": "1.5" } });
  await using watched = watchSource(lxd.socket);
  await until("it runs", () => watched.instance("web-0")?.nics[0]?.addresses.length);
  await expect(driver.stop("web-0", { timeout: 1 })).rejects.toThrow("context deadline exceeded");
  await until("it is seen to run on", () => watched.instance("web-0")?.leaving === undefined);
  await until("its end is seen", () => watched.instance("web-0")?.state === "stopped");
});

const fleet = (size: number, more: Partial<Instance> = {}) => ({
  instances: new Map(
    Array.from({ length: size }, (_, index) => {
      const name = `web-${index}`;
      return [name, { name, state: "running", keys: {}, nics: [], ...(index === 0 && more) } as Instance] as const;
    }),
  ),
});

test.each<[string, ReturnType<typeof fleet>, string[], string[], string[] | undefined]>([
  ["one of many", fleet(30), ["web-3"], [], ["web-3"]],
  ["none where nothing is wanted", fleet(30), [], [], []],
  ["one that is new", fleet(30), ["api-0"], [], ["api-0"]],
  ["one that is chased, if it is of this project", fleet(30), [], ["web-7", "api-0"], ["web-7"]],
  ["one in a doubtful state", fleet(30, { state: "freezing" }), ["web-3"], [], ["web-3", "web-0"]],
  ["one that is leaving", fleet(30, { leaving: "LXD is stopping it" }), [], [], ["web-0"]],
  ["all where one is in error", fleet(30, { state: "error" }), ["web-3"], [], undefined],
  ["all where a third changed", fleet(30), Array.from({ length: 10 }, (_, index) => `web-${index}`), [], undefined],
  ["all of few", fleet(8), ["web-3"], [], undefined],
])("a look reads %s", (_, before, named, chased, expected) => {
  const names = namesToRead(before, named, new Set(chased));
  expect(names && [...names]).toEqual(expected);
});

const instances = ["/1.0/instances/web-1?project=shop"];
test.each<[string, string | undefined, object, string[] | undefined]>([
  ["lifecycle", "shop", { action: "instance-started", source: instances[0] }, ["web-1"]],
  [
    "lifecycle",
    "shop",
    { action: "instance-renamed", source: instances[0], context: { old_name: "web-0" } },
    ["web-1", "web-0"],
  ],
  ["lifecycle", "shop", { action: "instance-renamed", source: instances[0] }, undefined],
  ["operation", "shop", { description: "Stopping instance", resources: { instances } }, ["web-1"]],
  ["operation", "shop", { description: "Evacuating cluster member", resources: null }, undefined],
  ["operation", undefined, { description: "Stopping instance", resources: { instances } }, undefined],
  ["lifecycle", "shop", { action: "network-updated", source: "/1.0/networks/lxdbr0" }, undefined],
  ["lifecycle", "shop", { action: "instance-new-thing", source: "/1.0/instances/web-1/things/2" }, undefined],
])("a %s event of project %s with %j names %j", (type, project, metadata, expected) => {
  expect(namedBy(wireEvent.parse({ type, project, metadata }))?.names).toEqual(expected);
});
