import fc from "fast-check";
import { list, mostly, nameOf, often, record, seldom, type Value } from "./parts.ts";

/** Routers of HTTP, in the care of others too, and TLS options; right ones and wrong ones. */

const more = fc.constantFrom("&& PathPrefix(`/a`)", "|| !Method(`GET`)", "&& Path(`a`)", "&& ClientIP(`10.0.0.0/33`)");
const entryPoints = fc.constant(["web"]);
export const priority = seldom(mostly<number | string>(7, -5, 1, "9223372036854774807", "9223372036854774808"));
const service = fc.option(nameOf("s"), { nil: undefined, freq: 12 });
const middlewares = often(list(nameOf("m")));
const tls = record({ options: often(fc.oneof({ arbitrary: nameOf("o"), weight: 3 }, fc.constant("default"))) });

/** Each has a host of its own: of one host with other TLS options Traefik makes routers of its own. */
export function httpRouters(index: number): fc.Arbitrary<Value> {
  const host = fc.constant(`Host(\`~${index}.example\`)`);
  const rule = fc.oneof(
    { arbitrary: host, weight: 16 },
    { arbitrary: fc.tuple(host, more).map((parts) => parts.join(" ")), weight: 3 },
    fc.constantFrom("bogus", "", "Host(`a`, `b`)", "Host(`~a`", "HostSNI(`a`)", "PathRegexp(`(`)"),
  );
  const inCare = record({
    rule,
    service,
    middlewares,
    priority,
    parentRefs: list(nameOf("r")),
    tls: mostly<Value | undefined>(undefined, {}),
    observability: mostly<Value | undefined>(undefined, { metrics: false }),
    entryPoints: mostly<string[] | undefined>(undefined, ["web"]),
  });
  return fc.oneof(
    { arbitrary: record({ rule, service, middlewares, priority, entryPoints }), weight: 4 },
    { arbitrary: record({ rule: host, service, middlewares, entryPoints, tls }), weight: 2 },
    { arbitrary: inCare, weight: 3 },
    { arbitrary: record({ rule, middlewares, priority, entryPoints }), weight: 2 },
  );
}

const suite = mostly("TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_RC4_128_SHA", "x");
export const tlsOptions: fc.Arbitrary<Value> = record({
  minVersion: mostly("VersionTLS12", "TLS12"),
  cipherSuites: seldom(list(suite)),
  curvePreferences: seldom(list(mostly("X25519", "secp521r1", "P256"))),
  clientAuth: seldom(record({ clientAuthType: mostly("RequestClientCert", "RequireAndVerifyClientCert", "x") })),
});
