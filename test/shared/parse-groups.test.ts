import { describe, expect, test } from "vitest";
import { collisions } from "../../shared/group-claims.ts";
import { instanceSpec } from "../../shared/instance-spec.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { replicasOfFile } from "../../shared/rollout.ts";
import { cpuTime } from "../support/measure.ts";
import { lines, oneSource, problemsOf, reading, twoSources } from "./literals.ts";

const web = "name: web\nreplicas: 3\nservice: { port: 3000 }\n";
const api = "name: api\nreplicas: 2\nservice: { port: 3000 }\n";

describe("what is declared", () => {
  test("is every document of every file, by name, with its defaults", () => {
    const loaded = parseGroups(
      reading({ "a.yaml": `---\n${web}---\n${api}`, "b.yaml": "name: db\nreplicas: 0\nservice: {port: 1}" }),
      oneSource,
    );
    expect(loaded).toMatchObject({ ok: true, groups: [{ name: "api" }, { name: "db", replicas: 0 }, { name: "web" }] });
    expect(loaded.ok && loaded.groups[2]).toEqual({
      name: "web",
      source: "local",
      gate: "complete",
      project: "default",
      replicas: 3,
      service: { protocol: "http", scheme: "http", port: 3000 },
    });
  });

  test("speaks HTTP, TCP or UDP, each with keys of its own", () => {
    const db =
      "name: db\nreplicas: 1\nservice: { protocol: tcp, port: 5432, tls: true, loadBalancer: { proxyProtocol: { version: 1 } } }\n";
    const dns = "name: dns\nreplicas: 1\nservice: { protocol: udp, port: 53 }\nrouter: { entryPoints: [dns] }\n";
    const loaded = parseGroups(reading({ "a.yaml": `${db}---\n${dns}` }), oneSource);
    expect(loaded.ok && loaded.groups.map(({ service }) => service)).toEqual([
      { protocol: "tcp", port: 5432, tls: true, loadBalancer: { proxyProtocol: { version: 1 } } },
      { protocol: "udp", port: 53 },
    ]);
  });

  test("has the replicas that its rollout has added, the last ones, from its image", () => {
    const instance = "instance: { image: web }\nrollout: { image: web-v2, partition: 3, surge: 2 }\n";
    const loaded = parseGroups(reading({ "a.yaml": `${web}${instance}` }), oneSource);
    const [group] = loaded.ok ? loaded.groups : [];
    if (!group) throw new Error(lines(loaded).join("\n"));
    expect([group.replicas, replicasOfFile(group)]).toEqual([5, 3]);
    expect([2, 3, 4].map((index) => instanceSpec(group, index)?.image)).toEqual(["web", "web-v2", "web-v2"]);
  });

  test("has no such replicas where no rollout can have added them", () => {
    expect(problemsOf(`${web}rollout: { surge: 1 }\n`)).toEqual([
      "web.yaml:4:19: error: rollout.surge: is what a rollout has added, and there is no rollout.image: remove this key",
    ]);
    expect(problemsOf(`${web}selector: { prefix: web- }\nrollout: { image: v2, surge: 1 }\n`)).toEqual([
      "web.yaml:5:30: error: rollout.surge: a group with a selector has no replica that a rollout could add: remove this key",
    ]);
  });

  test.each<[string, object]>([
    ["tls: true", { tls: {} }],
    ["tls: { CertResolver: le }", { tls: { certResolver: "le" } }],
    ["entryPoints: websecure", { entryPoints: ["websecure"] }],
    ["entrypoints: 'web, websecure'", { entryPoints: ["web", "websecure"] }],
    ["priority: '10'", { priority: 10 }],
    ["middlewares: [1]", { middlewares: ["1"] }],
  ])("has Traefik's own keys as Traefik's decoder takes them: %s", (written, router) => {
    const loaded = parseGroups(reading({ "a.yaml": `${web}router: { rule: Host(\`a\`), ${written} }\n` }), oneSource);
    expect(loaded.ok && loaded.groups[0]?.router).toEqual({ rule: "Host(`a`)", ...router });
  });

  test("has Traefik's keys of the load balancer as its decoder takes them, of TCP too", () => {
    const http =
      "name: web\nreplicas: 1\nservice: { port: 1, loadBalancer: { Sticky: { cookie: true }, passhostheader: 'false' } }\n";
    const tcp = "name: db\nreplicas: 1\nservice: { protocol: tcp, port: 1, loadBalancer: { proxyprotocol: true } }\n";
    const loaded = parseGroups(reading({ "a.yaml": `${http}---\n${tcp}` }), oneSource);
    expect(loaded.ok && loaded.groups.map(({ service }) => service.loadBalancer)).toMatchObject([
      { proxyProtocol: {} },
      { sticky: { cookie: {} }, passHostHeader: false },
    ]);
  });

  test("never has what Traefik's decoder would read differently from what is written", () => {
    for (const written of ["tls: yes", "middlewares: { a: b }", "entryPoints: [' web']", "rule: [Host(`a`)]"]) {
      const rule = written.startsWith("rule") ? "" : "rule: Host(`a`), ";
      expect([written, problemsOf(`${web}router: { ${rule}${written} }\n`)]).toEqual([
        written,
        [expect.stringMatching(/^web\.yaml:4:\d+: error: router/)],
      ]);
    }
  });

  test("may give weights to replicas that are gone or come later, and to whatever a selector finds", () => {
    expect(problemsOf("name: web\nreplicas: 1\nservice: { port: 1, weights: { web-0: 3, web-9: 0 } }\n")).toEqual([]);
    const selected = "name: web\nreplicas: 1\nselector: { prefix: a }\nservice: { port: 1, weights: { a7: 3 } }\n";
    expect(problemsOf(selected)).toEqual([]);
  });

  test("is nothing where there is no file", () => {
    expect(parseGroups(reading({}), oneSource)).toEqual({ ok: true, groups: [] });
  });

  test("may use anchors, a byte order mark, and Windows line ends", () => {
    const content = "\ufeffname: web\r\nreplicas: &n 3\r\ngate: { minimum: *n }\r\nservice: { port: 3000 }\r\n";
    expect(problemsOf(content)).toEqual([]);
  });

  test("is nothing at all where one file has a problem", () => {
    expect(parseGroups(reading({ "a.yaml": web, "b.yaml": "" }), oneSource).ok).toBe(false);
  });

  test("is nothing at all where a file could not be read", () => {
    const problems = [{ file: "groups/b.yaml", path: "", message: "is a link that leads nowhere" }];
    expect(lines(parseGroups({ ...reading({ "a.yaml": web }), problems }, oneSource))).toEqual([
      "groups/b.yaml: error: is a link that leads nowhere",
    ]);
  });
});

