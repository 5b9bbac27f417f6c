/** What group files can say to Traefik: every key with a value, every key with nothing in it, every choice. */
export interface TraefikCase {
  readonly title: string;
  readonly loadBalancer?: object;
  /** Beside the rule, which every case has. */
  readonly router?: object;
}

/** Every key of a load balancer that the schema knows for Traefik 3.7. `@file` is what `neighbours` declares. */
export const everyLoadBalancerKey = {
  strategy: "wrr",
  passHostHeader: false,
  serversTransport: "transport@file",
  responseForwarding: { flushInterval: "50ms" },
  sticky: {
    cookie: {
      name: "replica",
      secure: true,
      httpOnly: true,
      sameSite: "lax",
      maxAge: 60,
      path: "/",
      domain: "localhost",
    },
  },
  healthCheck: {
    scheme: "http",
    mode: "http",
    path: "/health",
    method: "GET",
    status: 200,
    port: 3000,
    interval: "10s",
    unhealthyInterval: "5s",
    timeout: 2,
    hostname: "web.localhost",
    followRedirects: false,
    headers: { "X-Probe": "rollcall" },
  },
  passiveHealthCheck: { failureWindow: "10s", maxFailedAttempts: 3 },
};

/** Every key of a router but `rule`, and `parentRefs`, with which Traefik allows neither TLS nor entry points. */
export const everyRouterKey = {
  entryPoints: ["web"],
  middlewares: ["header@file"],
  priority: 7,
  ruleSyntax: "default",
  tls: {
    options: "strict@file",
    certResolver: "nobody",
    domains: [{ main: "web.localhost", sans: ["www.web.localhost"] }],
  },
  observability: { accessLogs: false, metrics: false, tracing: false, traceVerbosity: "detailed" },
};

/** Every key of a TCP load balancer that the schema knows for Traefik 3.7. */
export const everyTcpLoadBalancerKey = {
  serversTransport: "transport@file",
  proxyProtocol: { version: 1 },
  terminationDelay: 200,
  healthCheck: { port: 3000, send: "PING", expect: "PONG", interval: "10s", unhealthyInterval: "5s", timeout: 2 },
};

/** Every key of a TCP router but `rule`. */
export const everyTcpRouterKey = {
  entryPoints: ["web"],
  middlewares: ["few@file"],
  priority: 7,
  ruleSyntax: "default",
  tls: {
    passthrough: false,
    options: "strict@file",
    certResolver: "nobody",
    domains: [{ main: "web.localhost", sans: ["www.web.localhost"] }],
  },
};

/** For Traefik's file provider: what the cases refer to. */
export const neighbours = `
http:
  middlewares: { header: { headers: { customResponseHeaders: { X-Seen: "yes" } } } }
  serversTransports: { transport: { insecureSkipVerify: true } }
  routers: { parent: { rule: "PathPrefix(\`/parent\`)" } }
tcp:
  middlewares: { few: { inFlightConn: { amount: 10 } } }
  serversTransports: { transport: { dialTimeout: 1s } }
tls:
  options: { strict: { minVersion: VersionTLS13 } }
`;

const choices = (key: string, values: readonly string[], make: (value: string) => Omit<TraefikCase, "title">) =>
  values.map((value): TraefikCase => ({ title: `${key}: ${value}`, ...make(value) }));

const emptyLoadBalancer = {
  responseForwarding: {},
  sticky: {},
  healthCheck: {},
  passiveHealthCheck: {},
};
const emptyRouter = { entryPoints: [], middlewares: [], parentRefs: [], tls: {}, observability: {} };

export const traefikCases: readonly TraefikCase[] = [
  { title: "every key at once", loadBalancer: everyLoadBalancerKey, router: everyRouterKey },
  { title: "parentRefs", router: { parentRefs: ["parent@file"] } },
  ...Object.entries(everyLoadBalancerKey).map(([key, value]) => ({ title: key, loadBalancer: { [key]: value } })),
  ...Object.entries(everyRouterKey).map(([key, value]) => ({ title: key, router: { [key]: value } })),
  ...Object.entries(everyLoadBalancerKey.healthCheck).map(([key, value]) => ({
    title: `healthCheck.${key} alone`,
    loadBalancer: { healthCheck: { [key]: value } },
  })),
  ...choices("strategy", ["wrr", "p2c", "hrw", "leasttime"], (strategy) => ({ loadBalancer: { strategy } })),
  ...choices("sameSite", ["none", "lax", "strict"], (sameSite) => ({
    loadBalancer: { sticky: { cookie: { sameSite } } },
  })),
  ...choices("scheme", ["http", "https", "h2c"], (scheme) => ({
    loadBalancer: { healthCheck: { scheme, path: "/" } },
  })),
  ...choices("mode", ["http", "grpc"], (mode) => ({ loadBalancer: { healthCheck: { mode, path: "/" } } })),
  ...choices("ruleSyntax", ["default", "v3", "v2"], (ruleSyntax) => ({ router: { ruleSyntax } })),
  ...choices("traceVerbosity", ["minimal", "detailed"], (traceVerbosity) => ({
    router: { observability: { traceVerbosity } },
  })),
  { title: "loadBalancer: {}", loadBalancer: {} },
  ...Object.entries(emptyLoadBalancer).map(([key, value]) => ({ title: `${key}: {}`, loadBalancer: { [key]: value } })),
  { title: "cookie: {}", loadBalancer: { sticky: { cookie: {} } } },
  { title: "headers: {}", loadBalancer: { healthCheck: { headers: {} } } },
  { title: "headers: {} beside a path", loadBalancer: { healthCheck: { path: "/", headers: {} } } },
  ...Object.entries(emptyRouter).map(([key, value]) => ({
    title: `${key}: ${JSON.stringify(value)}`,
    router: { [key]: value },
  })),
  { title: "tls.domains: []", router: { tls: { domains: [] } } },
  { title: "sans: []", router: { tls: { domains: [{ main: "web.localhost", sans: [] }] } } },
  { title: "everything empty at once", loadBalancer: emptyLoadBalancer, router: emptyRouter },
];

export const tcpCases: readonly TraefikCase[] = [
  { title: "every key of TCP at once", loadBalancer: everyTcpLoadBalancerKey, router: everyTcpRouterKey },
  ...Object.entries(everyTcpLoadBalancerKey).map(([key, value]) => ({
    title: `TCP: ${key}`,
    loadBalancer: { [key]: value },
  })),
  ...Object.entries(everyTcpRouterKey).map(([key, value]) => ({ title: `TCP: ${key}`, router: { [key]: value } })),
  ...Object.entries(everyTcpLoadBalancerKey.healthCheck).map(([key, value]) => ({
    title: `TCP: healthCheck.${key} alone`,
    loadBalancer: { healthCheck: { [key]: value } },
  })),
  ...["default", "v3", "v2"].map((ruleSyntax) => ({ title: `TCP: ruleSyntax: ${ruleSyntax}`, router: { ruleSyntax } })),
  { title: "TCP: tls.passthrough", router: { tls: { passthrough: true } } },
  { title: "TCP: loadBalancer: {}", loadBalancer: {} },
  { title: "TCP: everything empty", loadBalancer: { proxyProtocol: {}, healthCheck: {} }, router: { tls: {} } },
  { title: "TCP: empty lists", router: { entryPoints: [], middlewares: [], tls: { domains: [] } } },
];
