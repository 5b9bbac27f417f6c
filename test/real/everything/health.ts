import { expect, test } from "vitest";
import { until } from "../../support/until.ts";
import type { GoldenStage } from "./golden-stage.ts";

/** Who is well. */
export function health(golden: () => GoldenStage): void {
  const text = async (host: string) => (await golden().ask(host)).text;
  async function namesOf(host: string, count: number) {
    const names = new Set<string>();
    for (let i = 0; i < count; i++) names.add(await text(host));
    return [...names].sort();
  }

  test("healthCheck takes a server out that is ill, and failover and what lies between follow", async () => {
    const { ailing } = golden().backends;
    expect(await namesOf("checked.test", 4)).toEqual(["ailing", "well"]);
    expect([await text("failover.test"), await text("nested.test")]).toEqual(["ailing", "ailing"]);
    ailing.setWell(false);
    for (const host of ["checked.test", "failover.test", "nested.test"])
      await until(
        `${host} is answered by the one that is well`,
        async () => (await namesOf(host, 4)).join() === "well",
      );
    ailing.setWell(true);
    await until("it is back", async () => (await namesOf("checked.test", 4)).length === 2);
    for (const host of ["failover.test", "nested.test"])
      await until(`${host} is back`, async () => (await text(host)) === "ailing");
  });

  test("failover by health takes over from a service without any server", async () => {
    expect(await text("failover-of-nobody.test")).toBe("well");
  });

  test("healthCheck asks as it is told", async () => {
    const { pages } = golden().backends;
    const probe = await until("it asks", () => pages.requests.find(({ url }) => url === "/probe"));
    expect(probe).toMatchObject({ method: "HEAD", headers: { host: "probe.test", "x-probe": "rollcall" } });
    await until("it wants 302, and is told 200", async () => (await golden().ask("probed.test")).status === 503);
  });

  test.each([
    ["grpc", "probed-by-grpc.test", "grpc"],
    ["https", "probed-by-https.test", "secure"],
    ["h2c", "probed-by-h2c.test", "grpc"],
  ] as const)("healthCheck asks by %s", async (_, host, name) => {
    const backend = golden().backends[name];
    const status = async () => (await golden().ask(host)).status;
    expect(await status()).toBe(200);
    backend.setWell(false);
    await until("it is out", async () => (await status()) === 503);
    backend.setWell(true);
    await until("it is back", async () => (await status()) === 200);
  });

  test("passiveHealthCheck takes a server out that fails as often as it may", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await golden().ask("passive.test")).status);
    expect(statuses.filter((status) => status === 502)).toHaveLength(2);
    expect(statuses.slice(-10)).toEqual(Array(10).fill(200));
  });
}
