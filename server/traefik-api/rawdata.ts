import { createHash } from "node:crypto";
import { z } from "zod";
import { harmless } from "../../files/harmless.ts";

/**
 * What tells documents apart in a Traefik: the servers of all services, and these with the names of all objects, the rules of routers and
 * what routers and services lead to. Traefik fills in defaults, so no more can be compared. Both are digests.
 */
export interface Fingerprint {
  readonly servers: string;
  readonly whole: string;
}

/** An object that Traefik turned off or complains about. */
export interface OffRow {
  /** `http.routers` */
  readonly kind: string;
  readonly name: string;
  /** A `warning` is served all the same. */
  readonly state: "disabled" | "warning";
  /** Traefik's own words. */
  readonly reason: string;
}

/** A server that Traefik's health check found to be down. */
export interface DownRow {
  readonly service: string;
  readonly server: string;
}

export interface Rawdata {
  readonly fingerprint: Fingerprint;
  readonly off: readonly OffRow[];
  readonly down: readonly DownRow[];
}

const names = z.array(z.string()).nullish();
const weighed = z.array(z.looseObject({ name: z.string(), weight: z.coerce.number().nullish() })).nullish();
const server = z.looseObject({
  url: z.string().nullish(),
  address: z.string().nullish(),
  weight: z.unknown().optional(),
});
const object = z.looseObject({
  rule: z.string().nullish(),
  service: z.string().nullish(),
  middlewares: names,
  loadBalancer: z.looseObject({ servers: z.array(server).nullish() }).nullish(),
  weighted: z.looseObject({ services: weighed }).nullish(),
  status: z.string().nullish(),
  error: names,
  serverStatus: z.record(z.string(), z.string()).nullish(),
});
const objects = z.record(z.string(), object).nullish();
type TraefikObject = z.output<typeof object>;

const kinds = ["routers", "services", "middlewares"] as const;
const section = z.looseObject({ routers: objects, services: objects, middlewares: objects }).nullish();
const documentShape = z.looseObject({ http: section, tcp: section, udp: section });
/** `/api/rawdata` of Traefik 3.0 to 3.7: HTTP's have no prefix, and UDP has no middlewares. */
const rawShape = z.looseObject({
  routers: objects,
  services: objects,
  middlewares: objects,
  tcpRouters: objects,
  tcpServices: objects,
  tcpMiddlewares: objects,
  udpRouters: objects,
  udpServices: objects,
});
const rawKeys = [
  ["http.routers", "routers"],
  ["http.services", "services"],
  ["http.middlewares", "middlewares"],
  ["tcp.routers", "tcpRouters"],
  ["tcp.services", "tcpServices"],
  ["tcp.middlewares", "tcpMiddlewares"],
  ["udp.routers", "udpRouters"],
  ["udp.services", "udpServices"],
] as const;

type Listed = readonly [kind: string, name: string, object: TraefikObject];

/** Of a document that is published. Throws if it is none. */
export function fingerprintOf(document: unknown): Fingerprint {
  const parsed = documentShape.parse(document);
  return digests(
    (["http", "tcp", "udp"] as const).flatMap((protocol) =>
      kinds.flatMap((kind) =>
        Object.entries(parsed[protocol]?.[kind] ?? {}).map(([name, one]): Listed => [`${protocol}.${kind}`, name, one]),
      ),
    ),
  );
}

/** As many rows of each sort are kept. */
const mostRows = 200;
const longestWords = 300;

/** What a Traefik runs of its HTTP provider. Throws if it is no answer of `/api/rawdata`. */
export function readRawdata(answer: unknown): Rawdata {
  const raw = rawShape.parse(answer);
  const all = rawKeys.flatMap(([kind, key]) =>
    Object.entries(raw[key] ?? {}).flatMap(([name, one]): Listed[] =>
      name.endsWith(provider) ? [[kind, ours(name), one]] : [],
    ),
  );
  const off = all.flatMap(([kind, name, one]) => offRow(kind, name, one));
  const down = all.flatMap(([, service, { serverStatus }]) =>
    Object.entries(serverStatus ?? {}).flatMap(([one, status]) =>
      status === "DOWN" ? [{ service, server: one }] : [],
    ),
  );
  return { fingerprint: digests(all), off: off.slice(0, mostRows), down: down.slice(0, mostRows) };
}

/** A row for an object that Traefik turned off or complains about; none for another. */
export function offRow(
  kind: string,
  name: string,
  { status, error }: Pick<TraefikObject, "status" | "error">,
): OffRow[] {
  if (status !== "disabled" && status !== "warning") return [];
  return [{ kind, name, state: status, reason: words((error ?? []).join("; ")) }];
}

function digests(all: readonly Listed[]): Fingerprint {
  const servers = all.flatMap(([kind, name, { loadBalancer }]) =>
    (loadBalancer?.servers ?? []).map(({ url, address, weight }) => [kind, name, url ?? address, Number(weight ?? 1)]),
  );
  const others = all.map(([kind, name, { rule, service, middlewares, weighted }]) => [
    kind,
    name,
    rule ?? "",
    ours(service ?? ""),
    (middlewares ?? []).map(ours),
    (weighted?.services ?? []).map((one) => [ours(one.name), one.weight ?? 1]),
  ]);
  return { servers: digest(servers), whole: digest([...servers, ...others]) };
}

function digest(lines: readonly unknown[]): string {
  const texts = lines.map((line) => JSON.stringify(line)).sort();
  return createHash("sha256").update(texts.join("\n")).digest("hex");
}

const provider = "@http";
const ours = (name: string) => (name.endsWith(provider) ? name.slice(0, -provider.length) : name);

/** Traefik quotes the line of a user that it can't read, password and all. */
function words(text: string): string {
  const safe = harmless(text).replace(/((?:Basic|Digest)User:).*/, "$1 ...");
  return safe.length > longestWords ? `${safe.slice(0, longestWords)}...` : safe;
}