describe("one mistake is one problem, with its place and its cure", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["an empty file", "", "web.yaml: error: is empty: declare a group (name, replicas, service.port) or remove it"],
    [
      "only a comment",
      "# later\n",
      "web.yaml: error: is empty: declare a group (name, replicas, service.port) or remove it",
    ],
    [
      "an empty document",
      `${web}---\n# later\n`,
      "web.yaml:4:1: error: is empty: declare a group (name, replicas, service.port) or remove it",
    ],
    [
      "invalid UTF-8",
      Buffer.from([0x61, 0x3a, 0x20, 0xff, 0x0a]),
      "web.yaml:1:4: error: not UTF-8 text from here on; save the file as UTF-8",
    ],
    [
      "a cut character",
      Buffer.from([0x23, 0xe2, 0x82]),
      "web.yaml:1:2: error: not UTF-8 text from here on; save the file as UTF-8",
    ],
    [
      "a NUL",
      "name: w\0b",
      'web.yaml:1:8: error: the control character U+0000 is no text; remove it, or write it as "\\u0000" in double quotes',
    ],
    ["a tab", "name: web\nservice:\n\tport: 3000\n", "web.yaml:3:1: error: a tab; YAML is indented with spaces only"],
    [
      "an open bracket",
      "name: [web\n",
      "web.yaml:1:11: error: not YAML: flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a colon in text",
      `${web}nic: a: b\n`,
      'web.yaml:4:6: error: a second ": " on one line; put text that holds one in quotes',
    ],
    [
      "a back quote first",
      `${web}nic: @a\n`,
      "web.yaml:4:6: error: text may not begin with this character; put it in quotes",
    ],
    ["YAML 1.1", `%YAML 1.1\n---\n${web}`, "web.yaml:2:1: error: YAML 1.1 is not read; remove the %YAML line"],
    [
      "a key twice",
      `${web}replicas: 4\n`,
      "web.yaml:4:1: error: replicas: is written twice; remove one, first on line 2",
    ],
    ["a list as key", `${web}[a]: 1\n`, "web.yaml:4:1: error: a key is text, neither a list nor a map nor an alias"],
    [
      "an unknown tag",
      `${web}nic: !env eth0\n`,
      "web.yaml:4:6: error: an unknown tag; remove the word that starts with !",
    ],
    [
      "an unknown alias",
      `${web}nic: *n\n`,
      "web.yaml:4:6: error: nic: *n stands for nothing; write &n before the value it means",
    ],
    [
      "a merge of what is no map",
      `${web}<<: 5\n`,
      'web.yaml:4:1: error: ["<<"]: << merges a map or a list of maps, such as *common; in quotes it is a key',
    ],
    ["nothing but an alias", "*a\n", "web.yaml:1:1: error: *a stands for nothing; write &a before the value it means"],
    ["nothing but a list", "- web\n", "web.yaml:1:1: error: must be a map, not a list"],
    [
      "a leading zero",
      "name: web\nreplicas: 010\nservice: { port: 1 }",
      "web.yaml:2:11: error: replicas: a number with a leading zero is octal to some readers; write it without, or as text in quotes",
    ],
    ["a missing key", "name: web\nservice: { port: 3000 }\n", "web.yaml:1:1: error: replicas: is required"],
    [
      "a missing key of a map",
      "name: web\nreplicas: 3\nservice:\n  scheme: http\n",
      "web.yaml:3:1: error: service.port: is required",
    ],
    [
      "an empty value",
      "name: web\nreplicas:\nservice: { port: 3000 }\n",
      "web.yaml:2:1: error: replicas: must be a number, not empty",
    ],
    [
      "a number in quotes",
      'name: web\nreplicas: "3"\nservice: { port: 3000 }\n',
      "web.yaml:2:11: error: replicas: must be a number, not text; write it without quotes",
    ],
    [
      "a fraction",
      "name: web\nreplicas: 1.5\nservice: { port: 3000 }\n",
      "web.yaml:2:11: error: replicas: must be a whole number, not one with a fraction",
    ],
    [
      "an @ in a name",
      "name: web@file\nreplicas: 3\nservice: { port: 3000 }\n",
      "web.yaml:1:7: error: name: a name has lower-case letters, digits and dashes, and starts with a letter",
    ],
    [
      "port 0",
      "name: web\nreplicas: 3\nservice: { port: 0 }\n",
      "web.yaml:3:18: error: service.port: must be 1 or more",
    ],
    [
      "port 70000",
      "name: web\nreplicas: 3\nservice: { port: 70000 }\n",
      "web.yaml:3:18: error: service.port: must be 65535 or less",
    ],
    [
      "a wrong scheme",
      "name: web\nreplicas: 3\nservice: { port: 1, scheme: htps }\n",
      'web.yaml:3:29: error: service.scheme: must be "http", "https" or "h2c", did you mean "https"?',
    ],
    [
      "an unknown protocol",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tpc }\n",
      'web.yaml:3:31: error: service.protocol: must be "http", "tcp" or "udp"',
    ],
    [
      "a protocol in capitals, whose other keys are right",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: TCP }\nrouter: { rule: HostSNI(`*`) }\n",
      'web.yaml:3:31: error: service.protocol: must be "http", "tcp" or "udp", did you mean "tcp"?',
    ],
    [
      "a scheme of TCP",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp, scheme: https }\n",
      "web.yaml:3:44: error: service.scheme: is for HTTP: a TCP server is an address; tls: true speaks TLS to it",
    ],
    [
      "TLS of UDP",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: udp, tls: true }\n",
      "web.yaml:3:41: error: service.tls: is for TCP: Traefik speaks no TLS over UDP",
    ],
    [
      "TLS of HTTP",
      "name: web\nreplicas: 3\nservice: { port: 1, tls: true }\n",
      "web.yaml:3:26: error: service.tls: is for TCP: write scheme: https",
    ],
    [
      "a load balancer of UDP",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: udp, loadBalancer: {} }\n",
      "web.yaml:3:50: error: service.loadBalancer: is not for UDP: its only key in Traefik is servers, which are the replicas",
    ],
    [
      "a key of HTTP's load balancer",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp, loadBalancer: { healthCheck: { path: / } } }\n",
      "web.yaml:3:67: error: service.loadBalancer.healthCheck.path: unknown key",
    ],
    [
      "a mistyped key of TCP's load balancer",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp, loadBalancer: { proxyProtocl: {} } }\n",
      'web.yaml:3:52: error: service.loadBalancer.proxyProtocl: unknown key, did you mean "proxyProtocol"?',
    ],
    [
      "a rule of HTTP for TCP",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp }\nrouter: { rule: Host(`a`) }\n",
      "web.yaml:4:17: error: router.rule: column 1: Host is for HTTP routers; write HostSNI",
    ],
    [
      "a name without TLS",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp }\nrouter: { rule: HostSNI(`a`) }\n",
      "web.yaml:4:17: error: router.rule: without TLS no name is sent: write HostSNI(`*`), or tls",
    ],
    [
      "a router of UDP that would be on every entry point",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: udp }\nrouter: {}\n",
      "web.yaml:4:1: error: router.entryPoints: is required",
    ],
    [
      "weights of TCP",
      "name: web\nreplicas: 3\nservice: { port: 1, protocol: tcp, weights: { web-0: 3 } }\n",
      "web.yaml:3:45: error: service.weights: are for HTTP: TCP servers have none in Traefik; a weighted service of a route file splits traffic between groups",
    ],
    [
      "a weight of nobody",
      "name: web\nreplicas: 3\nservice: { port: 1, weights: { web-00: 3 } }\n",
      'web.yaml:3:32: error: service.weights.web-00: is not the name of a replica, such as web-0, did you mean "web-0"?',
    ],
    [
      "a weight below 0",
      "name: web\nreplicas: 3\nservice: { port: 1, weights: { web-0: -1 } }\n",
      "web.yaml:3:39: error: service.weights.web-0: must be 0 or more",
    ],
    [
      "a weight above what an instance may say",
      "name: web\nreplicas: 3\nservice: { port: 1, weights: { web-0: 65536 } }\n",
      "web.yaml:3:39: error: service.weights.web-0: must be 65535 or less",
    ],
    [
      "weights that nobody looks at",
      "name: web\nreplicas: 3\nservice: { port: 1, weights: { web-0: 1 }, loadBalancer: { strategy: p2c } }\n",
      "web.yaml:3:30: error: service.weights: have no effect with strategy: p2c, which ignores them; wrr, hrw and leasttime use them",
    ],
    [
      "a weight in the config of all instances",
      `${web}instance: { config: { user.rollcall.weight: 3 } }\n`,
      'web.yaml:4:23: error: instance.config["user.rollcall.weight"]: use service.weights instead',
    ],
    [
      "an open back quote",
      `${web}router:\n  rule: Host(\`web)\n`,
      "web.yaml:5:9: error: router.rule: column 6: the ` is never closed",
    ],
    [
      "a mistyped key",
      `${web}router:\n  rule: Host(\`a\`)\n  prioritty: 1\n`,
      'web.yaml:6:3: error: router.prioritty: unknown key, did you mean "priority"?',
    ],
    [
      "a key without its last letter",
      `${web}router: { rule: Host(\`a\`), entryPoint: [web] }\n`,
      'web.yaml:4:28: error: router.entryPoint: unknown key, did you mean "entryPoints"?',
    ],
    [
      "a mistyped required key",
      "name: web\nreplica: 3\nservice: { port: 1 }\n",
      'web.yaml:2:1: error: replica: unknown key, did you mean "replicas"?',
    ],
    [
      "a key in a wrong place",
      `${web}healthCheck: { path: / }\n`,
      'web.yaml:4:1: error: healthCheck: unknown key, did you mean "service.loadBalancer.healthCheck"?',
    ],
    ["an unheard-of key", `${web}zzzzzz: 1\n`, "web.yaml:4:1: error: zzzzzz: unknown key"],
    [
      "__proto__",
      `${web}__proto__: { polluted: true }\n`,
      "web.yaml:4:1: error: __proto__: a key can't have this name",
    ],
    ["constructor", `${web}constructor: 1\n`, "web.yaml:4:1: error: constructor: unknown key"],
    [
      "a key of one's own server",
      "name: web\nreplicas: 3\nservice: { port: 1, loadBalancer: { servers: [] } }\n",
      "web.yaml:3:46: error: service.loadBalancer.servers: leave it out: the servers are the replicas that are present",
    ],
    [
      "a mistyped gate",
      `${web}gate: complet\n`,
      'web.yaml:4:7: error: gate: a gate is "complete", "strict" or { minimum: 2 } or { minimum: 50% }, did you mean "complete"?',
    ],
    [
      "a mistyped minimum",
      `${web}gate: { minimun: 2 }\n`,
      'web.yaml:4:9: error: gate.minimun: unknown key, did you mean "minimum"?',
    ],
    [
      "a minimum above replicas",
      `${web}gate: { minimum: 4 }\n`,
      "web.yaml:4:18: error: gate.minimum: more than the 3 replicas",
    ],
    [
      "a mistyped selector",
      `${web}selector: { prefx: web- }\n`,
      'web.yaml:4:13: error: selector.prefx: unknown key, did you mean "prefix"?',
    ],
    [
      "two selectors",
      `${web}selector: { prefix: web-, glob: "*" }\n`,
      "web.yaml:4:11: error: selector: a selector is { prefix }, { glob } or { key, value }",
    ],
    [
      "an unknown source",
      `${web}source: locale\n`,
      'web.yaml:4:9: error: source: there is no source with that name, did you mean "local"?',
    ],
    [
      "an unknown project",
      `${web}project: other\n`,
      "web.yaml:4:10: error: project: source local does not watch project other, only default, staging",
    ],
  ])("%s", (_, content, line) => {
    expect(problemsOf(content)).toEqual([line]);
  });

  test("a field that came after the configured Traefik", () => {
    const content = `${web.replace("3000", "3000, loadBalancer: { strategy: p2c }")}`;
    expect(problemsOf(content, { ...oneSource, traefik: "3.3" })).toEqual([
      "web.yaml:3:50: error: service.loadBalancer.strategy: needs Traefik 3.4, and traefik.version is 3.3",
    ]);
  });

  test("a field of TCP that came after the configured Traefik", () => {
    const content = web.replace("3000", "3000, protocol: tcp, loadBalancer: { healthCheck: {} }");
    expect(problemsOf(content)).toEqual([]);
    expect(problemsOf(content, { ...oneSource, traefik: "3.5" })).toEqual([
      "web.yaml:3:68: error: service.loadBalancer.healthCheck: needs Traefik 3.6, and traefik.version is 3.5",
    ]);
  });

  test("a source that reads all projects knows any", () => {
    const all = { ...oneSource, sources: [{ name: "local", projects: "all" }] } as const;
    expect(problemsOf(`${web}project: other\n`, all)).toEqual([]);
  });

  test("a source left out where there are several", () => {
    expect(problemsOf(web, twoSources)).toEqual([
      "web.yaml:1:1: error: source: is required because there are several sources: local, remote",
    ]);
    expect(problemsOf(`${web}source: remote\n`, twoSources)).toEqual([]);
  });

  test.each([
    [
      "a list with an unknown source",
      "spread: [local, remot]",
      'web.yaml:4:17: error: spread[1]: there is no source with that name, did you mean "remote"?',
    ],
    [
      "counts for one",
      "spread: { remot: 2 }",
      'web.yaml:4:11: error: spread.remot: there is no source with that name, did you mean "remote"?',
    ],
    ["a list that names one twice", "spread: [local, local]", "web.yaml:4:9: error: spread: names a source twice"],
    ["an empty list", "spread: []", "web.yaml:4:9: error: spread: must hold 1 or more"],
    [
      "neither",
      "spread: local",
      "web.yaml:4:9: error: spread: is a list of sources, [lxd-a, incus-b], or how many replicas each has, { lxd-a: 2, incus-b: 1 }",
    ],
    [
      "a source beside it",
      "spread: [local]\nsource: local",
      "web.yaml:4:9: error: spread: stands in place of `source`: remove one of the two",
    ],
    [
      "a selector beside it",
      "spread: [local]\nselector: { prefix: a }",
      "web.yaml:4:9: error: spread: says where replicas are made, and a selector finds what is made elsewhere: declare a group for each source",
    ],
    [
      "a project that one of them lacks",
      "spread: [local, remote]\nproject: staging",
      "web.yaml:5:10: error: project: source remote does not watch project staging, only default",
    ],
    [
      "counts that are not those of `replicas`",
      "spread: { local: 3 }",
      "web.yaml:2:11: error: replicas: spread has 3 in all: change its counts, or leave this key out",
    ],
  ])("a spread: %s", (_, spread, line) => {
    expect(problemsOf(`name: web\nreplicas: 2\nservice: { port: 3000 }\n${spread}\n`, twoSources)).toEqual([line]);
  });

  test("an alias that contains itself", () => {
    expect(problemsOf(`${web}instance: &i { devices: *i }\n`)).toEqual([
      "web.yaml:4:25: error: instance.devices: *i contains itself; write the value out",
    ]);
  });
});

