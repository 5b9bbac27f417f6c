import { describe, expect, test } from "vitest";
import { explain } from "../../cli/explain.ts";
import type { RouteRow } from "../../server/document/router-rows.ts";
import type { ServiceRow } from "../../server/document/service-rows.ts";
import type { Status } from "../../server/http/status.ts";

const router = (name: string, rule: string, more: Partial<RouteRow> = {}): RouteRow => ({
  router: name,
  section: "http",
  rule,
  priority: null,
  entryPoints: [],
  tls: false,
  middlewares: [],
  service: name,
  servers: 2,
  leadsTo: [name],
  state: "served",
  ...more,
});

const service = (name: string, servers: number, more: Partial<ServiceRow> = {}): ServiceRow => ({
  service: name,
  section: "http",
  type: "loadBalancer",
  parts: [],
  servers,
  state: "served",
  ...more,
});
const part = (name: string, path: string, weight: number | null = null) => ({ service: name, path, weight });

const replica = {
  replica: "api-1",
  state: "absent",
  address: null,
  since: null,
  reason: "stopped",
  detail: "does not run",
  weight: null,
  weightFrom: null,
  remark: null,
  spec: null,
  image: null,
  leftDevices: [],
};
const drained = { ...replica, replica: "dns-0", state: "member", address: "10.0.0.7", reason: null, detail: null };
const status = {
  groups: [
    { name: "api", inEffect: { protocol: "http" }, pending: null, declared: 2, present: 1, replicas: [replica] },
    {
      name: "dns",
      inEffect: { protocol: "udp" },
      pending: null,
      declared: 3,
      present: 3,
      replicas: [
        { ...drained, remark: "its key is ignored" },
        { ...drained, replica: "dns-1", weight: 0, weightFrom: "instance" },
        { ...drained, replica: "dns-2", weight: 3, weightFrom: "file" },
      ],
    },
  ],
  labelled: [
    {
      source: "local",
      project: "default",
      instance: "blog-0",
      state: "left-out",
      address: "10.0.0.7",
      reason: null,
      detail: null,
      problems: ["user.traefik.enable: is true or false"],
    },
  ],
  routes: {
    files: 1,
    problems: [],
    routers: [
      router("api", "Host(`shop`) && PathPrefix(`/api`)", { priority: 20 }),
      router("site", "Host(`shop`)"),
      router("split", "Host(`split.example`)", { service: "canary", middlewares: ["auth"] }),
      router("safe", "Host(`shop`)", { tls: true, servers: 0 }),
      router("regexp", "Host(`other`) && PathRegexp(`^/[a-z]+$`)"),
      router("dns", "", { section: "udp", rule: null, entryPoints: ["dns"] }),
      router("other", "HostSNI(`*`)", { section: "tcp", leadsTo: ["dns"] }),
    ],
    services: [
      service("api", 2),
      service("canary", 3, {
        type: "weighted",
        parts: [part("site", "weighted.services[0]", 95), part("api", "weighted.services[1]", 5)],
      }),
      service("spare", 2, {
        type: "failover",
        parts: [part("api", "failover.service"), part("canary", "failover.fallback")],
      }),
      service("copy", 2, {
        type: "mirroring",
        parts: [part("api", "mirroring.service"), part("site", "mirroring.mirrors[0]", 10)],
      }),
      service("site", 1, { state: "noted" }),
    ],
    middlewares: [{ middleware: "auth", section: "http", type: "basicAuth", state: "served" }],
    remarks: [
      {
        kind: "http.routers",
        name: "lost",
        state: "left-out",
        origin: "routes/a.yaml:3:5",
        reason: "service: there is no service x",
      },
    ],
  },
  traefiks: [
    {
      url: "http://edge:8080",
      off: [{ kind: "http.middlewares", name: "auth", state: "disabled", reason: "no such plugin" }],
      down: [{ service: "auth", server: "http://10.0.0.1:3000" }],
    },
  ],
} as unknown as Status;

const about = (asked: string) => explain(status, asked, "3.7");

