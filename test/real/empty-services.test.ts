import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forTraefik } from "../../server/document/for-traefik.ts";
import { documentOf } from "../../traefik/objects/document.ts";
import type { ObjectId, ObjectValue } from "../../traefik/objects/objects.ts";
import { httpTarget, type Target } from "../support/network/targets.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { type JudgedTraefik, startJudgedTraefik } from "../support/traefik/judged-traefik.ts";
import { until } from "../support/until.ts";

/** A service that goes by the health of others, on the real Traefik: what is served around those without servers. */

const { binary, missing } = await realTraefik("3.7.15");
const healthCheck = { path: "/", interval: "200ms" };
const share = { healthCheck: {}, services: ["full", "empty"].map((name) => ({ name, weight: 1 })) };

describe.skipIf(missing !== undefined)(titled("with one of two services empty", missing), () => {
  let traefik: JudgedTraefik;
  let target: Target;
  beforeAll(async () => {
    traefik = await startJudgedTraefik(binary);
    target = await httpTarget((_, response) => response.end("full"));
  });
  afterAll(async () => {
    await traefik?.stop();
    await target?.close();
  });

  test.each<[string, Readonly<Record<string, ObjectValue>>]>([
    ["weighted", { safe: { weighted: share } }],
    ["highestRandomWeight", { safe: { highestRandomWeight: share } }],
    ["nested", { safe: { mirroring: { service: "inner", healthCheck: {} } }, inner: { weighted: share } }],
    ["with servers of weight 0 alone", { safe: { weighted: share }, empty: {} }],
  ])("%s answers each request with the other one; as declared, it answers some with 503", async (_, services) => {
    const url = `http://${target.address}`;
    const full = { loadBalancer: { healthCheck, servers: [{ url }] } };
    const empty = { loadBalancer: { healthCheck, servers: "empty" in services ? [{ url, weight: 0 }] : [] } };
    const all = { ...services, full, empty };
    const declared = new Map<ObjectId, ObjectValue>([
      ["http.routers/safe", { rule: "Host(`safe`)", service: "safe" }],
      ...Object.entries(all).map(([name, value]) => [`http.services/${name}`, value] as const),
    ]);
    const answers = async (objects: ReadonlyMap<ObjectId, ObjectValue>) => {
      expect(await traefik.judge(documentOf(objects))).not.toHaveProperty("died");
      await until("it answers", async () => (await traefik.ask("safe")) !== "404 page not found");
      return new Set(await Promise.all(Array.from({ length: 20 }, (_, n) => traefik.ask("safe", `/${n}`))));
    };
    const served = forTraefik(declared, new Map(), "3.7.15");
    expect(await answers(served)).toEqual(new Set(["full"]));
    // By highestRandomWeight, one client's requests all go to one service.
    if (!("highestRandomWeight" in (services.safe ?? {})))
      expect(await answers(declared)).toContain("no available server");
  });
});
