import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** A server that is restarted while a replica of a serving group is down. */

for (const { socket, title, binary, missing } of await realPartsOfEach())
  describe.skipIf(missing !== undefined)(titled(`a restart, on real ${title} and Traefik`, missing), () => {
    let stage: Stage;
    let server: Rollcall;
    let two: string[];
    beforeAll(async () => {
      stage = await openStage({ socket, project: "rollcall-restart", binary });
      stage.declare("web", 3);
      await stage.launch(["web-0", "web-1", "web-2"]);
      const earlier = await stage.serve();
      await documentHas(earlier, 3);
      await stage.driver.stop("web-1");
      two = await documentHas(earlier, 2);
      await earlier.stop();
    });
    afterAll(() => stage?.close());

    test("with one replica down it answers 200 at once, with the two", async () => {
      const began = performance.now();
      server = await stage.serve();
      const first = await until("200", async () => {
        const answer = await server.document();
        return answer.status === 200 && answer;
      });
      tell(`server restarted: 200 after ${ms(performance.now() - began)}`);
      expect(await server.servers("web")).toEqual(two);
      expect(first.headers.get("rollcall-stale")).toBeNull();
      const [group] = (await server.status()).groups;
      expect(group?.replicas.map(({ replica, state }) => [replica, state])).toEqual([
        ["web-0", "member"],
        ["web-1", "absent"],
        ["web-2", "member"],
      ]);
      expect(server.log()).not.toMatch(/"status":423,.*"msg":"published"/);
    });

    test("a Traefik that is restarted with it gets the two", async () => {
      const earlier = await stage.traefik();
      await traefikHas(earlier, 2);
      expect(await earlier.stop()).toBe(0);
      const began = performance.now();
      expect(await traefikHas(await stage.traefik(), 2)).toEqual([...two].sort());
      tell(`Traefik restarted: routes after ${ms(performance.now() - began)}`);
    });

    test("the third joins when it starts", async () => {
      await stage.driver.start("web-1");
      await documentHas(server, 3);
    });
  });