describe("a URL", () => {
  test("is answered by the router of the highest priority among those whose rule matches", () => {
    expect(about("http://shop/api/x")).toBe(
      [
        "router api answers http://shop/api/x",
        "  rule Host(`shop`) && PathPrefix(`/api`), priority 20",
        "  service api: 2 servers",
        "  not router site: its priority 12 is lower",
        "",
      ].join("\n"),
    );
  });

  test("of https is answered by routers with TLS only, and without servers by a 503", () => {
    expect(about("https://shop/")).toMatch(
      /^router safe answers https:\/\/shop\/\n.*priority 12 \(the length of its rule\)\n.*0 servers, so 503\n$/s,
    );
  });

  test("that no rule matches is a 404", () => {
    expect(about("http://nobody/")).toBe("no router answers http://nobody/: 404\n");
  });

  test("that nearly matches names the routers of the host, those of the other scheme, and a host that is near", () => {
    expect(about("http://other/123")).toBe(
      "no router answers http://other/123: 404\n  router regexp is of that host, but its rule does not match: Host(`other`) && PathRegexp(`^/[a-z]+$`)\n",
    );
    expect(about("https://split.example/")).toBe(
      "no router answers https://split.example/: 404\n  router split has no TLS: it answers http://split.example/\n",
    );
    expect(about("http://spilt.example/")).toBe(
      "no router answers http://spilt.example/: 404\n  a host that is near: split.example\n",
    );
  });

  test("that leads to a weighted service shows what each part of it gets", () => {
    expect(about("http://split.example/")).toContain(
      "\n  service canary: 2 servers\n    site: weight 95, 95 %, 1 server\n    api: weight 5, 5 %, 2 servers\n",
    );
  });

  test("may be written without a scheme: then both are asked", () => {
    expect(about("split.example")).toMatch(/^router split answers http:\/\/split\.example\/\n/);
    expect(about("shop/api/x")).toMatch(
      /^router api answers http:\/\/shop\/api\/x\n.*\nrouter safe answers https:\/\/shop/s,
    );
    expect(about("spilt.example")).toContain("a host that is near: split.example");
  });

  test("that is none, or has a broken escape, is no fault", () => {
    expect(() => about("http://[")).toThrow("http://[ is not a URL");
    expect(about("http://shop/%zz")).toContain("router site answers");
  });

  test("may be matched by a regular expression", () => {
    expect(about("http://other/abc")).toContain("router regexp answers");
    expect(about("http://other/123")).toContain("no router answers");
  });
});

describe("a name", () => {
  test("of a router gives its rule and its service's servers", () => {
    expect(about("site")).toBe(
      "router site: served\n  rule Host(`shop`), priority 12, entry points default\n  service site: 2 servers, of site\nservice site: noted, loadBalancer, 1 server\n  used by router site, service canary, service copy\n",
    );
  });

  test("of an object that is not served gives the reason", () => {
    expect(about("lost")).toBe("http.routers lost at routes/a.yaml:3:5: left-out, service: there is no service x\n");
  });

  test("of a service says its kind, what its parts get and what uses it", () => {
    expect(about("canary")).toBe(
      "service canary: served, weighted, 3 servers\n    site: weight 95, 95 %, 1 server\n    api: weight 5, 5 %, 2 servers\n  used by router split, service spare\n",
    );
    expect(about("copy")).toContain("\n    api: mirroring.service, 2 servers\n    site: a mirror of 10 %, 1 server\n");
    expect(about("spare")).toContain(
      "\n    api: failover.service, 2 servers\n    canary: failover.fallback, 3 servers\n",
    );
  });

  test("of a middleware says its kind and which routers use it", () => {
    expect(about("auth")).toBe(
      "middleware auth: served, basicAuth\n  used by router split\n" +
        "http.middlewares auth in Traefik at http://edge:8080: disabled, no such plugin\n" +
        "server http://10.0.0.1:3000 of auth: down by the health check of Traefik at http://edge:8080\n",
    );
  });

  test("of a group says how many of its replicas are present", () => {
    expect(about("api")).toContain("\ngroup api: 1 of 2 present (api-1 stopped)\n");
  });

  test("of a replica says what it is, and which routers lead to it", () => {
    expect(about("api-1")).toBe(
      "api-1 of group api: absent (stopped: does not run)\n  routers that lead to api: router api\n",
    );
  });

  test("of an instance that declares itself reports its state", () => {
    expect(about("blog-0")).toBe(
      "blog-0 of local/default, by its labels: left-out at 10.0.0.7\n  user.traefik.enable: is true or false\n",
    );
  });

  test("of a UDP router gives its entry points, because it has no rule", () => {
    expect(about("dns")).toBe(
      "udp router dns: served\n  entry points dns\n  service dns: 2 servers, of dns\ngroup dns: 3 of 3 present\n",
    );
  });

  test("of a replica gives its weight and the source of it, and which of its keys are ignored", () => {
    expect(about("dns-0")).toMatch(/^dns-0 of group dns: member at 10\.0\.0\.7 \(its key is ignored\)\n/);
    expect(about("dns-1")).toContain("\n  weight 0, by user.rollcall.weight\n");
    expect(about("dns-2")).toContain("\n  weight 3, by its group's file\n");
  });

  test("of a replica leads to no router of another section, which may have a service of that name", () => {
    expect(about("dns-0")).toContain("routers that lead to dns: udp router dns\n");
  });

  test("of a replica of a spread group says on which source it is, for each while it moves", () => {
    const rows = [
      { ...replica, source: "incus-b" },
      { ...drained, replica: "api-1", source: "lxd-a" },
    ];
    const [api] = status.groups;
    const spread = { ...status, groups: [{ ...api, source: null, replicas: rows }] } as unknown as Status;
    const said = explain(spread, "api-1", "3.7");
    expect(said).toContain("api-1 of group api on incus-b: absent (stopped: does not run)\n");
    expect(said).toContain("api-1 of group api on lxd-a: member at 10.0.0.7\n");
  });

  test("of nothing is an error with the name that is near", () => {
    expect(() => about("nobody")).toThrow(
      "no router, service, middleware, group, replica or instance is called nobody",
    );
    expect(() => about("canry")).toThrow(/is called canry; did you mean canary\?$/);
  });
});
