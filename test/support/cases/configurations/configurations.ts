import fc from "fast-check";
import { httpMiddlewares } from "./middlewares.ts";
import { objects, type Value } from "./parts.ts";
import { httpRouters, tlsOptions } from "./routers.ts";
import { httpServices } from "./services.ts";
import { streamServices, tcpMiddlewares, tcpRouters, udpRouters } from "./streams.ts";

/** A document before `~` is made into what no other one has. */
export type Configuration = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/**
 * Makes configurations whose objects name each other, right ones and wrong ones. Each service and each middleware has a router that does
 * nothing but lead there, `probe-...`, for Traefik looks at nothing else.
 */
export const configurations: fc.Arbitrary<Configuration> = fc
  .record({
    http: fc.record({
      routers: objects("r", httpRouters),
      services: objects("s", () => httpServices),
      middlewares: objects("m", () => httpMiddlewares),
    }),
    tcp: fc.record({
      routers: objects("r", () => tcpRouters),
      services: objects("s", (index) => streamServices("tcp", index)),
      middlewares: objects("m", () => tcpMiddlewares),
    }),
    udp: fc.record({
      routers: objects("r", () => udpRouters),
      services: objects("s", (index) => streamServices("udp", index)),
    }),
    options: objects("o", () => tlsOptions),
  })
  .map(({ http, tcp, udp, options }) => ({
    http: {
      ...withProbes(http, { entryPoints: ["web"] }, (name) => `Host(\`${name}.example\`)`, web),
      serversTransports: { "~transport": { insecureSkipVerify: true } },
    },
    tcp: {
      ...withProbes(tcp, { entryPoints: ["tcp"] }, () => "HostSNI(`*`)", stream),
      serversTransports: { "~transport": { dialTimeout: "1s" } },
    },
    udp: withProbes(udp, { entryPoints: ["udp"] }, () => undefined, stream),
    tls: { options },
  }))
  .map((document) => JSON.parse(JSON.stringify(document)) as Configuration)
  .map(withoutEmpty);

const web = { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } };
const stream = { loadBalancer: { servers: [{ address: "127.0.0.1:1" }] } };

interface Section {
  readonly routers: Value;
  readonly services: Value;
  readonly middlewares?: Value;
}

function withProbes(
  section: Section,
  common: Value,
  rule: (name: string) => string | undefined,
  sound: Value,
): Configuration[string] {
  const probe = (target: string, more: Value) => {
    const name = `~probe-${target.slice(1)}`;
    return [name, { ...common, rule: rule(name), ...more }] as const;
  };
  const { routers, services, middlewares = {} } = section;
  const probes = [
    ...Object.keys(services).map((service) => probe(service, { service })),
    ...Object.keys(middlewares).map((name) => probe(name, { service: "~sound", middlewares: [name] })),
  ];
  return {
    routers: { ...(routers as Record<string, Value>), ...Object.fromEntries(probes) } as Value,
    services: { ...services, "~sound": sound },
    ...(section.middlewares && { middlewares }),
  } as Configuration[string];
}

/** Traefik refuses an empty map. */
function withoutEmpty(document: Configuration): Configuration {
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, section]) => {
      const parts = Object.entries(section).filter(([, part]) => Object.keys(part).length > 0);
      return parts.length > 0 ? [[name, Object.fromEntries(parts)]] : [];
    }),
  );
}

/** The documents of one text each, joined into one: what is `~` in the first of them is `0-`, and so on. */
export function joined(documents: readonly Configuration[]): Configuration {
  const all: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const [index, document] of documents.entries())
    for (const [name, section] of Object.entries(named(document, index)))
      for (const [part, more] of Object.entries(section)) {
        const parts = all[name] ?? {};
        all[name] = parts;
        parts[part] = { ...parts[part], ...more };
      }
  return all as Configuration;
}

function named(document: Configuration, index: number): Configuration {
  return JSON.parse(JSON.stringify(document).replaceAll("~", `${index}-`)) as Configuration;
}
