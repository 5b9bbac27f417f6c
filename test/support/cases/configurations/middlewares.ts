import fc from "fast-check";
import { list, mostly, nameOf, often, record, seldom, type Value } from "./parts.ts";

/** Middlewares of HTTP of every type that needs nothing else to run, right ones and wrong ones. */

export const range = mostly("10.0.0.0/8", "::1", "10.0.0.0/33", "a", "010.0.0.1", "fe80::1%eth0");
const regexp = mostly("^/a", "(", "a(?=b)", "[a-z]+", "\\pL");
const status = mostly("500-599", "404", "x", "1-2-3", "500- 599", "+5");
const ipStrategy = record({
  depth: mostly(0, 1, -1),
  excludedIPs: seldom(list(range)),
  ipv6Subnet: seldom(mostly(64, 0, 200, -1)),
});
const sourceCriterion = often(
  record({
    ipStrategy: seldom(ipStrategy),
    requestHost: seldom(fc.boolean()),
    requestHeaderName: seldom(fc.constant("X-A")),
  }).filter((one) => Object.keys(one).length > 0),
);

const settings: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  addPrefix: record({ prefix: mostly("/a", "", "a") }),
  basicAuth: record({ users: often(list(mostly("a:b", "ab", "a:b:c", ""))), realm: fc.constant("r") }),
  buffering: record({ maxRequestBodyBytes: mostly(5, 0, -1), memResponseBodyBytes: seldom(mostly(5, -5)) }),
  chain: record({ middlewares: list(nameOf("m")) }),
  circuitBreaker: record({ expression: mostly("NetworkErrorRatio() > 0.5", ""), responseCode: fc.constant(503) }),
  compress: record({
    encodings: seldom(list(mostly("gzip", "br", "deflate"))),
    defaultEncoding: seldom(mostly("gzip", "zstd", "x")),
    excludedContentTypes: seldom(fc.constant(["text/plain"])),
    includedContentTypes: seldom(fc.constant(["text/html"])),
  }),
  contentType: fc.constant({}),
  digestAuth: record({ users: often(list(mostly("a:b:c", "a:b"))), realm: fc.constant("r") }),
  errors: record({
    status: often(list(status)),
    service: mostly("~s4", "~s0", "~s1", "~nobody", undefined),
    query: fc.constant("/"),
    statusRewrites: seldom(mostly({ "404": 200 }, { x: 5 })),
  }),
  forwardAuth: record({
    address: fc.constant("http://127.0.0.1:1"),
    authResponseHeadersRegex: seldom(regexp),
    tls: seldom(mostly<Value>({ insecureSkipVerify: true }, { cert: "x" })),
  }),
  headers: record({
    frameDeny: fc.boolean(),
    customRequestHeaders: seldom(fc.constant({ "X-A": "b" })),
    accessControlAllowOriginListRegex: seldom(list(regexp)),
    sslRedirect: seldom(fc.constant(false)),
  }),
  inFlightReq: record({ amount: mostly(1, 0, -1), sourceCriterion }),
  ipAllowList: record({
    sourceRange: often(list(range)),
    rejectStatusCode: mostly(403, 7, 299, 600, 1000),
    ipStrategy: seldom(ipStrategy),
  }),
  ipWhiteList: record({ sourceRange: list(range), ipStrategy: seldom(ipStrategy) }),
  passTLSClientCert: fc.constant({ pem: true }),
  rateLimit: record({ average: mostly(1, 0, -1), period: seldom(mostly<unknown>("1s", "-1s", 0)), sourceCriterion }),
  redirectRegex: record({ regex: regexp, replacement: fc.constant("/b") }),
  redirectScheme: record({ scheme: mostly("https", ""), permanent: fc.constant(true) }),
  replacePath: fc.constant({ path: "/a" }),
  replacePathRegex: record({ regex: regexp, replacement: fc.constant("/b") }),
  retry: record({
    attempts: mostly(1, 0, -1),
    status: seldom(list(status)),
    disableRetryOnNetworkError: seldom(fc.boolean()),
    initialInterval: fc.constant("1s"),
  }),
  stripPrefix: fc.constant({ prefixes: ["/a"] }),
  stripPrefixRegex: record({ regex: list(regexp) }),
};

const types = [...Object.keys(settings), ...Array(4).fill("chain"), ...Array(4).fill("errors")] as string[];
const ofOneType = fc
  .constantFrom(...types)
  .chain((type) => (settings[type] ?? fc.constant({})).map((one): Value => ({ [type]: one })));
const plain = { stripPrefix: { prefixes: ["/a"] } };

export const httpMiddlewares: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: ofOneType, weight: 20 },
  fc.constantFrom<Value>(
    { ...plain, compress: {} },
    { ...plain, plugin: { x: { a: "b" } } },
    { requestRedirect: { scheme: "https" } },
  ),
);
