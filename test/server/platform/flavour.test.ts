import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { quick } from "../../../embedded-daemon/quick.ts";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { connectionWords } from "../../../server/platform/daemon-error.ts";
import { isWorthALook } from "../../../server/platform/events.ts";
import { createGuard } from "../../../server/platform/guard.ts";
import { createLooker } from "../../../server/platform/look.ts";
import { findSocket } from "../../../server/platform/socket.ts";
import { instancePresence } from "../../../server/roll-call/presence.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

describe("the socket is the one that the platform's own client would use", () => {
  const snap = "/var/snap/lxd/common/lxd/unix.socket";
  const run = "/run/incus/unix.socket";
  const lib = "/var/lib/incus/unix.socket";
  const lxd = "/var/lib/lxd/unix.socket";
  test.each([
    ["its variable before its directory", "incus", { INCUS_SOCKET: "/a", INCUS_DIR: "/b" }, [], [], "/a"],
    ["its directory", "incus", { INCUS_DIR: "/b" }, [], [], "/b/unix.socket"],
    ["/run/incus if there is one", "incus", {}, [run, lib], [run], run],
    ["else /var/lib/incus", "incus", {}, [], [], lib],
    ["the user's own where only that is writable", "incus", {}, [lib], [`${lib}.user`], `${lib}.user`],
    ["the snap's if it is writable", "lxd", {}, [snap, lxd], [snap], snap],
    ["else the package's", "lxd", {}, [snap, lxd], [], lxd],
    ["not that of the other platform", "lxd", { INCUS_SOCKET: "/a" }, [lib], [lib], lxd],
    ["LXD's first where none is named", undefined, {}, [lxd, lib], [lxd, lib], lxd],
    ["Incus's where only that is there", undefined, {}, [lib], [lib], lib],
    ["what the environment names before what is there", undefined, { INCUS_DIR: "/b" }, [lxd], [lxd], "/b/unix.socket"],
    ["LXD's usual one where there is none", undefined, {}, [], [], lxd],
  ] as const)("%s (%s)", (_, platform, environment, there, writable, expected) => {
    const sockets = {
      exists: (path: string) => there.some((one) => one === path),
      isWritable: (path: string) => writable.some((one) => one === path),
    };
    expect(findSocket(environment, platform, sockets)).toBe(expected);
  });
});

/** A look at hand-made answers by path. */
function lookAt(server: string, extensions: readonly string[], answers: Readonly<Record<string, unknown>>) {
  const environment = { server, server_version: "1", server_clustered: false };
  const all: Record<string, unknown> = {
    "/1.0": { auth: "trusted", api_extensions: extensions, environment },
    "/1.0/operations": {},
    "/1.0/projects/default": { name: "default" },
    ...answers,
  };
  const client = {
    deadline: 0,
    credential: "socket" as const,
    stream: () => Promise.reject(),
    where: () => "",
    renew() {},
    close() {},
    get: async (path: string, shape: z.ZodType) => shape.parse(all[path.split("?")[0] ?? ""] ?? []),
  };
  const looker = createLooker(["default"], { family: ["ipv4"], subnet: undefined }, createGuard("50%"));
  return looker.look(client as DaemonClient).then((state) => state.get("default"));
}
const web = { name: "web-0", type: "container", status_code: 103 };
const at = { source: "local", project: "default" };

test("a daemon of another platform than the source's settings say is noted once", async () => {
  await using bench = await quick({ serve: false });
  await using watched = watchSource(bench.lxd.socket, { platform: "incus" });
  const said = () => watched.log().split("another platform answers than the source's settings say").length - 1;
  await until("it is said", () => said() > 0);
  await bench.launched("web-0");
  await until("the next look is over", () => watched.instance("web-0"));
  expect(said()).toBe(1);
});

describe("what is said of an instance names its platform", () => {
  test.each([
    ["lxd", "LXD"],
    ["incus", "Incus"],
  ])("%s", async (server, title) => {
    const operation = {
      id: "1",
      class: "task",
      description: "Stopping instance",
      status_code: 103,
      resources: { instances: ["/1.0/instances/web-0"] },
    };
    const listing = await lookAt(server, [], {
      "/1.0/instances": [web, { ...web, name: "web-1", status_code: 112 }],
      "/1.0/operations": { running: [operation] },
    });
    expect(listing?.instances?.get("web-0")?.leaving).toBe(`${title} is stopping it`);
    const found = instancePresence(at, "web-1", listing, undefined);
    expect(found).toMatchObject({ detail: `${title} reports Error: its cluster member may be offline` });
  });

  test("a missing socket is that of the platform that its path names", () => {
    const missing = Object.assign(new Error(), { code: "ENOENT" });
    expect(connectionWords("/var/lib/incus/unix.socket", missing)).toMatch(/is Incus installed.*set INCUS_SOCKET/);
    expect(connectionWords("/var/lib/lxd/unix.socket", missing)).toMatch(/is LXD installed.*set LXD_SOCKET/);
  });
});

describe("instances of a standby project don't count (hand-made answers: LXD 6.8 replicators)", () => {
  const extensions = ["replicators"];
  test.each([
    ["by replica_mode", { name: "default", replica_mode: "standby", config: {} }],
    ["by the key of LXD 6.8", { name: "default", config: { "replica.mode": "standby" } }],
  ])("%s, and the reason says so", async (_, project) => {
    const listing = await lookAt("lxd", extensions, { "/1.0/instances": [web], "/1.0/projects/default": project });
    expect(listing?.instances?.size).toBe(0);
    expect(instancePresence(at, "web-0", listing, "10.0.0.1")).toEqual({
      is: "absent",
      reason: "missing",
      detail: "project default of source local is a standby, whose instances don't count",
    });
  });
  test.each([
    ["a leader's do", extensions, "leader"],
    ["without the extension nothing is asked", [], "standby"],
  ])("%s", async (_, extensions, mode) => {
    const project = { name: "default", replica_mode: mode };
    const listing = await lookAt("lxd", extensions, { "/1.0/instances": [web], "/1.0/projects/default": project });
    expect([...(listing?.instances?.keys() ?? [])]).toEqual(["web-0"]);
  });
});

describe("an event of a newer platform (hand-made)", () => {
  test.each([
    ["lifecycle", "instance-ready", true],
    ["lifecycle", "instance-agent-started", true],
    ["lifecycle", "instance-agent-stopped", true],
    ["security", "instance-started", false],
  ])("%s %s is worth a look: %s", (type, action, expected) => {
    const event = { type, project: "default", metadata: { action, source: "/1.0/instances/web-0" } };
    expect(isWorthALook(event, ["default"])).toBe(expected);
  });
});
