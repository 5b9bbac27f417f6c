import { expect, test } from "vitest";
import { nothingLost, readListing } from "../../../server/platform/listing.ts";
import { wireInstances } from "../../../server/platform/wire.ts";
import { walkLabels } from "../../support/server/labels.ts";
import { group, instance, see } from "../../support/server/literals.ts";

const allow = { default: { hosts: ["*.apps.example"], entryPoints: ["web", "websecure"], certResolvers: ["le"] } };

/** What is served of an instance with these labels, and what is reported of it. */
function of(name: string, labels: Readonly<Record<string, string>>) {
  const keys = Object.fromEntries(Object.entries(labels).map(([label, value]) => [`user.${label}`, value]));
  const { objects, composed } = walkLabels(see(instance(name, { keys })), { settings: { allow } });
  return { objects, row: composed.labelled[0], remarks: composed.remarks };
}
const enabled = { "traefik.enable": "true" };
const portOf = (name: string) => ({ [`traefik.http.services.${name}.loadbalancer.server.port`]: "80" });
const shop = { ...enabled, ...portOf("s"), "traefik.http.routers.s.rule": "Host(`s.apps.example`)" };

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    "with the index of its list",
    {
      "traefik.http.routers.s.entrypoints": "websecure",
      "traefik.http.routers.s.tls.certresolver": "le",
      "traefik.http.routers.s.tls.domains[0].main": "other.example",
    },
    "user.traefik.http.routers.s.tls.domains[0].main: tls.domains[0].main: host other.example is not allowed here",
  ],
  [
    "whose list holds it",
    {
      "traefik.http.routers.s.tls.domains[0].main": "s.apps.example",
      "traefik.http.routers.s.tls.domains[1].sans": "t.apps.example, other.example",
      "traefik.http.routers.s.entrypoints": "web",
    },
    "user.traefik.http.routers.s.tls.domains[1].sans: tls.domains[1].sans[1]: host other.example is not allowed here",
  ],
  [
    "in any case",
    { "traefik.HTTP.Routers.s.EntryPoints": "metrics", "traefik.http.routers.s.priority": "3" },
    "user.traefik.HTTP.Routers.s.EntryPoints: entryPoints: metrics is not allowed here, only web, websecure",
  ],
  [
    "of an unknown field",
    { "traefik.http.routers.s.entrypoints": "web", "traefik.http.routers.s.rulee": "x" },
    'user.traefik.http.routers.s.rulee: rulee: is no field that Traefik knows, did you mean "rule"?',
  ],
  [
    "of a port",
    {
      "traefik.http.services.s.loadbalancer.passhostheader": "true",
      "traefik.http.services.s.loadbalancer.server.port": "http",
    },
    "user.traefik.http.services.s.loadbalancer.server.port: loadBalancer.server.port: is a number from 1 to 65535",
  ],
])("a problem names the config key at fault %s, not the first key of its object", (_, labels, problem) => {
  expect(of("s-0", { ...shop, ...labels }).row?.problems[0]).toBe(problem);
});

test("a problem of a field with fields of its own names the first key inside of it", () => {
  const keys = { "traefik.http.middlewares.m.plugin.any.key": "x", "traefik.http.routers.s.middlewares": "m" };
  const { row, remarks } = of("s-0", { ...shop, ...keys });
  const [key, problem] = ["user.traefik.http.middlewares.m.plugin.any.key", "plugin: is not for labels"];
  expect(row?.problems).toContain(`${key}: ${problem}`);
  expect(remarks).toContainEqual({
    id: "http.middlewares/m",
    origin: `instance s-0 of local/default, ${key}`,
    state: "left-out",
    reason: problem,
  });
});

test("an object that is refused for what others have is named by the part of its keys that names it", () => {
  const router = { rule: "Host(`s.apps.example`)" };
  const groups = [group("web", 1, { router })];
  const keys = Object.fromEntries(Object.entries(shop).map(([label, value]) => [`user.${label}`, value]));
  const observed = see(instance("web-0"), instance("s-0", { keys }));
  const { composed } = walkLabels(observed, { groups, settings: { allow } });
  expect(composed.remarks).toMatchObject([
    { id: "http.routers/s", origin: "instance s-0 of local/default, user.traefik.http.routers.s" },
  ]);
});