describe("mistakes of several places", () => {
  test("are all reported at once, by file, line and column", () => {
    const loaded = parseGroups(
      reading({
        "b.yaml": "nme: b\nreplicas: 1\n",
        "a.yaml": "name: A\nreplicas: 2\ngate: { minimum: 3 }\nservice: { port: 0 }\n",
      }),
      oneSource,
    );
    expect(lines(loaded)).toEqual([
      "a.yaml:1:7: error: name: a name has lower-case letters, digits and dashes, and starts with a letter",
      "a.yaml:3:18: error: gate.minimum: more than the 2 replicas",
      "a.yaml:4:18: error: service.port: must be 1 or more",
      "b.yaml:1:1: error: service: is required",
      'b.yaml:1:1: error: nme: unknown key, did you mean "name"?',
    ]);
  });

  test("name both places of a group that is declared twice, even where it has another mistake", () => {
    const loaded = parseGroups(reading({ "a.yaml": web, "b.yaml": `---\n${web}---\n${web}typo: 1\n` }), oneSource);
    expect(lines(loaded)).toEqual([
      'b.yaml:2:7: error: name: "web" is declared at a.yaml:1 too',
      'b.yaml:6:7: error: name: "web" is declared at a.yaml:1 too',
      "b.yaml:9:1: error: typo: unknown key",
    ]);
  });

  test("are cut at a hundred a file", () => {
    const problems = problemsOf(`${web}${Array.from({ length: 250 }, (_, i) => `zzzzzzzz${i}: 1\n`).join("")}`);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe("web.yaml:104:1: error: and 150 more from here on");
  });

  test("collide where two rosters of one source and project share a name", () => {
    const rosters = [
      { place: "local/default", names: ["web-0", "web-1"] },
      { place: "local/staging", names: ["web-1"] },
      { place: "local/default", names: ["a", "web-1"] },
    ];
    expect(collisions(rosters)).toEqual([{ name: "web-1", one: rosters[2], other: rosters[0] }]);
  });
});

