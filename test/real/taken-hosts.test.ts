import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { request as requestTls } from "node:https";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import type { Composed } from "../../server/document/compose.ts";
import { encode } from "../../traefik/encode.ts";
import { documentOf } from "../../traefik/objects/document.ts";
import { type ObjectId, type ObjectValue, objectId } from "../../traefik/objects/objects.ts";
import { takenHosts } from "../support/cases/taken-hosts.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { composeCase } from "../support/server/taken-hosts.ts";
import { startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** Asked for a host of an operator, the real Traefik answers from the operator, whatever labels say. */

const { binary, missing } = await realTraefik("3.7.15");

async function listening(answer: () => string): Promise<{ server: Server; port: number }> {
  const server = createServer((_, response) => response.end(answer())).listen(0, "0.0.0.0");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

describe.skipIf(missing !== undefined)(
  titled("a host of an operator is not taken", missing),
  { timeout: 60_000 },
  () => {
    const servers: Server[] = [];
    const backends = { operator: 0, label: 0 };
    let marker = 0;
    let document = encode({ http: {} }).toString();
    let round = 0;
    let traefik: Traefik;
    let secure = 0;

    beforeAll(async () => {
      const served = [
        await listening(() => "operator"),
        await listening(() => "label"),
        await listening(() => document),
        await listening(() => "marker"),
      ];
      servers.push(...served.map(({ server }) => server));
      const [operator, label, provider, other = 0] = served.map(({ port }) => port);
      Object.assign(backends, { operator, label });
      marker = other;
      secure = await freePort();
      const flags = [
        "--providers.http.pollInterval=100ms",
        "--providers.providersThrottleDuration=50ms",
        `--entryPoints.secure.address=127.0.0.1:${secure}`,
      ];
      traefik = await startTraefik({ binary, endpoint: `http://127.0.0.1:${provider}/`, flags });
    });
    afterAll(async () => {
      await traefik?.stop();
      for (const server of servers) server.close();
    });

    /** Serves a document, with one more router by which Traefik shows that it has it. */
    async function serve({ served }: Composed): Promise<void> {
      const name = `round-${++round}`;
      const shows = { rule: `Host(\`${name}.test\`)`, priority: 9_000_000, service: name };
      document = encode(
        documentOf(
          new Map<ObjectId, ObjectValue>([
            ...served,
            [objectId("http.routers", name), shows],
            [objectId("http.services", name), { loadBalancer: { servers: [{ url: `http://127.0.0.1:${marker}` }] } }],
          ]),
        ),
      ).toString();
      await until("Traefik has it", async () => (await ask(`${name}.test`)) === "marker");
    }

    async function ask(host: string, over?: "tls"): Promise<string> {
      if (over === "tls") return askTls(host);
      const answer = await request(`http://${traefik.web}/`, { headers: { host } });
      const text = await answer.body.text();
      return answer.statusCode === 200 ? text : String(answer.statusCode);
    }

    function askTls(host: string): Promise<string> {
      return new Promise((resolve, reject) => {
        const options = {
          host: "127.0.0.1",
          port: secure,
          servername: host,
          headers: { host },
          rejectUnauthorized: false,
        };
        const asked = requestTls({ ...options, agent: false }, (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          answer.once("end", () => resolve(answer.statusCode === 200 ? text : String(answer.statusCode)));
        });
        asked.once("error", reject).end();
      });
    }

    test.each(takenHosts)("$what", async (one) => {
      const { over, pending } = one;
      await serve(composeCase(one, backends));
      expect(await ask("web.apps.test", over)).toBe(pending ? "404" : "operator");
      // Without the operator's router the same labels answer: nothing but whose the host is kept them from it.
      await serve(composeCase(one, backends, false));
      expect(await ask("web.apps.test", over)).toBe("label");
    });
  },
);
