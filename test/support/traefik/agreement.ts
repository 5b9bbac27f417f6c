import { expect } from "vitest";
import type { Rollcall } from "../server/rollcall.ts";
import { until } from "../until.ts";
import type { Traefik } from "./traefik.ts";

/** Resolves once these pollers, by the names they give themselves, were all given the version that is served now. */
export function allCurrent(server: Rollcall, names: readonly string[]): Promise<string> {
  const asked = async () => {
    const { pollers, version } = await server.status();
    const rows = names.map((name) => pollers.find((poller) => poller.name === name));
    return rows.every((row) => row?.current && row.version === version && row.status === 200) && version;
  };
  return until(`${names.join(" and ")} have the current version`, asked, 15_000);
}

/** Resolves once a Traefik routes to exactly the servers of the document. */
export async function expectAgreement(server: Rollcall, traefiks: readonly Traefik[], service = "web"): Promise<void> {
  const wanted = (await server.servers(service))?.sort();
  for (const traefik of traefiks)
    await until("Traefik has what is served", async () => {
      const servers = await traefik.servers(service);
      return JSON.stringify(servers) === JSON.stringify(wanted);
    });
  for (const traefik of traefiks) expect(await traefik.servers(service)).toEqual(wanted);
}

/** Resolves once each of these pollers is held, the moment at which a stop is hardest. */
export async function allHeld(server: Rollcall, names: readonly string[]): Promise<void> {
  await until(
    "all are held",
    async () => {
      const { pollers } = await server.status();
      return names.every((name) => pollers.some((poller) => poller.name === name && poller.held));
    },
    30_000,
  );
}
