import { describe, expect, test } from "vitest";
import { objectId } from "../../../traefik/objects/objects.ts";
import { type LabelledWalk, walkLabels } from "../../support/server/labels.ts";
import { instance, see } from "../../support/server/literals.ts";

const enabled = { "user.traefik.enable": "true" };
const port = { "user.traefik.http.services.web.loadbalancer.server.port": "80" };
const rule = { "user.traefik.http.routers.web.rule": "Host(`web.example.com`)" };
const whole = { ...enabled, ...port, ...rule };

/** What is served of one instance web-0 with those labels. */
function of(keys: Readonly<Record<string, string>>, walk?: LabelledWalk) {
  return walkLabels(see(instance("web-0", { keys: { ...enabled, ...keys } })), walk);
}
const problemsOf = (walked: ReturnType<typeof of>) => walked.composed.labelled.flatMap(({ problems }) => problems);

describe("an instance that declares itself", () => {
  test("is a service and a router", () => {
    const { plan, objects, composed } = of({ ...port, ...rule });
    expect(plan).toMatchObject({ state: "ready", waiting: [] });
    expect(objects).toEqual({
      "http.routers/web": { rule: "Host(`web.example.com`)", service: "web", entryPoints: ["web"] },
      "http.services/web": expect.objectContaining({
        loadBalancer: expect.objectContaining({ servers: [{ url: "http://10.0.0.0:80" }] }),
      }),
    });
    expect(composed.labelled).toEqual([
      {
        source: "local",
        project: "default",
        instance: "web-0",
        state: "member",
        address: "10.0.0.0",
        problems: [],
        objects: ["http.routers/web", "http.services/web"],
      },
    ]);
  });

  test("takes part only if it says so, or if all do", () => {
    expect(of({ ...port, "user.traefik.enable": "false" }).composed.labelled).toEqual([]);
    const silent = see(instance("web-0", { keys: { ...port, ...rule } }));
    expect(walkLabels(silent).composed.labelled).toEqual([]);
    expect(walkLabels(silent, { settings: { exposedByDefault: true } }).composed.labelled).toHaveLength(1);
  });

  test("that is a group's replica takes part only if it says so itself", () => {
    const keys = { ...port, ...rule, "user.rollcall.group": "other" };
    const settings = { exposedByDefault: true };
    expect(walkLabels(see(instance("web-0", { keys })), { settings }).composed.labelled).toEqual([]);
    expect(of(keys, { settings }).composed.labelled).toHaveLength(1);
  });

  test.each([
    ["Label(`stage`, `prod`)", true],
    ["Label(`stage`, `test`)", false],
    ["!Label(`stage`, `test`) && LabelRegex(`stage`, `^pr`)", true],
    ["Label(`nowhere`, `x`) || (Label(`stage`, `prod`) && !LabelRegex(`zone`, `.`))", true],
    ["LabelRegex(`zone`, `^$`)", true],
  ])("meets the constraints %s: %s", (constraints, meets) => {
    const { composed } = of({ ...port, "user.stage": "prod" }, { settings: { constraints } });
    expect(composed.labelled).toHaveLength(meets ? 1 : 0);
  });

  test("has its labels by user.label. too, as an image's labels come", () => {
    const keys = Object.fromEntries(
      Object.entries(whole).map(([key, value]) => [key.replace("user.", "user.label."), value]),
    );
    expect(walkLabels(see(instance("web-0", { keys }))).objects).toEqual(of(whole).objects);
    const twice = of({ ...whole, "user.label.traefik.http.routers.web.rule": "Host(`other.example.com`)" });
    expect(problemsOf(twice)).toEqual([
      "user.label.traefik.http.routers.web.rule and user.traefik.http.routers.web.rule are the same label with different values",
    ]);
  });

  test.each([
    ["stopped", "absent"],
    ["frozen", "absent"],
  ] as const)("that is %s is out of the load balancer", (state, expected) => {
    const { composed, objects } = walkLabels(see(instance("web-0", { keys: whole, state })));
    expect(composed.labelled).toMatchObject([{ state: expected }]);
    expect(composed.labelled[0]?.address).toBeUndefined();
    expect(Object.keys(objects)).toEqual(["http.services/rollcall-nothing"]);
  });

  test("keeps its service without servers while it does not run, if it asks for that", () => {
    const keys = { ...whole, "user.traefik.docker.allownonrunning": "true" };
    const { objects } = walkLabels(see(instance("web-0", { keys, state: "stopped" })));
    expect(objects["http.services/web"]).toMatchObject({ loadBalancer: { servers: [] } });
    expect(objects["http.routers/web"]).toBeDefined();
  });

  test("keeps its previous form while its state is unknown, over a restart too", () => {
    const { memory, objects } = of(whole);
    expect(walkLabels(new Map(), { memory })).toMatchObject({ plan: { state: "ready" }, objects });
    const failed = new Map([["local", new Map([["default", { instances: undefined, problem: "refused" }]])]]);
    expect(walkLabels(failed, { memory }).composed.labelled).toMatchObject([{ state: "kept", detail: "refused" }]);
    const offline = see({ name: "web-0", state: "error", keys: {}, nics: [] });
    expect(walkLabels(offline, { memory }).objects).toEqual(objects);
    expect(walkLabels(see(), { memory }).composed.labelled).toEqual([]);
  });

  test("locks the document until its project was read once", () => {
    const { plan } = walkLabels(new Map());
    expect(plan).toMatchObject({ state: "locked", waiting: [{ group: null, replica: null, reason: "not-read" }] });
    expect(walkLabels(see()).plan).toMatchObject({ state: "ready", waiting: [] });
  });
});

