import { describe, expect, test } from "vitest";
import { compose } from "../../../server/document/compose.ts";
import type { Declared } from "../../../server/roll-call/declared.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { tags, weightKey } from "../../../shared/tags.ts";
import { declare, group, instance, listing, nothingRead, see, seeListing } from "../../support/server/literals.ts";

type Service = ReturnType<typeof group>["service"];

const web = (service: object = {}) =>
  declare(group("web", 2, { service: { protocol: "http", scheme: "http", port: 3000, ...service } as Service }));
const saying = (name: string, weight: string): Instance =>
  instance(name, { keys: { [tags.group]: name.replace(/-\d+$/, ""), [weightKey]: weight } });
const both = (weight: string) => see(saying("web-0", weight), instance("web-1"));

/** Calls the roll for each step in turn, and gives the rows, the servers and the notes of the last one. */
function outcome(...steps: (readonly [Declared, Observed])[]) {
  let memory: Memory = noMemory;
  let plan = callRoll(memory, ...(steps[0] ?? [declare(), nothingRead])).plan;
  for (const [declared, observed] of steps) ({ plan, memory } = callRoll(memory, declared, observed));
  const { objects, remarks } = compose(plan);
  const service = [...objects].find(([id]) => id.endsWith(".services/web"))?.[1] as
    | { readonly loadBalancer: { readonly servers: readonly object[] } }
    | undefined;
  return {
    rows: plan.groups[0]?.replicas.map((row) => ("weightFrom" in row ? `${row.weight} ${row.weightFrom}` : "-")),
    said: plan.groups[0]?.replicas.flatMap(({ remark }) => remark ?? []),
    servers: service?.loadBalancer.servers,
    remarks: remarks.map(({ state, reason }) => `${state} ${reason}`),
  };
}
const weights = (service: object, observed: Observed) => outcome([web(service), observed]).rows;

describe("a weight", () => {
  test("is the file's if the instance sets none", () => {
    const { rows, servers } = outcome([web({ weights: { "web-1": 3 } }), see(instance("web-0"), instance("web-1"))]);
    expect(rows).toEqual(["-", "3 file"]);
    expect(servers).toEqual([{ url: "http://10.0.0.0:3000" }, { url: "http://10.0.0.1:3000", weight: 3 }]);
  });

  test("is the instance's own before the file's", () => {
    expect(weights({ weights: { "web-0": 3, "web-1": 4 } }, both("7"))).toEqual(["7 instance", "4 file"]);
  });

  test("belongs to no replica if the file names an instance by a word of the language", () => {
    const declared = declare(
      group("web", 1, { selector: { prefix: "constructor" }, service: web().groups[0]?.service as Service }),
    );
    expect(outcome([declared, see(instance("constructor", { keys: {} }))]).rows).toEqual(["-"]);
  });

  test.each(["0", "1", "65535"])("may be %s", (written) => {
    expect(weights({}, both(written))).toEqual([`${written} instance`, "-"]);
  });

  test.each(["", "-1", "+1", "65536", "1.5", "1e3", "03", " 3", "three", "99999999999999999999"])(
    "is not written if it is %j, and that is reported",
    (written) => {
      const { rows, said, servers, remarks } = outcome([web({ weights: { "web-0": 5 } }), both(written)]);
      const reason = "user.rollcall.weight is ignored: it is not a whole number from 0 to 65535";
      expect([rows, said]).toEqual([["5 file", "-"], [reason]]);
      expect(servers?.[0]).toEqual({ url: "http://10.0.0.0:3000", weight: 5 });
      expect(remarks).toEqual([`altered web-0: ${reason}`]);
    },
  );

  test("takes effect at once, whatever is pending", () => {
    const full = [web(), see(instance("web-0"), instance("web-1"))] as const;
    const pending = declare(
      group("web", 3, { service: web({ weights: { "web-1": 9 } }).groups[0]?.service as Service }),
    );
    const { rows, servers } = outcome(full, [pending, both("0")]);
    expect(rows).toEqual(["0 instance", "9 file", "-"]);
    expect(servers).toEqual([
      { url: "http://10.0.0.0:3000", weight: 0 },
      { url: "http://10.0.0.1:3000", weight: 9 },
    ]);
  });
});