describe("what is written to do harm", () => {
  test("is refused soon: a bomb of aliases", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]\n`,
    );
    let problems: string[] = [];
    const took = cpuTime(() => {
      problems = problemsOf(`l0: &l0 [1, 2, 3]\n${levels.join("")}`);
    });
    expect(took).toBeLessThan(2000);
    expect(problems).toContainEqual(expect.stringContaining("stand for more than 10000 values; write fewer"));
  });

  test.each([
    ["brackets", "[".repeat(100_000)],
    ["maps", "{a: ".repeat(100_000)],
    ["lists in lists", "- ".repeat(100_000)],
    ["keys in keys", "? ".repeat(100_000)],
    ["indented maps", Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
  ])("is refused soon: nested %s", (_, content) => {
    let problems: string[] = [];
    const took = cpuTime(() => {
      problems = problemsOf(content);
    });
    expect(problems).toEqual([expect.stringMatching(/error: nested deeper than 100 levels/)]);
    expect(took).toBeLessThan(2000);
  });

  test.each([
    ["unknown keys", Array.from({ length: 2000 }, (_, i) => `${i}: 1\n`).join("")],
    ["lines that are no YAML", "a: }\n".repeat(2000)],
    ["empty documents", "---\n".repeat(1000)],
    ["entry points", `${web}router: { rule: Host(\`a\`), entryPoints: [${"{},".repeat(2000)}] }`],
  ])("is refused: very many %s", (_, content) => {
    expect(problemsOf(content)).toHaveLength(101);
  });

  const parts = " error: the file has more than 50000 keys, values and signs; split it";
  test.each([
    ["commas", `[${",".repeat(256_000)}`, parts],
    ["brackets that close", "]".repeat(256_000), parts],
    ["keys", Array.from({ length: 30_000 }, (_, i) => `k${i}: 1\n`).join(""), parts],
    ["items", "- a\n".repeat(60_000), parts],
    ["entry points", `${web}router: { entryPoints: [${"a,".repeat(100_000)}] }`, parts],
    ["documents", "---\na\n".repeat(42_000), " error: the file has more than 1000 documents; split it"],
  ])("is refused soon, and told the bound: very many %s", (_, content, expected) => {
    let problems: string[] = [];
    const took = cpuTime(() => {
      problems = problemsOf(content);
    });
    expect(problems.map((line) => line.replace(/^web\.yaml:\d+:\d+:/, ""))).toEqual([expected]);
    expect(took).toBeLessThan(2000);
  });

  test("never shows a value in a message, for the log is no place of secrets", () => {
    const problems = problemsOf(
      "name: s3cret\nreplicas: s3cret\nservice: s3cret\ngate: s3cret\nrouter: { rule: 's3cret(' }\n",
    );
    expect(problems.length).toBeGreaterThan(3);
    expect(problems.join("\n")).not.toContain("s3cret");
  });

  test("leaves no control character in a line of the log", () => {
    const [problem] = problemsOf(`${web}"a\\u001b[31m\\u202e\\n": 1\n`);
    expect(problem).toBe('web.yaml:4:1: error: ["a\ufffd[31m\ufffd\ufffd"]: unknown key');
  });
});

test("counts for each source say how many replicas there are, and a gate and a rollout count from them", () => {
  const counted = "name: web\nspread: { local: 2, remote: 1 }\nservice: { port: 3000 }\n";
  const read = (text: string) => parseGroups(reading({ "web.yaml": text }), twoSources);
  expect(read(counted)).toMatchObject({ ok: true, groups: [{ replicas: 3, spread: { local: 2, remote: 1 } }] });
  expect(read(`${counted}instance: { image: a }\nrollout: { image: b, surge: 2 }\n`)).toMatchObject({
    groups: [{ replicas: 5 }],
  });
  expect(problemsOf(`${counted}gate: { minimum: 4 }\n`, twoSources)).toEqual([
    "web.yaml:4:18: error: gate.minimum: more than the 3 replicas",
  ]);
  expect(problemsOf("name: web\nspread: [local]\nservice: { port: 3000 }\n", twoSources)).toEqual([
    "web.yaml:1:1: error: replicas: is required",
  ]);
});
