import fc from "fast-check";
import { serverUrls } from "../server-urls.ts";
import { list, mostly, nameOf, record, seldom, type Value, written } from "./parts.ts";

/** Services of HTTP of every type, right ones and wrong ones; they may name themselves by way of others. */

const url = fc.oneof(
  { arbitrary: fc.constant("http://127.0.0.1:1"), weight: 16 },
  { arbitrary: fc.constantFrom(...serverUrls.map(({ url }) => url)), weight: 1 },
);
const asked = seldom(fc.constant({}));
const weight = mostly(1, 0, 3, -1);
const children = list(record({ name: nameOf("s"), weight }), 3);
const sound = { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } };

const loadBalancer = record({
  servers: fc.array(record({ url }), { maxLength: 2 }),
  strategy: mostly("wrr", "p2c", "hrw", "leasttime", "WRR", "bogus"),
  healthCheck: seldom(fc.constant({ path: "/" })),
  serversTransport: seldom(mostly("~transport", "~nobody")),
});
const mirroring = record({
  service: mostly("~s4", "~s1", "~s2", "~nobody", undefined),
  mirrors: list(record({ name: nameOf("s"), percent: mostly(10, 0, 100, 101, -1) })),
  healthCheck: asked,
});
const failover = record({
  service: nameOf("s"),
  fallback: mostly("~s4", "~s0", "~s3", undefined),
  healthCheck: asked,
  errors: seldom(record({ status: list(mostly("500-599", "404", "5xx", "+500", "-1")) })),
});

const ofOneType: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: loadBalancer.map((loadBalancer): Value => ({ loadBalancer })), weight: 12 },
  { arbitrary: record({ services: children, healthCheck: asked }).map((weighted): Value => ({ weighted })), weight: 4 },
  {
    arbitrary: record({ services: children, healthCheck: asked }).map((one): Value => ({ highestRandomWeight: one })),
    weight: 2,
  },
  { arbitrary: mirroring.map((mirroring): Value => ({ mirroring })), weight: 2 },
  { arbitrary: failover.map((failover): Value => ({ failover })), weight: 3 },
);
const service = fc.oneof(
  { arbitrary: ofOneType, weight: 20 },
  fc.constantFrom<Value>({}, { ...sound, weighted: { services: [{ name: "~s4" }] } }),
);

export const httpServices: fc.Arbitrary<Value> = fc
  .tuple(service, seldom(list(nameOf("m"))))
  .map(([value, middlewares]) => written({ ...value, middlewares }));
