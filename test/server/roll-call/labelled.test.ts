import { describe, expect, test } from "vitest";
import type { Declared } from "../../../server/roll-call/declared.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Observed } from "../../../server/roll-call/observed.ts";
import type { Plan } from "../../../server/roll-call/plan.ts";
import { callRoll, nothingTold } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, listing, nothingRead, see, seeListing } from "../../support/server/literals.ts";

const place = { source: "local", project: "default" };
/** All but instances with the key `user.private` declare themselves, at the NIC of `user.nic`. */
const declaring = [
  { ...place, reads: (keys: Instance["keys"]) => ("user.private" in keys ? undefined : { nic: keys["user.nic"] }) },
];
const nobody = declare();
const call = (memory: Memory, observed: Observed, declared: Declared = nobody) =>
  callRoll(memory, declared, observed, declaring);
const shop = (more: Partial<Instance> = {}): Instance => ({ ...instance("shop"), ...more });
const bare = { keys: {}, nics: [] } as const;
const shown = ({ labelled }: Plan) =>
  labelled.map((row) => [row.instance, row.state, row.reason, row.address].filter((word) => word).join(" "));

describe("an instance that declares itself", () => {
  test("is served at its address, and is not asked how ready it is; they are in the order of their names", () => {
    const { plan } = call(
      noMemory,
      see(shop(), instance("blog"), instance("secret", { keys: { "user.private": "" } })),
    );
    expect(plan.state).toBe("ready");
    expect(plan.labelled).toEqual(
      [
        { ...place, instance: "blog", keys: { "user.rollcall.group": "blog" }, state: "member", address: "10.0.0.99" },
        { ...place, instance: "shop", keys: { "user.rollcall.group": "shop" }, state: "member", address: "10.0.0.99" },
      ].map((row, index) => ({
        ...row,
        shared: `its address is also that of ${["shop", "blog"][index]} of local/default`,
      })),
    );
  });

  test.each<[string, Partial<Instance>]>([
    ["shop absent stopped", { state: "stopped" }],
    ["shop absent no-address", { nics: [] }],
    ["shop absent no-address", { keys: { "user.nic": "eth1" } }],
    ["shop leaving leaving", { leaving: "LXD is stopping it" }],
    ["shop kept frozen 10.0.0.99", { state: "freezing" }],
    ["shop kept unconfirmed 10.0.0.99", { ...bare, state: "unlisted" }],
    ["shop kept unconfirmed 10.0.0.99", { ...bare, state: "error", agreed: true }],
    ["shop kept unconfirmed 10.0.0.99", { nics: [], state: "unread", agreed: true }],
  ])("is then %s if it is %j", (row, more) => {
    expect(shown(call(call(noMemory, see(shop())).memory, see(shop(more))).plan)).toEqual([row]);
  });

  test("is out while it is marked", () => {
    const mark = { ...place, instance: "shop", uuid: "", by: "ann", since: 0, until: 60_000 };
    const told = { ...nothingTold, marks: new Map([["local/default/shop", mark]]) };
    const { plan, memory } = callRoll(noMemory, nobody, see(shop()), declaring, told);
    expect(plan.labelled[0]).toMatchObject({
      state: "leaving",
      detail: "drained by ann, until 1970-01-01T00:01:00.000Z",
    });
    expect(memory.labelled.get("local/default")?.size).toBe(0);
  });

  test("is gone when listings agree that they lack it: no port of it is asked", () => {
    const { memory } = call(noMemory, see(shop()));
    expect(shown(call(memory, see(shop({ ...bare, state: "unlisted", agreed: true }))).plan)).toEqual([]);
    expect(shown(call(memory, see()).plan)).toEqual([]);
  });

  test("is not known from its name alone", () => {
    expect(shown(call(noMemory, see(shop({ ...bare, state: "error" }))).plan)).toEqual([]);
  });

  test("is kept with its keys while nothing is read, and with the reason", () => {
    const { memory } = call(noMemory, see(shop(), instance("blog", { address: null })));
    const detail = "project default of source local has not been read yet";
    const kept = {
      ...place,
      instance: "shop",
      keys: shop().keys,
      state: "kept",
      address: "10.0.0.99",
      reason: "not-read",
    };
    expect(call(memory, nothingRead).plan.labelled).toEqual([{ ...kept, detail }]);
    const failed = call(memory, seeListing({ instances: undefined, problem: "refused" })).plan;
    expect(failed.labelled).toEqual([{ ...kept, detail: "refused" }]);
    const cut = call(memory, seeListing({ ...listing(shop()), problem: "cut" })).plan;
    expect(cut.labelled).toEqual([{ ...kept, detail: "cut" }]);
    expect(cut.stale).toEqual([{ ...place, problem: "cut" }]);
  });

  test("has no labels in what cloud-init keeps", () => {
    const labels = { "user.user-data.x": "1", "user.label.user.user-data": "2" };
    const names = ["user-data", "vendor-data", "meta-data", "network-config"];
    const keys = { ...labels, ...Object.fromEntries(names.map((name) => [`user.${name}`, "#cloud-config"])) };
    expect(call(noMemory, see(shop({ keys }))).plan.labelled[0]?.keys).toEqual(labels);
  });
});

