import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { openUnixProxy, type UnixProxy } from "../support/network/unix-proxy.ts";
import { realDaemon, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";

/**
 * More events at once than a daemon may keep for a listener: Incus newer than 7.3 cuts a stream that is 1,000 behind, and sends nothing
 * again. The proxy cuts it here whatever the version does. The embedded daemon does as the newer Incus, in test/server/platform/silence.test.ts.
 */

const { socket, title, missing } = await realDaemon("incus");

describe.skipIf(missing !== undefined)(titled(`1,001 events in a burst, on real ${title}`, missing), () => {
  let stage: Stage;
  let proxy: UnixProxy;
  let server: Rollcall;
  beforeAll(async () => {
    proxy = await openUnixProxy(socket);
    stage = await openStage({ socket, project: "rollcall-burst", binary: "", serverSocket: proxy.socket });
    stage.declare("web", 3);
    await stage.launch(["web-0", "web-1", "web-2"]);
    server = await stage.serve();
    await documentHas(server, 3);
  });
  afterAll(async () => {
    await stage?.close();
    await proxy?.close();
  });

  /** 1,001 changes of an instance's config, eight at a time, each an event; `between` goes on meanwhile. */
  async function burst(between: () => Promise<unknown>): Promise<void> {
    let left = 1001;
    const changes = Array.from({ length: 8 }, async () => {
      while (left-- > 0) await stage.driver.setConfig("web-0", { "user.note": String(left) });
    });
    await Promise.all([...changes, between()]);
  }

  test("a stop and a deletion in the middle are not missed", async () => {
    const began = performance.now();
    await burst(() => Promise.all([stage.driver.stop("web-1", { force: true }), stage.driver.remove("web-2")]));
    tell(`${title}: 1,001 changes, a stop and a deletion in ${ms(performance.now() - began)}`);
    await documentHas(server, 1);
  });

  test("nor a start, though the stream is cut while they come", async () => {
    const opened = () => server.log().split("event stream open").length;
    const before = opened();
    await burst(async () => {
      proxy.cutStreams();
      await stage.driver.start("web-1");
      proxy.allowStreams();
    });
    await documentHas(server, 2);
    expect(opened()).toBeGreaterThan(before);
  });
});
