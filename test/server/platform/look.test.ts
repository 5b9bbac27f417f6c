import { expect, test } from "vitest";
import type { z } from "zod";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { createGuard } from "../../../server/platform/guard.ts";
import { createLooker } from "../../../server/platform/look.ts";
import type { SourceState } from "../../../server/roll-call/observed.ts";

const cluster = { server: "lxd", server_version: "5.0.2", server_clustered: true };
const mac = "00:16:3e:00:00:05";
const web = {
  name: "web-0",
  type: "container",
  status_code: 103,
  expanded_devices: { eth0: { type: "nic", network: "lxdbr0", hwaddr: mac } },
  state: { network: { eth0: { hwaddr: mac, addresses: [{ family: "inet", address: "10.77.0.5", scope: "global" }] } } },
};

/** A looker over answers by path, and what it asked, with the deadline of each call in milliseconds. */
function looking(answers: Record<string, unknown>) {
  const asked: string[] = [];
  const client = {
    deadline: 0,
    stream: () => Promise.reject(),
    credential: "socket",
    where: () => "",
    renew() {},
    close() {},
    async get(path: string, shape: z.ZodType, deadline?: number) {
      const [known = ""] = path.split("?");
      asked.push(`${known} ${deadline ?? this.deadline}`);
      return shape.parse(answers[known] ?? []);
    },
  };
  const looker = createLooker(["default"], { family: "ipv4", subnet: undefined }, createGuard("50%"));
  const told: string[][] = [];
  const early = (state: SourceState) => void told.push([...(state.get("default")?.instances?.keys() ?? [])]);
  return {
    told,
    asked: (pattern: RegExp) => asked.filter((one) => pattern.test(one)),
    forget: looker.forget,
    look: async () => (await looker.look(client as DaemonClient, early)).get("default"),
  };
}
const server = { "/1.0": { auth: "trusted", environment: cluster } };

test("a cluster is asked who it is within the short deadline, and then for its list within the long one", async () => {
  const { look, forget, asked } = looking({ ...server, "/1.0/instances": [web] });
  await look();
  forget();
  await look();
  const once = ["/1.0 10000", "/1.0/instances 40000"];
  expect(asked(/^\/1\.0(\/instances)? /)).toEqual([...once, ...once]);
  expect(asked(/operations/)).toEqual(["/1.0/operations 3000", "/1.0/operations 3000"]);
});

test("an address on a network that LXD does not list is not taken, and the networks are read again by the next look", async () => {
  const answers: Record<string, unknown> = { ...server, "/1.0/instances": [web], "/1.0/networks": [] };
  const { look, asked } = looking(answers);
  const address = async () => (await look())?.instances?.get("web-0")?.nics[0]?.addresses[0];
  expect(await address()).toEqual({ address: "10.77.0.5", tentative: true });
  answers["/1.0/networks"] = [{ name: "lxdbr0", managed: true, config: { "ipv4.address": "10.77.0.1/24" } }];
  expect(await address()).toEqual({ address: "10.77.0.5", tentative: false });
  await look();
  expect(asked(/networks/)).toHaveLength(2);
});

test("an instance that was replaced under its name is first told to be gone", async () => {
  const answers: Record<string, unknown> = {
    ...server,
    "/1.0/instances": [{ ...web, config: { "volatile.uuid": "a" } }],
  };
  const { look, told } = looking(answers);
  await look();
  answers["/1.0/instances"] = [{ ...web, config: { "volatile.uuid": "b" } }];
  expect((await look())?.instances?.get("web-0")?.uuid).toBe("b");
  await look();
  // In error its uuid is not known.
  answers["/1.0/instances"] = [{ ...web, status_code: 112 }];
  await look();
  expect(told).toEqual([[]]);
});
