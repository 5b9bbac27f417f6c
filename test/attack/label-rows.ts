import type { Row, Siege } from "./siege.ts";

/** What the author of an instance's labels writes. Hosts below apps.example are allowed to it, and `evil` is its name. */

/** What it may have: objects that carry its name. */
const own = /^(http|tcp|udp)\.(routers|services|middlewares|serversTransports)\.evil/;
/** The same without routers: none of them may be served. */
const unrouted = /^(http|tcp|udp)\.(services|middlewares|serversTransports)\.evil/;

export function labelRows(): Row[] {
  return [...takenHosts(), ...foreignNames(), ...oddKeys(), ...oddValues(), ...bulk()];
}

type Labels = Readonly<Record<string, string>>;

function row(what: string, labels: Labels, mayAdd: RegExp): Row {
  const set = (values: Labels) => (at: Siege) => at.driver.setConfig("evil-0", values);
  const config = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`user.traefik.${key}`, value]));
  const clear = Object.fromEntries(Object.keys(config).map((key) => [key, ""]));
  return {
    name: `a label has ${what}`,
    mayAdd,
    async attack(at) {
      await set({ "user.traefik.enable": "true", ...config })(at);
      await at.look();
    },
    async undo(at) {
      await set({ "user.traefik.enable": "", ...clear })(at);
      await at.look();
    },
  };
}

const service = { "http.services.evil.loadbalancer.server.port": "3000" };
const tcpService = { "tcp.services.evil.loadbalancer.server.port": "5432" };

/** Rules that would reach a host of the operator or one that is not allowed: no router of them is served. */
function takenHosts(): Row[] {
  const http = [
    ...["web", "shop", "a.ops"].map((name) => `Host(\`${name}.apps.example\`)`),
    "Host(`WEB.apps.example`)",
    "Host(`web.apps.example.`)",
    "Host(`web.apps.example`) && PathPrefix(`/x`)",
    "Host(`evil.apps.example`) || Host(`web.apps.example`)",
    "Host(`evil.apps.example`, `web.apps.example`)",
    "Host(`*.apps.example`)",
    "Host(`*`)",
    "Host(``)",
    "Host(`evil.example`)",
    "Host(`apps.example`)",
    "Host(`a.apps.example.evil.example`)",
    "Host(`web.apps.example:80`)",
    "HostRegexp(`.*`)",
    "HostRegexp(`^web\\.apps\\.example$`)",
    "HostRegexp(`^[a-z]+\\.apps\\.example$`)",
    "HostRegexp(`^(evil|web)\\.apps\\.example$`)",
    "!Host(`evil.apps.example`)",
    "!Host(`nothing`) && PathPrefix(`/`)",
    "PathPrefix(`/`)",
    "Path(`/pay`)",
    "Method(`GET`)",
    "ClientIP(`0.0.0.0/0`)",
    "Header(`Host`, `web.apps.example`)",
    "Query(`a`, `b`)",
    "(((PathRegexp(`.*`))))",
    "Host(`evil.apps.example`) || PathPrefix(`/`)",
    "HOST(`web.apps.example`)",
    "Host:web.apps.example",
    "",
  ];
  const tcp = ["web", "db"].map((name) => `HostSNI(\`${name}.apps.example\`)`);
  tcp.push(
    "HostSNI(`*`)",
    "HostSNI(`*.apps.example`)",
    "HostSNIRegexp(`.*`)",
    "HostSNIRegexp(`^db\\.apps\\.example$`)",
  );
  tcp.push("!HostSNI(`evil.apps.example`)", "ClientIP(`0.0.0.0/0`)", "ALPN(`h2`)", "HostSNI(`DB.apps.example`)");
  const priority = "9223372036854774807";
  return [
    ...http.map((rule) =>
      row(
        `the rule ${rule}`,
        {
          ...service,
          "http.routers.evil.rule": rule,
          "http.routers.evil.priority": priority,
          "http.routers.evil.entrypoints": "web",
        },
        unrouted,
      ),
    ),
    ...tcp.flatMap((rule) =>
      [{}, { "tcp.routers.evil.tls": "true" }, { "tcp.routers.evil.tls.passthrough": "true" }].map((tls, n) =>
        row(
          `the TCP rule ${rule} (${n})`,
          {
            ...tcpService,
            "tcp.routers.evil.rule": rule,
            "tcp.routers.evil.priority": priority,
            "tcp.routers.evil.entrypoints": "web",
            ...tls,
          },
          unrouted,
        ),
      ),
    ),
  ];
}

const router = { "http.routers.evil.rule": "Host(`evil.apps.example`)", "http.routers.evil.entrypoints": "web" };

