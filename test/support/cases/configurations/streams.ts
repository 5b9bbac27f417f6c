import fc from "fast-check";
import { range } from "./middlewares.ts";
import { list, mostly, nameOf, often, record, seldom, type Value } from "./parts.ts";
import { priority } from "./routers.ts";

/** What there is of TCP and UDP, right and wrong. No service refers to itself through others: Traefik dies of that. */

const weight = mostly(1, 0, 3, -1);
const servers = list(record({ address: mostly("127.0.0.1:1", "a", "[::1]:1") }));
const balancer = {
  tcp: record({
    servers,
    serversTransport: seldom(mostly("~transport", "~nobody")),
    healthCheck: seldom(fc.constant({ port: 1 })),
    proxyProtocol: seldom(record({ version: mostly(2, 1, 9) })),
  }),
  udp: record({ servers }),
};

/** Those that it names have a higher index. */
export function streamServices(section: "tcp" | "udp", index: number): fc.Arbitrary<Value> {
  const child = record({ name: index < 4 ? nameOf("s", index + 1) : fc.constant("~nobody"), weight });
  const healthCheck = section === "tcp" ? seldom(fc.constant({})) : fc.constant(undefined);
  const weighted = record({ services: list(child, 3), healthCheck });
  return fc.oneof(
    { arbitrary: balancer[section].map((loadBalancer): Value => ({ loadBalancer })), weight: 8 },
    { arbitrary: weighted.map((weighted): Value => ({ weighted })), weight: index < 4 ? 6 : 1 },
    fc.constantFrom<Value>(
      {},
      { loadBalancer: { servers: [{ address: "127.0.0.1:1" }] }, weighted: { services: [{ name: "~s4" }] } },
    ),
  );
}

export const tcpMiddlewares: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: list(range).map((sourceRange): Value => ({ ipAllowList: { sourceRange } })), weight: 4 },
  { arbitrary: list(range).map((sourceRange): Value => ({ ipWhiteList: { sourceRange } })), weight: 2 },
  { arbitrary: mostly(1, -1).map((amount): Value => ({ inFlightConn: { amount } })), weight: 4 },
  fc.constantFrom<Value>({}, { inFlightConn: { amount: 1 }, ipAllowList: { sourceRange: ["10.0.0.1"] } }),
);

const rules = [
  ...["HostSNI(`*`)", "HostSNI(`*`)", "HostSNI(`~a.example`)", "HostSNI(`~a.example`)", "ClientIP(`10.0.0.1`)"],
  ...["!HostSNI(`a`)", "!!HostSNI(`a`)", "HostSNI(`*`) || HostSNI(`a`)", "HostSNI(`a`) || HostSNI(`*`)"],
  ...["!HostSNI(`*`) || HostSNI(`a`)", "hostsni(`a`) && ALPN(`h2`)", "!(HostSNI(`a`) || ClientIP(`::1`))"],
  ...["HostSNIRegexp(`^a`)", "HostSNIRegexp(`(`)", "bogus", "", "Host(`a`)", "HostSNI(`*.~b.example`)"],
];
export const tcpRouters: fc.Arbitrary<Value> = record({
  rule: fc.constantFrom(...rules),
  service: fc.option(nameOf("s"), { freq: 12, nil: undefined }),
  middlewares: seldom(list(nameOf("m"))),
  priority,
  entryPoints: fc.constant(["tcp"]),
  tls: often(record({ passthrough: seldom(fc.boolean()), options: often(nameOf("o")) })),
});

export const udpRouters: fc.Arbitrary<Value> = record({
  service: fc.option(nameOf("s"), { freq: 12, nil: undefined }),
  entryPoints: fc.constant(["udp"]),
});