test("a rule that no label says is said to be the default rule's", () => {
  const problems = of("a-0", { ...enabled, ...portOf("a") }).row?.problems;
  expect(problems).toEqual(["labels.defaultRule: rule: host a is not allowed here, only *.apps.example"]);
});

const begins = "a label begins with traefik.http, traefik.tcp, traefik.udp, traefik.tls, or is traefik.enable";
test.each<[string, string]>([
  ["traefik.htp.routers.a.rule", 'nothing reads it, did you mean "http"?'],
  ["traefik.swarm.lbswarm", `nothing reads it; ${begins}`],
  [
    "traefik.frontend.rule",
    "is a label of Traefik v1, and nothing reads it; write traefik.http.routers.NAME.rule and its neighbours",
  ],
  [
    "traefik.port",
    "is a label of Traefik v1, and nothing reads it; write traefik.http.services.NAME.loadbalancer.server.port",
  ],
  [
    "traefik.admin.weight",
    "is a label of Traefik v1, and nothing reads it; write traefik.http.services.NAME.loadbalancer.server.weight",
  ],
])("the label %s, which nothing reads, is named, and the others are served", (label, reason) => {
  const { objects, row } = of("s-0", { ...shop, [label]: "x" });
  expect(row).toMatchObject({ state: "member", problems: [`user.${label}: ${reason}`] });
  expect(Object.keys(objects)).toEqual(["http.routers/s", "http.services/s"]);
});

test.each(["traefik.docker.network", "traefik.Docker.Network", "traefik.lxd.allownonrunning", "stage", "traefikx.y"])(
  "the label %s is not one that nothing reads",
  (label) => expect(of("s-0", { ...shop, [label]: "true" }).row?.problems.join()).not.toContain("nothing reads"),
);

test("an instance with Traefik.Enable=true takes part with nothing, and the key is named; with false it is not seen", () => {
  const { "traefik.enable": _, ...rest } = shop;
  expect(of("c-0", { ...rest, "Traefik.Enable": "true" })).toMatchObject({
    row: { state: "left-out", problems: ["user.Traefik.Enable: traefik is written in lower case"] },
  });
  expect(of("c-0", { ...rest, "Traefik.Enable": "false" }).row).toBeUndefined();
  expect(of("c-0", { ...rest, "traefik.Enable": "true" }).row).toMatchObject({ state: "member", problems: [] });
});

test("a label with $$ from a compose file is served as it is, and noted by its key alone", () => {
  const users = "u:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/";
  const { objects, row } = of("s-0", {
    ...shop,
    "traefik.http.routers.s.middlewares": "gate",
    "traefik.http.middlewares.gate.basicauth.users": users,
  });
  expect(objects["http.middlewares/gate"]).toEqual({ basicAuth: { users: [users] } });
  expect(row).toMatchObject({
    state: "member",
    problems: ["user.traefik.http.middlewares.gate.basicauth.users: $$ is compose's way to write $; here write one $"],
  });
});

test("traefik.docker.network=front is the NIC on the network front, of those that LXD lists", () => {
  const nic = (network: string, mac: string, address: string) => ({
    device: { type: "nic", network, hwaddr: mac },
    shown: { hwaddr: mac, addresses: [{ family: "inet", address, scope: "global" }] },
  });
  const [back, front] = [nic("back", "00:16:3e:00:00:01", "10.1.0.5"), nic("front", "00:16:3e:00:00:02", "10.2.0.5")];
  const labels = { ...shop, "traefik.docker.network": "front" };
  const one = wireInstances.parse([
    {
      name: "s-0",
      type: "container",
      status_code: 103,
      expanded_config: Object.fromEntries(Object.entries(labels).map(([label, value]) => [`user.${label}`, value])),
      expanded_devices: { eth0: back.device, eth1: front.device },
      state: { network: { eth0: back.shown, eth1: front.shown } },
    },
  ]);
  const networks = new Map([
    ["back", {}],
    ["front", {}],
  ]);
  const options = { family: "ipv4", subnet: undefined, networks, before: undefined, now: 0 } as const;
  const { instances } = readListing(one, { ...options, lost: nothingLost });
  const { objects } = walkLabels(see(...instances.values()), { settings: { allow } });
  expect(objects["http.services/s"]).toMatchObject({ loadBalancer: { servers: [{ url: "http://10.2.0.5:80" }] } });
});
