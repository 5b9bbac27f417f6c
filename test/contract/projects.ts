import { describe, expect, test } from "vitest";
import { createClient } from "../../server/platform/client.ts";
import { readInventory } from "../../server/platform/inventory.ts";
import { BESIDE, type Bench, PREFIX } from "./contract.ts";
import { instanceOf, pause } from "./stream.ts";

/** What a client meets outside its own project. By the socket every project is its own; see access.ts. */
export function projectFacts(bench: Bench): void {
  const there = `${PREFIX}beside`;
  const beside = `project=${BESIDE}`;

  /** The whole of an answer, or its status and its error in one line. */
  async function met(path: string, method = "GET"): Promise<unknown> {
    const [status, body] = await bench.raw(method, `/1.0${path}`);
    const { error, metadata } = body as { error?: string; metadata: unknown };
    return error ? `${status} ${error}` : metadata;
  }
  const among = (answer: unknown, has: (each: string) => boolean) =>
    !Array.isArray(answer) ? answer : answer.some((each) => has(JSON.stringify(each))) ? "shown" : "hidden";
  const inIt = (project: string) => (each: string) => each.includes(`"project":"${project}"`);

  describe("another project", () => {
    // They share an instance there.
    describe.sequential("has", () => {
      test("instances, which a listing of all projects has where they may be seen", async () => {
        await bench.beside.create(there);
        const all = await met("/instances?recursion=1&all-projects=true");
        expect([among(all, inIt(bench.project)), among(all, inIt(BESIDE))]).toEqual(bench.access.allInstances);
        expect(among(await met(`/instances?recursion=1&${beside}`), inIt(BESIDE))).toBe(bench.access.instancesBeside);
        await bench.beside.remove(there);
      });

      test("operations", async () => {
        await bench.beside.create(there);
        const operations = JSON.stringify(await met(`/operations?recursion=1&${beside}`));
        expect(operations.includes(there) ? "shown" : "hidden").toBe(bench.access.operationsBeside);
        await bench.beside.remove(there);
      });

      test("instances that only its own clients may delete", async () => {
        expect(await met(`/instances/${PREFIX}nobody?${beside}`, "DELETE")).toBe(bench.access.deleteBeside);
      });

      test("events, which a stream of all projects has where they may be seen, and on LXD 5.0 where not", async () => {
        const name = `${PREFIX}seen`;
        const all = await bench.record("type=lifecycle&all-projects=true");
        const other = await bench.record(`type=lifecycle&${beside}`).catch(({ message }: Error) => message);
        await bench.beside.create(there);
        await bench.driver.create(name);
        await pause(bench.toldAfter);
        const tells = (stream: typeof all, of: string) =>
          stream.events.some((event) => instanceOf(event) === of) ? "shown" : "hidden";
        expect([tells(all, name), tells(all, there)]).toEqual(bench.access.allEvents);
        const found = typeof other === "string" ? other.replace(/.*: /, "") : tells(other, there);
        expect(found).toBe(bench.access.eventsBeside);
        all.close();
        if (typeof other !== "string") other.close();
        await bench.driver.remove(name);
        await bench.beside.remove(there);
      });

      test("networks", async () => {
        expect(among(await met(`/networks?recursion=1&${beside}`), () => true)).toBe(bench.access.networksBeside);
      });
    });

    test("is in the listing of projects where it may be seen", async () => {
      const projects = await met("/projects");
      expect(among(projects, (each) => each.includes(`/${BESIDE}"`))).toBe(bench.access.projectBeside);
      expect(projects).toContain(`/1.0/projects/${bench.project}`);
      expect(await met(`/projects/${bench.project}`)).toMatchObject({ name: bench.project });
    });
  });

  describe("a project that does not exist", () => {
    test("has an empty listing by the socket, though itself it is not found", async () => {
      const found = await met("/instances?recursion=2&project=nowhere");
      expect(Array.isArray(found) && found.length === 0 ? "hidden" : found).toBe(bench.access.instancesNowhere);
      expect(await met("/projects/nowhere")).toBe(bench.access.nowhere);
    });

    test("has no inventory", async () => {
      const client = createClient(bench.endpoint);
      const read = readInventory(client, "nowhere").finally(client.close);
      const { status } = await read.then(
        () => ({ status: 200 }),
        (error: { status: number }) => error,
      );
      expect(bench.access.inventoryNowhere).toContain(status);
    });

    test("has no events: the stream is refused", async () => {
      await expect(bench.record("type=lifecycle&project=nowhere")).rejects.toThrow(bench.access.eventsNowhere);
    });
  });

  test("the storage pools of the daemon, which Incus shows no restricted client", async () => {
    expect(among(await met("/storage-pools?recursion=1"), (each) => each.includes('"name":"default"'))).toBe(
      bench.access.pools,
    );
  });

  test("one managed bridge is among the networks, with its IPv4 subnet where it may be seen", async () => {
    const networks = (await met(`/networks?recursion=1&${bench.inProject}`)) as Record<string, unknown>[];
    const managed = networks.find((each) => each.managed === true);
    expect(managed).toMatchObject({ type: "bridge" });
    const subnet = (managed?.config as Record<string, string> | undefined)?.["ipv4.address"];
    expect(subnet ?? "hidden").toMatch(bench.access.networkConfig === "shown" ? /^(\d+\.){3}\d+\/\d+$/ : /^hidden$/);
  });
}
