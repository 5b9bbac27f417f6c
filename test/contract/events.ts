import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { WireLifecycle, WireOperation } from "../../embedded-daemon/shapes.ts";
import { type Bench, PREFIX } from "./contract.ts";
import { instanceOf, pause } from "./stream.ts";

/** How the event stream behaves as a connection, and what its frames look like. */
export function eventFacts(bench: Bench): void {
  describe("an event stream", () => {
    test("is pinged at once", async () => {
      const stream = await bench.record();
      await pause(300);
      expect(stream.pings).toHaveLength(1);
      stream.close();
    });

    test("is cut, without a close frame, by any data that the client sends", async () => {
      const stream = await bench.record();
      stream.socket.send("keepalive");
      expect(await stream.closed).toBe(1006);
    });

    test("outlives a ping of the client's own", async () => {
      const stream = await bench.record();
      stream.socket.ping();
      await pause(300);
      expect(stream.socket.readyState).toBe(WebSocket.OPEN);
      stream.close();
    });

    test("negotiates no extension", async () => {
      const stream = await bench.record();
      expect(stream.socket.extensions).toBe("");
      stream.close();
    });

    test("of an unknown type is refused", async () => {
      await expect(bench.record(`type=gossip&${bench.inProject}`)).rejects.toThrow(bench.differences.unknownType);
    });

    test("carries one event a frame, with project and location in its envelope", async () => {
      const name = `${PREFIX}frame`;
      const stream = await bench.record();
      await bench.driver.create(name);
      await bench.driver.start(name);
      await pause(200);
      const mine = stream.events.filter((event) => instanceOf(event) === name);
      for (const event of mine) {
        expect(event).toMatchObject({ project: bench.project, location: "none" });
        expect(event.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
      }
      const lifecycle = mine
        .filter((event) => event.type === "lifecycle")
        .map((event) => event.metadata as WireLifecycle);
      const { created, named, tellsCreator } = bench.differences;
      const { requestor } = bench.access;
      expect(lifecycle.find((each) => each.action === "instance-created")).toEqual({
        action: "instance-created",
        source: bench.path(name),
        context: { "storage-pool": "default", type: "container", ...created },
        ...(tellsCreator && { requestor }),
        ...named(name, bench.project),
      });
      expect(lifecycle.find((each) => each.action === "instance-started")).toEqual({
        action: "instance-started",
        source: bench.path(name),
        requestor,
        ...named(name, bench.project),
      });
      const operation = mine.find((event) => event.type === "operation")?.metadata as WireOperation;
      expect(operation).toMatchObject({ class: "task", may_cancel: false, err: "", location: "none" });
      expect(stream.frames[0]).toMatch(/\n$/);
      stream.close();
      await bench.driver.remove(name);
    });

    test("of lifecycle alone has no operations", async () => {
      const name = `${PREFIX}quiet`;
      const stream = await bench.record(`type=lifecycle&${bench.inProject}`);
      await bench.driver.create(name);
      await bench.driver.remove(name);
      await pause(200);
      const mine = stream.events.filter((event) => instanceOf(event) === name);
      expect(mine.map((event) => event.type)).toEqual(["lifecycle", "lifecycle"]);
      stream.close();
    });
  });
}