describe("a project whose instances declare themselves", () => {
  const detail = "project default of source local, whose instances declare themselves, has not been read yet";
  const unread = { group: null, replica: null, reason: "not-read", detail };

  test("locks the document until it was read once, even if it has no instance then, and not after a restart", () => {
    const { plan, memory } = call(noMemory, nothingRead);
    expect([plan.state, plan.waiting]).toEqual(["locked", [unread]]);
    expect(memory.labelled.size).toBe(0);
    const read = call(memory, see());
    expect([read.plan.state, read.plan.waiting]).toEqual(["ready", []]);
    expect(call(read.memory, nothingRead).plan.state).toBe("ready");
  });

  test("locks it for the groups too, until all of both have been read", () => {
    const web = declare(group("web", 1));
    const other = [...declaring, { ...place, project: "other", reads: () => undefined }];
    const { plan, memory } = callRoll(noMemory, web, see(instance("web-0")), other);
    expect(plan.state).toBe("locked");
    expect(plan.waiting).toEqual([{ ...unread, detail: detail.replace("default", "other") }]);
    expect([...memory.labelled.keys()]).toEqual(["local/default"]);
    expect(call(noMemory, see(), web).plan).toMatchObject({ state: "locked", waiting: [{ replica: "web-0" }] });
  });

  test("that is new does not lock what is open, unless nothing else was ever read", () => {
    const opened = callRoll(noMemory, declare(group("web", 1)), see(instance("web-0"))).memory;
    expect(call(opened, nothingRead, declare(group("web", 1))).plan).toMatchObject({ state: "ready", waiting: [] });
    expect(call(opened, nothingRead).plan).toMatchObject({ state: "locked", waiting: [unread] });
    expect(call(opened, see()).plan.state).toBe("ready");
    expect(call(opened, see(), declare(group("api", 1))).plan.state).toBe("locked");
  });

  test("opens nothing while the files of groups can't be read: their hosts are not known", () => {
    const problem = "web.yaml:1:1: no group";
    const { plan } = call(noMemory, see(shop()), { ...nobody, problem });
    expect(plan.state).toBe("locked");
    expect(plan.waiting).toEqual([{ group: null, replica: null, reason: "error", detail: problem }]);
    const { memory } = call(noMemory, see(shop()));
    expect(call(memory, see(shop()), { ...nobody, problem }).plan).toMatchObject({ state: "ready", waiting: [] });
    const web = { ...declare(group("web", 1)), problem };
    expect(call(noMemory, see(instance("web-0")), web).plan.state).toBe("ready");
    expect(call(noMemory, see(), web).plan.waiting).toMatchObject([{ replica: "web-0", reason: "missing" }]);
  });
});
