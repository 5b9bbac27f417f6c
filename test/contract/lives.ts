import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireEvent } from "../../embedded-daemon/shapes.ts";
import { until } from "../support/until.ts";
import { type Bench, PREFIX } from "./contract.ts";
import { instanceOf, inWords, pause, type Recording, toldDuring } from "./stream.ts";

const steps = (operation: string) => ["Pending", "Running", "Success"].map((status) => `${operation}: ${status}`);

/** What is told of every turn in an instance's life; the order among neighbours is not a fact. */
export function lifeFacts(bench: Bench): void {
  const name = `${PREFIX}life`;
  let stream: Recording;

  async function told(act: () => Promise<unknown>): Promise<string[]> {
    return toldDuring(stream, name, act, bench.toldAfter);
  }

  describe("the stream", () => {
    // One life, from its launch to its end.
    describe.sequential("tells", () => {
      beforeAll(async () => {
        stream = await bench.record();
      });
      afterAll(() => stream.close());

      test("of a launch: created and started, and nothing of its address", async () => {
        const launch = async () => {
          await bench.driver.launch(name);
          await bench.driver.waitForAddress(name);
        };
        expect(await told(launch)).toEqual([
          ...steps("Creating instance"),
          ...steps("Starting instance"),
          "instance-created",
          "instance-started",
        ]);
      });

      test("of a changed configuration: updated", async () => {
        const change = () => bench.driver.setConfig(name, { "user.note": "changed" });
        expect(await told(change)).toContain("instance-updated");
        const listed = (await bench.driver.list()).find((each) => each.name === name);
        expect(listed?.config).toMatchObject({ "user.note": "changed", "image.os": "busybox" });
      });

      test("of freezing and thawing: paused and resumed", async () => {
        expect(await told(() => bench.driver.freeze(name))).toEqual([...steps("Freezing instance"), "instance-paused"]);
        const thaw = () => bench.driver.unfreeze(name);
        expect(await told(thaw)).toEqual([...steps("Unfreezing instance"), "instance-resumed"]);
      });

      test("of a snapshot: that the instance is frozen meanwhile", async () => {
        expect(await told(() => bench.driver.snapshot(name))).toEqual([
          ...steps("Snapshotting instance"),
          "instance-paused",
          "instance-resumed",
          "instance-snapshot-created",
        ]);
        const listed = (await bench.driver.list()).find((each) => each.name === name);
        expect(listed?.snapshots).toEqual([expect.objectContaining({ name: "snap0" })]);
      });

      test("of a restart: only restarted, at its end", async () => {
        const again = () => bench.driver.restart(name, { force: true });
        expect(await told(again)).toEqual([...steps("Restarting instance"), "instance-restarted"]);
        const gently = () => bench.driver.restart(name);
        expect(await told(gently)).toEqual([...steps("Restarting instance"), "instance-restarted"]);
      });

      test("of a graceful stop: shutdown, long after the operation began", async () => {
        await bench.driver.setConfig(name, { "environment.GRACE": "1" });
        await bench.driver.restart(name, { force: true });
        await bench.driver.waitForAddress(name);
        const from = stream.events.length;
        expect(await told(() => bench.driver.stop(name))).toEqual([...steps("Stopping instance"), "instance-shutdown"]);
        const times = stream.events.slice(from).map((event) => Date.parse(event.timestamp));
        expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(950);
        const listed = (await bench.driver.list()).find((each) => each.name === name);
        expect(listed).toMatchObject({ status: "Stopped", status_code: 102, state: { status: "Stopped", pid: 0 } });
        expect(listed?.state?.network).toBeNull();
      });

      test("of a start and a forced stop: started and stopped", async () => {
        expect(await told(() => bench.driver.start(name))).toEqual([...steps("Starting instance"), "instance-started"]);
        const stop = () => bench.driver.stop(name, { force: true });
        expect(await told(stop)).toEqual([...steps("Stopping instance"), "instance-stopped"]);
      });

      test("of a stop without patience: stopped, as if it were forced", async () => {
        await bench.driver.start(name);
        const stop = () => bench.driver.stop(name, { timeout: 0 });
        expect(await told(stop)).toEqual([...steps("Stopping instance"), "instance-stopped"]);
      });

      test("of a stop that takes too long: a failure, and on LXD shutdown when it has ended after all", async () => {
        await bench.driver.setConfig(name, { "environment.GRACE": "3" });
        await bench.driver.start(name);
        // A container of Incus that has just begun misses the signal.
        await bench.driver.waitForAddress(name);
        const [pending, running] = steps("Stopping instance");
        const later = bench.differences.tellsLateStop ? ["instance-shutdown"] : [];
        const isLate = (event: WireEvent) => instanceOf(event) === name && later.includes(inWords(event));
        const from = stream.events.length;
        const failure = `Failed shutting down instance, status is "Running": ${bench.differences.stopTooLate}`;
        const stop = async () => {
          const asked = performance.now();
          await expect(bench.driver.stop(name, { timeout: 1 })).rejects.toThrow(failure);
          const { status } = await bench.driver.state(name);
          // A busy machine may answer when the guest has ended.
          if (performance.now() - asked < 3000) expect(status).toBe("Running");
          // While it ends, Incus may answer an error; LXD tells of the end most of a second later.
          const state = () => bench.driver.state(name).catch(() => undefined);
          await until("it has ended", async () => (await state())?.status === "Stopped");
          if (later.length > 0) await until("its end is told", () => stream.events.slice(from).some(isLate));
        };
        expect(await told(stop)).toEqual(["Stopping instance: Failure", pending, running, ...later]);
        expect((await bench.driver.state(name)).status).toBe("Stopped");
      });

      test("of two starts at once, and of a forced stop in a graceful one: all succeed", async () => {
        const starts = () => Promise.all([bench.driver.start(name), bench.driver.start(name)]);
        expect(await told(starts)).toEqual([...steps("Starting instance"), "instance-started"]);
        await bench.driver.waitForAddress(name);
        const force = () => pause(200).then(() => bench.driver.stop(name, { force: true }));
        const both = await told(() => Promise.all([bench.driver.stop(name), force()]));
        expect(both).toEqual([...steps("Stopping instance"), "instance-shutdown", "instance-stopped"]);
      });

      test("of a forced stop in a graceful restart: that it is restarted", async () => {
        await bench.driver.start(name);
        await bench.driver.waitForAddress(name);
        const force = () => pause(200).then(() => bench.driver.stop(name, { force: true }));
        const both = await told(() => Promise.all([bench.driver.restart(name), force()]));
        expect(both).toEqual([...steps("Restarting instance"), ...steps("Stopping instance"), "instance-restarted"]);
        expect((await bench.driver.state(name)).status).toBe("Running");
      });

      test("of stopping a frozen one gracefully: LXD thaws it for that, Incus never ends", async () => {
        await bench.driver.freeze(name);
        const thaws = bench.differences.frozenStop === "thaws";
        const stop = () => bench.driver.stop(name, thaws ? {} : { timeout: 1 }).catch(() => {});
        const [pending, running, success] = steps("Stopping instance");
        const thawed = [pending, running, success, "instance-resumed", "instance-shutdown"];
        expect(await told(stop)).toEqual(thaws ? thawed : ["Stopping instance: Failure", pending, running]);
        if (!thaws) await told(() => bench.driver.stop(name, { force: true }));
      });

      test("of a delete: deleted, and its snapshots before it", async () => {
        expect(await told(() => bench.driver.remove(name))).toEqual([
          ...steps("Deleting instance"),
          "instance-deleted",
          "instance-snapshot-deleted",
        ]);
        await expect(bench.driver.state(name)).rejects.toThrow("Instance not found");
      });

      test("of an ephemeral one that stops: deleted and stopped", async () => {
        const source = { type: "image", alias: "web" };
        await bench.driver.ask("POST", `/instances?${bench.inProject}`, { name, source, ephemeral: true });
        await bench.driver.start(name);
        const stop = () => bench.driver.stop(name, { force: true });
        expect(await told(stop)).toEqual([...steps("Stopping instance"), "instance-deleted", "instance-stopped"]);
      });
    });
  });
}