/** Names of others: services, middlewares, entry points, files, URLs. */
function foreignNames(): Row[] {
  const named: Record<string, Labels> = {
    "another's service": { "http.routers.evil.service": "web" },
    "Traefik's dashboard": { "http.routers.evil.service": "api@internal" },
    "a service of another provider": { "http.routers.evil.service": "x@file" },
    "another's middleware": { "http.routers.evil.middlewares": "limit" },
    "a middleware of another provider": { "http.routers.evil.middlewares": "auth@file" },
    "an entry point that is not allowed": { "http.routers.evil.entrypoints": "traefik" },
    "the entry point db": {
      "tcp.routers.evil.rule": "HostSNI(`evil.apps.example`)",
      "tcp.routers.evil.entrypoints": "db",
      ...tcpService,
    },
    "a certificate resolver": { "http.routers.evil.tls.certresolver": "le" },
    "the domains of a certificate": { "http.routers.evil.tls.domains[0].main": "web.apps.example" },
    "TLS options of another": { "http.routers.evil.tls.options": "default" },
    "a URL of its own choice": { "http.services.evil.loadbalancer.servers[0].url": "http://127.0.0.1:22" },
    "a server's port of 0": { "http.services.evil.loadbalancer.server.port": "0" },
    "a server's port of 65536": { "http.services.evil.loadbalancer.server.port": "65536" },
    "a server's scheme file": { "http.services.evil.loadbalancer.server.scheme": "file" },
    "a transport without verification": { "http.services.evil.loadbalancer.serverstransport": "insecure@file" },
    "a forward to the operator": { "http.middlewares.evil.forwardauth.address": "http://127.0.0.1:8080" },
    "users from a file": { "http.middlewares.evil.basicauth.usersfile": "/etc/passwd" },
    "a plugin": { "http.middlewares.evil.plugin.x.y": "z" },
    "a weighted service of others": { "http.services.evil.weighted.services[0].name": "web" },
    "a mirror of others": { "http.services.evil.mirroring.service": "web" },
    "the group's own service": { "http.services.web.loadbalancer.server.port": "80" },
    "the group's own router": { "http.routers.web.rule": "Host(`evil.apps.example`)" },
    "the route file's middleware": { "http.middlewares.limit.ratelimit.average": "1" },
  };
  return Object.entries(named).map(([what, labels]) => row(what, { ...router, ...service, ...labels }, own));
}

function oddKeys(): Row[] {
  const keys = [
    `http.routers.evil${".a".repeat(3000)}`,
    `http.routers.${"x".repeat(5000)}.rule`,
    "http.routers.__proto__.rule",
    "http.routers.constructor.rule",
    "http.routers.evil.__proto__.rule",
    "http.routers.evil\u001b[2J.rule",
    "http.routers.evil\u202e.rule",
    "http.routers.evil\u0000.rule",
    "http.routers..rule",
    "http.routers.",
    "http.",
    ".",
    "http.routers.evil@file.rule",
    "http.routers.evil/../web.rule",
    "http.services.evil.loadbalancer.servers[99999999].url",
    "http.services.evil.loadbalancer.servers[-1].url",
    "http.services.evil.loadbalancer.servers[1e9].url",
    "http.services.evil.loadbalancer.servers[0][0][0].url",
    "http.routers.evil.tls.domains[4000000000].main",
    "tls.certificates[0].certfile",
    "tls.stores.default.defaultcertificate.certfile",
    "tls.options.default.minversion",
    "http.serverstransports.evil.insecureskipverify",
    "tcp.serverstransports.evil.tls.insecureskipverify",
    "docker.network",
    "constraint-label-stack",
  ];
  return keys.map((key) =>
    row(`the key ${JSON.stringify(key.slice(0, 60))}`, { ...router, ...service, [key]: "x" }, own),
  );
}

function oddValues(): Row[] {
  const fields = [
    "http.routers.evil.priority",
    "http.routers.evil.tls",
    "http.services.evil.loadbalancer.passhostheader",
    "http.services.evil.loadbalancer.healthcheck.interval",
    "http.middlewares.evil.headers.customrequestheaders.X",
    "http.middlewares.evil.redirectregex.regex",
  ];
  const values = [
    "-1",
    "1e999",
    "NaN",
    "\u0000",
    "\u001b]0;x\u0007",
    "(".repeat(2000),
    "$HOME",
    "{{ .Name }}",
    "[]",
    "null",
    "a\r\nb",
    "x".repeat(60_000),
  ];
  return fields.flatMap((field, n) =>
    values
      .filter((_, kind) => (n + kind) % 2 === 0)
      .map((value) =>
        row(`${JSON.stringify(value.slice(0, 20))} at ${field}`, { ...router, ...service, [field]: value }, own),
      ),
  );
}

/** A great deal of it. */
function bulk(): Row[] {
  const many = (count: number, key: (n: number) => string, value: (n: number) => string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [key(n), value(n)]));
  const host = (n: number) => `Host(\`evil${n}.apps.example\`)`;
  return [
    row("2,000 routers", { ...service, ...many(2000, (n) => `http.routers.evil${n}.rule`, host) }, own),
    row(
      "2,000 middlewares",
      {
        ...many(
          2000,
          (n) => `http.middlewares.evil${n}.addprefix.prefix`,
          (n) => `/${n}`,
        ),
      },
      own,
    ),
    row(
      "a chain of 2,000 services without an end",
      many(
        2000,
        (n) => `http.services.evil${n}.weighted.services[0].name`,
        (n) => `evil${n + 1}`,
      ),
      own,
    ),
    row(
      "a chain of 2,000 middlewares without an end",
      many(
        2000,
        (n) => `http.middlewares.evil${n}.chain.middlewares`,
        (n) => `evil${n + 1}`,
      ),
      own,
    ),
    row(
      "a rule of 40 times 200 hosts",
      {
        ...service,
        "http.routers.evil.rule": Array.from(
          { length: 40 },
          (_, and) => `(${Array.from({ length: 200 }, (__, n) => host(and * 200 + n)).join(" || ")})`,
        ).join(" && "),
      },
      own,
    ),
    row(
      "a rule in 5,000 brackets",
      { ...service, "http.routers.evil.rule": `${"(".repeat(5000)}${host(1)}${")".repeat(5000)}` },
      own,
    ),
    row("a rule of 5,000 negations", { ...service, "http.routers.evil.rule": `${"!".repeat(5000)}${host(1)}` }, own),
    row(
      "5,000 servers of one service",
      many(
        5000,
        (n) => `http.services.evil.loadbalancer.servers[${n}].port`,
        () => "1",
      ),
      own,
    ),
  ];
}
