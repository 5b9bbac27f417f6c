/** A router of an operator, and labels that would take its host over. Asked for the host, Traefik must answer from the operator. */
export interface TakenHost {
  /** Reads on after "is not taken". */
  readonly what: string;
  /** The router of group `web`. */
  readonly group?: Readonly<Record<string, unknown>>;
  /** Whether the group speaks TCP. */
  readonly tcp?: true;
  /** A route file, which may name service `web` of the group. */
  readonly file?: string;
  /** The same file after an edit, made when the first one was served. */
  readonly edited?: string;
  /** Whether no replica of the group is present: then nothing answers. */
  readonly pending?: true;
  /** The labels of a router of an instance, `http.routers.x.rule`; its project comes second in the configuration. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of an instance of the first project. */
  readonly first?: Readonly<Record<string, string>>;
  /** What the instance's project may answer, and where. */
  readonly hosts?: readonly string[];
  readonly entryPoints?: readonly string[];
  readonly over?: "tls";
}

const site = (rule: string, more = "") =>
  `http: { routers: { site: { rule: ${JSON.stringify(rule)}, service: web${more} } } }`;
const http = (rule: string, priority = "9999") => ({
  "http.routers.x.rule": rule,
  "http.routers.x.priority": priority,
  "http.services.x.loadbalancer.server.port": "PORT",
});
const https = (rule: string) => ({ ...http(rule), "http.routers.x.tls": "true" });
const tcp = (rule: string) => ({
  "tcp.routers.x.rule": rule,
  "tcp.routers.x.priority": "9999",
  "tcp.routers.x.tls": "true",
  "tcp.services.x.loadbalancer.server.port": "PORT",
});
const web = { rule: "Host(`web.apps.test`)" };
const all = { hosts: ["*"] };
const one = http("Host(`web.apps.test`)");
const wildcard = http("Host(`*.apps.test`)");

export const takenHosts: readonly TakenHost[] = [
  // What the label says.
  { what: "by the same host", group: web, labels: one },
  { what: "by the host in upper case with a dot", group: web, labels: http("host(`WEB.apps.TEST.`)") },
  { what: "by a host and a path", group: web, labels: http("Host(`web.apps.test`) && PathPrefix(`/`)") },
  { what: "by a wildcard", group: web, labels: wildcard },
  { what: "by a wildcard among other hosts", group: web, labels: http("Host(`a.apps.test`) || HOST(`*.Apps.test`)") },
  { what: "by a wildcard with a negation", group: web, labels: http("!(!Host(`*.apps.test`) || Host(`x.apps.test`))") },
  { what: "by an expression", group: web, labels: http("HostRegexp(`^web`)"), ...all },
  { what: "by every host", group: web, labels: http("Host(`*`)"), ...all },
  { what: "by a rule without a host", group: web, labels: http("PathPrefix(`/`)"), ...all },
  { what: "by every host but one", group: web, labels: http("!Host(`x.apps.test`)"), ...all },
  { what: "by a wildcard over TLS", group: { ...web, tls: {} }, labels: https("Host(`*.apps.test`)"), over: "tls" },
  { what: "by a server name", group: { ...web, tls: {} }, labels: tcp("HostSNI(`web.apps.test`)"), over: "tls" },
  {
    what: "by a wildcard of server names",
    group: { ...web, tls: {} },
    labels: tcp("HostSNI(`*.apps.test`)"),
    over: "tls",
  },
  // What the operator says.
  { what: "from a wildcard of a group", group: { rule: "Host(`*.apps.test`)" }, labels: one },
  { what: "from a wildcard by the same one", group: { rule: "Host(`*.apps.test`)" }, labels: wildcard },
  { what: "from an expression", group: { rule: "HostRegexp(`^[a-z]+\\.apps\\.test$`)" }, labels: one },
  { what: "from an expression by a wildcard", group: { rule: "HostRegexp(`^web\\.apps`)" }, labels: wildcard },
  { what: "from one host of several", group: { rule: "Host(`web.test`) || Host(`Web.apps.test`)" }, labels: wildcard },
  { what: "next to a part for every host", group: { rule: "Host(`web.apps.test`) || Path(`/x`)" }, labels: one },
  { what: "from a double negation", group: { rule: "!(!Host(`web.apps.test`))" }, labels: one },
  {
    what: "from a router for every host of a higher priority",
    group: { rule: "PathPrefix(`/`)", priority: 500 },
    labels: one,
  },
  {
    what: "from an expression for every host of a higher priority",
    group: { rule: "HostRegexp(`.+`)", priority: 500 },
    labels: one,
  },
  {
    what: "from a TCP group",
    tcp: true,
    group: { rule: "HostSNI(`web.apps.test`)", tls: {} },
    labels: tcp("HostSNI(`*.apps.test`)"),
    over: "tls",
  },
  {
    what: "from a TCP group's wildcard",
    tcp: true,
    group: { rule: "HostSNI(`*.apps.test`)", tls: {} },
    labels: tcp("HostSNI(`web.apps.test`)"),
    over: "tls",
  },
  {
    what: "from a TCP group's expression",
    tcp: true,
    group: { rule: "HostSNIRegexp(`^web`)", tls: {} },
    labels: tcp("HostSNI(`web.apps.test`)"),
    over: "tls",
  },
  { what: "from a route file", file: site("Host(`web.apps.test`)"), labels: wildcard },
  { what: "from another project", first: http("Host(`web.apps.test`)", "1"), labels: wildcard },
  { what: "from another project's wildcard", first: http("Host(`*.apps.test`)", "1"), labels: one },
  // What the operator gets wrong, or has not got yet.
  { what: "from a group that is pending", group: web, pending: true, labels: one },
  {
    what: "from a router with a typo in its rule",
    file: site("Host(`web.apps.test`)"),
    edited: site("Hots(`web.apps.test`)"),
    labels: one,
  },
  {
    what: "from a rule that is never closed",
    file: site("Host(`web.apps.test`)"),
    edited: site("Host(`web.apps.test"),
    labels: one,
  },
  {
    what: "from a router with a wrong type",
    file: site("Host(`web.apps.test`)"),
    edited: site("Host(`web.apps.test`)", ", priority: high"),
    labels: one,
  },
  {
    what: "from a host renamed beside an unknown middleware",
    file: site("Host(`web.apps.test`)"),
    edited: site("Host(`new.apps.test`)", ", middlewares: [nowhere]"),
    labels: one,
  },
  {
    what: "from a host renamed with a typo, by a wildcard",
    file: site("Host(`web.apps.test`)"),
    edited: site("Host(`new.test`", ""),
    labels: wildcard,
  },
  {
    what: "from a file that can't be read any more",
    file: site("Host(`web.apps.test`)"),
    edited: "http: [",
    labels: one,
  },
  {
    what: "from a host renamed to by a file with a mistake",
    file: site("Host(`old.apps.test`)"),
    edited: site("Host(`web.apps.test`)", ", priority: high"),
    labels: one,
    pending: true,
  },
  {
    what: "from a file that could never be read",
    file: `${site("Host(`web.apps.test`)")}\n]`,
    labels: one,
    pending: true,
  },
  {
    what: "from a router that was never valid",
    file: site("HostRegexp(`^.+\\.apps[.]test$`) && Pth(`/`)"),
    labels: one,
    pending: true,
  },
];
