import { describe, expect, test } from "vitest";
import { type Bench, PREFIX } from "./contract.ts";

/** How the daemon says no. */
export function refusalFacts(bench: Bench): void {
  const { raw } = bench;
  const error = (code: number, words: string) => {
    const empty = { status: "", status_code: 0, operation: "", metadata: null };
    return [code, { type: "error", error: words, error_code: code, ...empty }];
  };

  describe("a refusal", () => {
    test("of an unknown instance is a 404 in an envelope", async () => {
      const words = bench.differences.noInstance("nobody", bench.project);
      expect(await raw("GET", `/1.0/instances/nobody?${bench.inProject}`)).toEqual(error(404, words));
      expect(await raw("GET", `/1.0/instances/nobody/state?${bench.inProject}`)).toEqual(error(404, words));
    });

    test("of an unknown path is a 404 in an envelope", async () => {
      expect(await raw("GET", "/1.0/nothing")).toEqual(error(404, "not found"));
    });

    test("of a project beside all-projects is a 400", async () => {
      const words = "Cannot specify a project when requesting all projects";
      expect(await raw("GET", `/1.0/instances?all-projects=true&${bench.inProject}`)).toEqual(error(400, words));
    });

    test("of events without a WebSocket is a bare 400", async () => {
      expect(await raw("GET", `/1.0/events?type=lifecycle&${bench.inProject}`)).toEqual([400, "Bad Request\n"]);
    });

    test("of the old listing of containers, on Incus alone", async () => {
      expect((await raw("GET", `/1.0/containers?${bench.inProject}`))[0]).toBe(bench.differences.containers);
    });

    test("of an unknown operation is a 404", async () => {
      expect((await raw("GET", "/1.0/operations/00000000-0000-4000-8000-000000000000"))[0]).toBe(404);
    });

    test("of an unknown image", async () => {
      const source = { type: "image", alias: "no-such-image" };
      const name = `${PREFIX}none`;
      await expect(bench.driver.ask("POST", `/instances?${bench.inProject}`, { name, source })).rejects.toThrow(
        bench.differences.noImage,
      );
    });

    test("of starting what runs, and of deleting what runs", async () => {
      await expect(bench.driver.start(bench.still)).rejects.toThrow("The instance is already running");
      await expect(bench.driver.ask("DELETE", `/instances/${bench.still}?${bench.inProject}`)).rejects.toThrow(
        "Instance is running",
      );
    });

    test("of stopping what is stopped", async () => {
      const name = `${PREFIX}created`;
      await bench.driver.create(name);
      await expect(bench.driver.stop(name)).rejects.toThrow("The instance is already stopped");
      await bench.driver.remove(name);
    });

    test("of a second instance of the same name", async () => {
      await expect(bench.driver.create(bench.still)).rejects.toThrow(bench.differences.nameTaken);
    });

    test("of an unknown change of state", async () => {
      const path = `/instances/${bench.still}/state?${bench.inProject}`;
      await expect(bench.driver.ask("PUT", path, { action: "dance" })).rejects.toThrow("Unknown action: 'dance'");
    });

    test("of a name, and of a configuration key, that LXD does not take", async () => {
      await expect(bench.driver.create(`${PREFIX}under_score`)).rejects.toThrow("Name can only contain");
      const words = "Invalid config: Unknown configuration key: nonsense";
      await expect(bench.driver.setConfig(bench.still, { nonsense: "1" })).rejects.toThrow(words);
    });

    test("of a second NIC on a bridge where the instance is already", async () => {
      const network = (await bench.driver.list()).find((each) => each.name === bench.still)?.expanded_devices?.eth0
        ?.network;
      const eth1 = { type: "nic", name: "eth1", network: network ?? "" };
      const words = `Failed add validation for device "eth1": ${bench.differences.secondNic(bench.still)}`;
      await expect(bench.driver.setDevices(bench.still, { eth1 })).rejects.toThrow(words);
    });

    test("of freezing and thawing what is so already", async () => {
      await expect(bench.driver.unfreeze(bench.still)).rejects.toThrow("The container is already running");
      const name = `${PREFIX}asleep`;
      await bench.driver.create(name);
      await expect(bench.driver.freeze(name)).rejects.toThrow(bench.differences.notRunning);
      await expect(bench.driver.restart(name)).rejects.toThrow("The instance is already stopped");
      await bench.driver.remove(name);
    });

    test("of cluster members where there is no cluster", async () => {
      expect(await raw("GET", "/1.0/cluster/members")).toEqual(error(500, "Server is not clustered"));
    });
  });
}
