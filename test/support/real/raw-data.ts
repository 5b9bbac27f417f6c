import type { Traefik } from "../traefik/traefik.ts";

/**
 * What a Traefik runs of one provider, as sorted lines: as `/api/rawdata` has it, but for the provider's name, for `serverStatus`, which only
 * the service that was first to name a server has, and for `usedBy`, which the routers say too.
 */
export async function runningOf(traefik: Traefik, provider: string): Promise<string[]> {
  const raw = await traefik.api<Record<string, Record<string, Record<string, unknown>>>>("/api/rawdata");
  return Object.entries(raw)
    .flatMap(([kind, objects]) =>
      Object.entries(objects)
        .filter(([name]) => name.endsWith(`@${provider}`))
        .map(([name, { serverStatus: _, usedBy: __, ...object }]) =>
          `${kind} ${name} ${JSON.stringify(object)}`
            .replaceAll(`@${provider}`, "")
            // A cookie without a name has one of a hash with the provider's name; no TLS options are those of `default`.
            .replace(/"name":"_[0-9a-f]{5}"/, '"name":"_hash"')
            .replace(/"options":"default",?/, ""),
        ),
    )
    .sort();
}