describe("the grammar of Docker's labels", () => {
  test.each<[string, Record<string, string>, string, object]>([
    [
      "names in any case",
      { "user.traefik.HTTP.Routers.web.RULE": "Host(`a.example.com`)" },
      "http.routers/web",
      { rule: "Host(`a.example.com`)" },
    ],
    [
      "lists with commas",
      { "user.traefik.http.middlewares.m.stripprefix.prefixes": "/a, /b" },
      "http.middlewares/m",
      { stripPrefix: { prefixes: ["/a", "/b"] } },
    ],
    [
      "items of lists",
      {
        "user.traefik.http.routers.web.tls.domains[0].main": "a.example.com",
        "user.traefik.http.routers.web.tls.domains[0].sans": "b.example.com,c.example.com",
      },
      "http.routers/web",
      { tls: { domains: [{ main: "a.example.com", sans: ["b.example.com", "c.example.com"] }] } },
    ],
    ["tls=true", { "user.traefik.http.routers.web.tls": "true" }, "http.routers/web", { tls: {} }],
    [
      "tls=true with other TLS labels",
      {
        "user.traefik.http.routers.web.tls": "true",
        "user.traefik.http.routers.web.tls.domains[0].main": "a.example.com",
      },
      "http.routers/web",
      { tls: { domains: [{ main: "a.example.com" }] } },
    ],
    ["numbers", { "user.traefik.http.routers.web.priority": "42" }, "http.routers/web", { priority: 42 }],
    [
      "a header by its name",
      { "user.traefik.http.middlewares.m.headers.customrequestheaders.X-One": "1" },
      "http.middlewares/m",
      { headers: { customRequestHeaders: { "X-One": "1" } } },
    ],
    [
      "the server's scheme and weight",
      {
        "user.traefik.http.services.web.loadbalancer.server.scheme": "https",
        "user.traefik.http.services.web.loadbalancer.server.weight": "3",
      },
      "http.services/web",
      { loadBalancer: { servers: [{ url: "https://10.0.0.0:80", weight: 3 }] } },
    ],
    [
      "a health check",
      { "user.traefik.http.services.web.loadbalancer.healthcheck.path": "/up" },
      "http.services/web",
      { loadBalancer: { healthCheck: { path: "/up" } } },
    ],
    [
      "a weighted service, which Docker's labels have not",
      {
        "user.traefik.http.services.all.weighted.services[0].name": "web",
        "user.traefik.http.routers.web.service": "all",
      },
      "http.services/all",
      { weighted: { services: [{ name: "web" }] } },
    ],
  ])("has %s", (_, keys, id, expected) => {
    const { objects, composed } = of({
      ...port,
      ...rule,
      ...keys,
      ...(keys["user.traefik.HTTP.Routers.web.RULE"] && {
        "user.traefik.http.routers.web.rule": "Host(`a.example.com`)",
      }),
    });
    expect(problemsOf({ composed } as ReturnType<typeof of>)).toEqual([]);
    expect(objects[id]).toMatchObject(expected);
  });

  test("tls=false is no TLS, whatever else is set for it", () => {
    const { objects } = of({
      ...port,
      ...rule,
      "user.traefik.http.routers.web.tls": "false",
      "user.traefik.http.routers.web.tls.certresolver": "le",
    });
    expect(objects["http.routers/web"]).not.toHaveProperty("tls");
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ["a boolean", { "user.traefik.enable": "yes" }, /^user.traefik.enable: is true or false$/],
    [
      "the root",
      { "user.Traefik.http.routers.web.rule": "x" },
      /^user.Traefik.http.routers.web.rule: traefik is written in lower case$/,
    ],
    [
      "an unknown field",
      { "user.traefik.http.routers.web.rulee": "Host(`a`)" },
      /rulee: is no field that Traefik knows, did you mean "rule"\?/,
    ],
    ["an unknown section", { "user.traefik.httpx.routers.web.rule": "x" }, /httpx.routers can't be declared by labels/],
    ["an empty name", { "user.traefik.http.routers..rule": "x" }, /has an empty name between dots/],
    ["a leading bracket", { "user.traefik.http.routers.[0].rule": "x" }, /does not begin with \[/],
    ["an invalid name", { "user.traefik.http.middlewares.__proto__.addprefix.prefix": "/a" }, /a name can't be this/],
    ["too short a name", { "user.traefik.http.routers": "x" }, /names no object, such as/],
    [
      "a missing port",
      { ...rule, "user.traefik.http.services.web.loadbalancer.server.scheme": "http" },
      /server.port is missing/,
    ],
    [
      "a bad port",
      { ...rule, "user.traefik.http.services.web.loadbalancer.server.port": "http" },
      /server.port: is a number from 1 to 65535/,
    ],
    [
      "a bad scheme",
      { ...port, "user.traefik.http.services.web.loadbalancer.server.scheme": "ftp" },
      /server.scheme: is http, https or h2c/,
    ],
    [
      "a list of servers",
      { "user.traefik.http.services.web.loadbalancer.servers[0].url": "http://x" },
      /servers: the server is the instance itself/,
    ],
    ["no service", rule, /no service is declared: write traefik.http.services.NAME.loadbalancer.server.port/],
    [
      "a bad rule",
      { ...port, "user.traefik.http.routers.web.rule": "Host(`web.example.com`" },
      /rule: column \d+: the \( is never closed/,
    ],
    [
      "two services for a router",
      { ...port, ...rule, "user.traefik.http.services.b.loadbalancer.server.port": "81" },
      /service: names none, and there are several: b, web/,
    ],
    [
      "two services and no router",
      { ...port, "user.traefik.http.services.b.loadbalancer.server.port": "81" },
      /no router is declared, and there are several services/,
    ],
    [
      "a middleware of two types",
      {
        ...port,
        ...rule,
        "user.traefik.http.middlewares.m.stripprefix.prefixes": "/a",
        "user.traefik.http.middlewares.m.addprefix.prefix": "/b",
      },
      /has 2 types/,
    ],
    [
      "a middleware that is nowhere",
      { ...port, ...rule, "user.traefik.http.routers.web.middlewares": "nowhere" },
      /middlewares\[0\]: nowhere is neither declared by labels here/,
    ],
    [
      "an empty TCP rule",
      {
        "user.traefik.tcp.routers.t.entrypoints": "web",
        "user.traefik.tcp.services.t.loadbalancer.server.port": "5432",
      },
      /has no rule/,
    ],
  ])("refuses %s, and names it", (_, keys, reason) => {
    const walked = of(keys);
    expect(problemsOf(walked).join("\n")).toMatch(reason);
  });
});

describe("what labels do not say", () => {
  test("is a router with the default rule, and a service named after the replicas", () => {
    const keys = { "user.traefik.http.services.web.loadbalancer.server.port": "80" };
    const { objects } = of(keys, { settings: { defaultRule: "Host(`{{ normalize .Name }}.example.com`)" } });
    expect(objects["http.routers/web"]).toEqual({
      rule: 'Host("web.example.com")',
      service: "web",
      entryPoints: ["web"],
    });
  });

  test.each([
    ["Host(`{{ .Name }}.example.com`)", 'Host("web.example.com")'],
    ["Host(`{{ .ContainerName }}.example.com`)", 'Host("web-0.example.com")'],
    ['Host(`{{ index .Labels "site" }}.example.com`)', 'Host("a_b.example.com")'],
    ['Host(`{{ index .Labels "site" | replace "_" "-" | upper | lower }}.example.com`)', 'Host("a-b.example.com")'],
    [
      'Host(`{{ default "none" (index .Labels "nowhere") }}.example.com`) && PathPrefix(`/x`)',
      'Host("none.example.com") && PathPrefix(`/x`)',
    ],
    ['Host(`{{ trimSuffix "-0" .ContainerName }}.example.com`)', 'Host("web.example.com")'],
    ["Host(`{{ normalize `x` }}.example.com`)", undefined],
  ])("%s", (defaultRule, expected) => {
    const keys = { ...port, "user.site": "a_b" };
    if (expected === undefined) expect(() => of(keys, { settings: { defaultRule } })).toThrow(/defaultRule/);
    else expect(of(keys, { settings: { defaultRule } }).objects["http.routers/web"]).toMatchObject({ rule: expected });
  });

  test("a value never becomes more of a rule than a value", () => {
    const defaultRule = 'Host(`{{ index .Labels "site" }}`)';
    for (const site of ["x.example.com`) || PathPrefix(`/", 'x.example.com") || PathPrefix("/', "x`) //", "\\"]) {
      const { objects, composed } = of({ ...port, "user.site": site }, { settings: { defaultRule } });
      expect(objects["http.routers/web"]).toBeUndefined();
      expect(problemsOf({ composed } as ReturnType<typeof of>)).toHaveLength(1);
    }
  });

  test("is a port and a service, if the operator knows the port", () => {
    const settings = { defaultPort: 8080, defaultRule: "Host(`{{ normalize .Name }}.example.com`)" };
    const { objects, composed } = of({}, { settings });
    expect(problemsOf({ composed } as ReturnType<typeof of>)).toEqual([]);
    expect(objects["http.routers/web"]).toMatchObject({ rule: 'Host("web.example.com")', service: "web" });
    expect(objects["http.services/web"]).toMatchObject({
      loadBalancer: { servers: [{ url: "http://10.0.0.0:8080" }] },
    });
    const sticky = { "user.traefik.http.services.app.loadbalancer.sticky.cookie": "true" };
    expect(of(sticky, { settings }).objects["http.services/app"]).toMatchObject({
      loadBalancer: { sticky: { cookie: {} }, servers: [{ url: "http://10.0.0.0:8080" }] },
    });
    expect(of(port, { settings }).objects["http.services/web"]).toMatchObject({
      loadBalancer: { servers: [{ url: "http://10.0.0.0:80" }] },
    });
    const tcp = { "user.traefik.tcp.services.db.loadbalancer.server.port": "5432" };
    expect(Object.keys(of(tcp, { settings }).objects)).toEqual(["tcp.services/db"]);
  });

  test("of TCP or UDP alone makes no HTTP router", () => {
    const allow = { default: { hosts: ["*.example.com"], ownEntryPoints: ["db", "dns"] } };
    const { objects } = of(
      {
        "user.traefik.tcp.routers.db.rule": "HostSNI(`*`)",
        "user.traefik.tcp.routers.db.entrypoints": "db",
        "user.traefik.tcp.services.db.loadbalancer.server.port": "5432",
        "user.traefik.udp.routers.dns.entrypoints": "dns",
        "user.traefik.udp.services.dns.loadbalancer.server.port": "53",
      },
      { settings: { allow } },
    );
    expect(objects).toMatchObject({
      "tcp.routers/db": { service: "db", rule: "HostSNI(`*`)" },
      "tcp.services/db": { loadBalancer: { servers: [{ address: "10.0.0.0:5432" }] } },
      "udp.routers/dns": { service: "dns", entryPoints: ["dns"] },
      "udp.services/dns": { loadBalancer: { servers: [{ address: "10.0.0.0:53" }] } },
    });
    expect(Object.keys(objects)).toHaveLength(4);
  });
});

describe("several instances", () => {
  const three = ["web-0", "web-1", "web-2"];
  const all = (more: (name: string) => object = () => ({}), walk?: LabelledWalk) =>
    walkLabels(see(...three.map((name) => instance(name, { keys: { ...whole, ...more(name) } }))), walk);

  test("with equal labels are one service", () => {
    const { objects } = all();
    expect(objects["http.services/web"]).toMatchObject({
      loadBalancer: {
        servers: [{ url: "http://10.0.0.0:80" }, { url: "http://10.0.0.1:80" }, { url: "http://10.0.0.2:80" }],
      },
    });
  });

  test("may have servers of their own weight and port", () => {
    const { objects } = all((name) => ({
      "user.traefik.http.services.web.loadbalancer.server.port": `808${name.at(-1)}`,
      "user.traefik.http.services.web.loadbalancer.server.weight": name.at(-1) ?? "",
    }));
    expect(objects["http.services/web"]).toMatchObject({
      loadBalancer: {
        servers: [
          { url: "http://10.0.0.0:8080", weight: 0 },
          { url: "http://10.0.0.1:8081" },
          { url: "http://10.0.0.2:8082", weight: 2 },
        ],
      },
    });
  });

  test("that differ have none, and both are named with the key and without a value", () => {
    const { objects, composed } = all((name) =>
      name === "web-1" ? { "user.traefik.http.routers.web.priority": "7" } : {},
    );
    expect(objects["http.routers/web"]).toBeUndefined();
    expect(objects["http.services/web"]).toBeDefined();
    expect(composed.remarks).toMatchObject([
      { id: "http.routers/web", reason: "instances web-0 and web-1 declare it differently: priority" },
    ]);
  });

  test("that come to differ leave what was served, with the instances that are present", () => {
    const previous = all().composed;
    const { objects } = walkLabels(
      see(
        instance("web-0", { keys: whole }),
        instance("web-2", {
          keys: { ...whole, "user.traefik.http.services.web.loadbalancer.passhostheader": "false" },
        }),
      ),
      { previous },
    );
    expect(objects["http.services/web"]).toMatchObject({
      loadBalancer: { servers: [{ url: "http://10.0.0.0:80" }, { url: "http://10.0.0.2:80" }] },
    });
  });

  test("of which one sets what is not allowed, or what Traefik would turn off, are served without it", () => {
    for (const wrong of ["Host(`bank.test`)", "Host(`web.example.com`"]) {
      const { objects, composed } = all((name) =>
        name === "web-1" ? { "user.traefik.http.routers.web.rule": wrong } : {},
      );
      expect(objects["http.routers/web"]).toMatchObject({ rule: "Host(`web.example.com`)" });
      expect(composed.labelled.map(({ problems }) => problems.length)).toEqual([0, 1, 0]);
    }
  });

  test("that go leave a route file's weighted service with the others, and come back to it", () => {
    const weighted = {
      services: [
        { name: "own", weight: 1 },
        { name: "web", weight: 1 },
      ],
    };
    const candidates = [
      { id: objectId("http.services", "mix"), value: { weighted }, origin: "routes/mix.yaml:3:5" },
      { id: objectId("http.services", "own"), value: { loadBalancer: { servers: [] } }, origin: "routes/mix.yaml:9:5" },
    ];
    const routes = { files: new Map([["routes/mix.yaml", candidates]]), problems: [] };
    const there = all(undefined, { routes });
    expect(there.objects["http.services/mix"]).toEqual({ weighted });
    const gone = walkLabels(see(), { routes, previous: there.composed });
    expect(gone.objects["http.services/mix"]).toEqual({ weighted: { services: [{ name: "own", weight: 1 }] } });
    expect(gone.composed.remarks).toMatchObject([
      { state: "pruned", reason: "weighted.services[1]: there is no service web" },
    ]);
    expect(all(undefined, { routes, previous: gone.composed }).objects["http.services/mix"]).toEqual({
      weighted,
    });
  });

  test("of which one can't be read are one service without it", () => {
    const { objects, composed } = all((name) =>
      name === "web-1" ? { "user.traefik.http.services.web.loadbalancer.server.prt": "1" } : {},
    );
    expect(objects["http.services/web"]).toMatchObject({
      loadBalancer: { servers: [{ url: "http://10.0.0.0:80" }, { url: "http://10.0.0.2:80" }] },
    });
    expect(composed.labelled.map(({ state }) => state)).toEqual(["member", "left-out", "member"]);
  });
});
