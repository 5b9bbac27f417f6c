import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, pause, tell } from "../support/measure.ts";
import { openUnixProxy, type UnixProxy } from "../support/network/unix-proxy.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** The connections to a real daemon break, through a proxy before its socket. */

for (const { socket, title, binary, missing } of await realPartsOfEach())
  describe.skipIf(missing !== undefined)(
    titled(`connections that break, on real ${title} and Traefik`, missing),
    () => {
      let proxy: UnixProxy;
      let stage: Stage;
      let server: Rollcall;
      beforeAll(async () => {
        proxy = await openUnixProxy(socket);
        stage = await openStage({ socket, project: "rollcall-stream", binary, serverSocket: proxy.socket });
        stage.declare("web", 3);
        await stage.launch(["web-0", "web-1", "web-2"]);
        server = await stage.serve();
        await documentHas(server, 3);
        await traefikHas(await stage.traefik(), 3);
      });
      afterAll(async () => {
        await stage?.close();
        await proxy?.close();
      });

      const problems = async () => {
        const answer = await fetch(`http://${server.admin}/readyz`);
        expect(answer.status).toBe(200);
        return ((await answer.json()) as { stale: { problem: string }[] }).stale.map(({ problem }) => problem);
      };

      test("an event stream that is cut changes nothing, is reported, and is opened again", async () => {
        const { version } = await server.document();
        proxy.cutStreams();
        await until("it is said", async () => (await problems())[0]?.includes("the event stream"));
        expect(server.log()).toMatch(/"problem":"the event stream [^"]+","msg":"no events"/);
        await pause(1000);
        expect(await server.document()).toMatchObject({ status: 200, version });

        proxy.allowStreams();
        const allowed = performance.now();
        await until("it is open again", async () => (await problems()).length === 0);
        tell(`event stream refused for a second: open again ${ms(performance.now() - allowed)} after it could`);
        await stage.driver.stop("web-1", { force: true });
        await documentHas(server, 2);
        await stage.driver.start("web-1");
        await documentHas(server, 3);
      });

      test("what happens while there are no events is still found", async () => {
        proxy.cutStreams();
        await until("it is said", async () => (await problems()).length === 1);
        const began = performance.now();
        await stage.driver.stop("web-1", { force: true });
        await until("web-1 has left", async () => (await server.servers("web"))?.length === 2, 15_000);
        tell(`without events: a stop is seen ${ms(performance.now() - began)} after the command`);
        proxy.allowStreams();
        await stage.driver.start("web-1");
        await documentHas(server, 3);
        await until("nothing is stale", async () => (await problems()).length === 0);
      });

      test("half an answer changes nothing, is reported, and is requested again", async () => {
        const { version } = await server.document();
        proxy.halveListings(3);
        await stage.driver.setConfig("web-0", { "user.note": "look" });
        const [problem] = await until("it is said", async () => {
          const all = await problems();
          return all.length > 0 && all;
        });
        expect(problem).toContain("GET /1.0/instances?recursion=2");
        const half = await server.document();
        expect(half).toMatchObject({ status: 200, version });
        expect(half.headers.get("rollcall-stale")).toBe("local");
        expect(server.log()).toMatch(/"problem":"GET \/1\.0\/instances[^"]+","msg":"look failed"/);

        await until("it is over", async () => (await problems()).length === 0);
        expect(proxy.halved()).toBe(3);
        expect(server.log()).toContain("look succeeded again");
        const whole = await server.document();
        expect(whole).toMatchObject({ status: 200, version });
        expect(whole.headers.get("rollcall-stale")).toBeNull();
      });
    },
  );