describe("what an instance said", () => {
  const drained = [web(), both("0")] as const;

  test("holds while LXD does not answer, and after a restart: unknown is not gone", () => {
    expect(outcome(drained, [web(), nothingRead]).rows).toEqual(["0 instance", "-"]);
    const stub = instance("web-0", { state: "error", keys: {} });
    expect(outcome(drained, [web(), see(stub, instance("web-1"))]).rows).toEqual(["0 instance", "-"]);
    const failed = { ...listing(saying("web-0", "0"), instance("web-1")), problem: "cut" };
    expect(outcome(drained, [web(), seeListing(failed)]).rows).toEqual(["0 instance", "-"]);
  });

  test("goes with its key, and the file's is there again", () => {
    const weighted = web({ weights: { "web-0": 2 } });
    const full = see(instance("web-0"), instance("web-1"));
    expect(outcome(drained, [weighted, full]).rows).toEqual(["2 file", "-"]);
    expect(outcome(drained, [weighted, full], [weighted, nothingRead]).rows).toEqual(["2 file", "-"]);
  });

  test("is not what the file said: a new weight from the file applies though LXD does not answer", () => {
    const [before, after] = [web({ weights: { "web-0": 2 } }), web({ weights: { "web-0": 3 } })];
    const full = see(instance("web-0"), instance("web-1"));
    expect(outcome([before, full], [after, nothingRead]).rows).toEqual(["3 file", "-"]);
  });
});

describe("weights of a strategy that looks at none", () => {
  const p2c = { loadBalancer: { strategy: "p2c" } };

  test("are remarked", () => {
    const reason = "user.rollcall.weight is ignored: strategy p2c ignores every weight but 0";
    expect(outcome([web(p2c), both("3")])).toMatchObject({ rows: ["-", "-"], said: [reason] });
  });

  test("are not those of another strategy", () => {
    expect(weights({ loadBalancer: { strategy: "wrr" } }, both("3"))).toEqual(["3 instance", "-"]);
  });

  test("leave out a replica with 0: it must get no request", () => {
    const { rows, servers } = outcome([web(p2c), both("0")]);
    expect([rows, servers]).toEqual([["0 instance", "-"], [{ url: "http://10.0.0.1:3000" }]]);
  });
});

test("a surplus replica has none", () => {
  const declared = web({ weights: { "web-7": 3 } });
  expect(outcome([declared, see(instance("web-0"), instance("web-1"), saying("web-7", "5"))]).rows).toEqual([
    "-",
    "-",
    "-",
  ]);
});

test("a file's weights are not those of TCP servers that are still served", () => {
  const tcp = declare(group("web", 2, { service: { protocol: "tcp", port: 53 } }));
  const { memory } = callRoll(noMemory, tcp, see(instance("web-0"), instance("web-1")));
  const [kept] = [...memory.groups.values()].map(({ declared: _, ...rest }) => rest);
  const unknown = { ...memory, groups: new Map(kept && [["web", kept]]) };
  const { plan } = callRoll(unknown, web({ weights: { "web-0": 3 } }), see(instance("web-0")));
  expect(plan.groups[0]?.replicas[0]).toEqual({ replica: "web-0", state: "member", address: "10.0.0.0" });
});

test.each(["tcp", "udp"] as const)("%s servers have none, and that is remarked", (protocol) => {
  const declared = declare(group("web", 2, { service: { protocol, port: 53 } }));
  const { rows, servers, remarks } = outcome([declared, both("3")]);
  expect([rows, servers]).toEqual([
    ["-", "-"],
    [{ address: "10.0.0.0:53" }, { address: "10.0.0.1:53" }],
  ]);
  expect(remarks).toEqual([
    `altered web-0: user.rollcall.weight is ignored: ${protocol.toUpperCase()} servers have no weight in Traefik`,
  ]);
});
