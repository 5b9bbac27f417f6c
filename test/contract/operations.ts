import { describe, expect, test } from "vitest";
import type { WireOperation } from "../../embedded-daemon/shapes.ts";
import { createClient } from "../../server/platform/client.ts";
import { readOperations } from "../../server/platform/operations.ts";
import { type Bench, PREFIX } from "./contract.ts";
import { pause } from "./stream.ts";

/** What the listing of operations says while something is done to an instance. */
export function operationFacts(bench: Bench): void {
  const name = `${PREFIX}operation`;
  const list = async (project = bench.project) =>
    (await bench.driver.ask("GET", `/operations?recursion=1&project=${project}`)) as Record<string, WireOperation[]>;
  const mine = async (status: string) =>
    ((await list())[status] ?? [])
      .filter(({ resources }) => resources?.instances?.includes(bench.differences.resource(bench.path(name))))
      .map(({ description }) => description);
  async function leaving(): Promise<string | undefined> {
    const client = createClient(bench.endpoint);
    const operations = await readOperations(client, bench.project).finally(client.close);
    return operations.leaving({ name });
  }

  describe("the listing", () => {
    // They share an instance.
    describe.sequential("of operations", () => {
      test("has those that go on and those that have just ended, by status, from the beginning of a graceful stop on", async () => {
        await bench.driver.launch(name, { config: { "environment.GRACE": "2" } });
        await bench.driver.waitForAddress(name);
        expect(await mine("success")).toContain("Starting instance");
        expect(await leaving()).toBeUndefined();
        const stopping = bench.driver.stop(name);
        await pause(300);
        expect(await mine("running")).toEqual(["Stopping instance"]);
        expect(await leaving()).toBe("LXD is stopping it");
        expect((await bench.driver.state(name)).status).toBe("Running");
        await stopping;
        expect(await mine("running")).toEqual([]);
        expect(await mine("success")).toContain("Stopping instance");
        expect(await leaving()).toBeUndefined();
        await bench.driver.remove(name);
      });

      test("has a stop that took too long as a failure: the instance runs on", async () => {
        await bench.driver.launch(name, { config: { "environment.GRACE": "30" } });
        await bench.driver.waitForAddress(name);
        await expect(bench.driver.stop(name, { timeout: 1 })).rejects.toThrow("Failed shutting down instance");
        expect(await mine("failure")).toEqual(["Stopping instance"]);
        expect(await leaving()).toBeUndefined();
        await bench.driver.remove(name);
      });

      test("has a restart, for as long as the instance is away", async () => {
        await bench.driver.launch(name, { config: { "environment.GRACE": "2" } });
        await bench.driver.waitForAddress(name);
        const restarting = bench.driver.restart(name);
        await pause(300);
        expect(await leaving()).toBe("LXD is restarting it");
        await restarting;
        expect(await leaving()).toBeUndefined();
        await bench.driver.remove(name);
      });

      test("has the snapshot that freezes an instance, before or after any listing that shows it frozen", async () => {
        await bench.driver.launch(name);
        const client = createClient(bench.endpoint);
        const unexplained: string[] = [];
        const snapshot = bench.driver.snapshot(name);
        let done = false;
        const watching = (async () => {
          while (!done) {
            const before = await readOperations(client, bench.project);
            const { status } = await bench.driver.state(name);
            const after = await readOperations(client, bench.project, before);
            if (status.startsWith("Fr") && !before.freezes(name) && !after.freezes(name)) unexplained.push(status);
          }
        })();
        await snapshot;
        done = true;
        await watching;
        client.close();
        expect(unexplained).toEqual([]);
        await bench.driver.remove(name);
      });

      test("is an empty object where nothing goes on, and for a project that does not exist", async () => {
        expect(await list("nowhere")).toEqual({});
      });

      test("has addresses only without recursion", async () => {
        await bench.driver.create(name);
        const { success = [] } = (await bench.driver.ask("GET", `/operations?${bench.inProject}`)) as Record<
          string,
          string[]
        >;
        expect(success[0]).toMatch(/^\/1\.0\/operations\/[0-9a-f-]{36}$/);
        await bench.driver.remove(name);
      });
    });
  });

  test("an instance that is made again under its name has another uuid", async () => {
    const name = `${PREFIX}again`;
    const uuid = async () =>
      (await bench.driver.list()).find((one) => one.name === name)?.config?.["volatile.uuid"] ?? "";
    await bench.driver.create(name);
    const first = await uuid();
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    await bench.driver.remove(name);
    await bench.driver.create(name);
    expect(await uuid()).not.toBe(first);
    await bench.driver.remove(name);
  });
}
