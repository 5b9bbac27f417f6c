import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Traefik } from "../support/traefik/traefik.ts";

/** docs/guides/from-compose.md, as it is: its files are written, and its requests made. */

const { binary, missing } = await realTraefik();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
const guide = readFileSync(resolve(import.meta.dirname, "../../docs/guides/from-compose.md"), "utf8");
const files = [...guide.matchAll(/```yaml\n# ((?:groups|routes)\/\S+)\n(.*?)```/gs)].map(
  ([, name = "", text = ""]) => ({ name, text }),
);
const requests = [...guide.matchAll(/^\$ curl -H 'Host: (\S+)' http:\/\/127\.0\.0\.1(\S+)\n(\S+)$/gm)].map(
  ([, host = "", path = "", answer = ""]) => ({ host, path, answer }),
);

test("the guide has files and requests", () => {
  expect(files.map(({ name }) => name)).toEqual(["groups/site.yaml", "groups/api.yaml", "routes/middlewares.yaml"]);
  expect(requests).toHaveLength(4);
});

describe.skipIf(missing !== undefined)(
  titled("the guide from a compose file, through the real Traefik", missing),
  () => {
    let lxd: EmbeddedDaemon;
    let stage: Stage;
    let traefik: Traefik;
    beforeAll(async () => {
      lxd = await createEmbeddedDaemon();
      stage = await openStage({ socket: lxd.socket, project: "rollcall-guide", binary });
      mkdirSync(join(stage.path, "routes"));
      for (const { name, text } of files) {
        const inProject = name.startsWith("groups/") ? `project: ${stage.project}\n${text}` : text;
        writeFileSync(join(stage.path, name), inProject);
      }
      await stage.launch(["site-0", "api-0", "api-1", "api-2"]);
      const server = await stage.serve();
      await documentHas(server, 3, "api");
      expect((await server.status()).routes).toMatchObject({ problems: [], remarks: [] });
      traefik = await stage.traefik(quick);
      await traefikHas(traefik, 3, 20_000, "api");
      await traefikHas(traefik, 1, 20_000, "site");
    });
    afterAll(async () => {
      await stage?.close();
      await lxd?.close();
    });

    test.each(requests)("$host$path is answered by $answer", async ({ host, path, answer }) => {
      const { statusCode, body } = await request(`http://${traefik.web}${path}`, { headers: { host } });
      const [first = ""] = (await body.text()).trim().split(/\s/);
      expect(statusCode === 200 ? first : String(statusCode)).toBe(answer);
    });
  },
);
