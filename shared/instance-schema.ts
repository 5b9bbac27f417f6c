import { z } from "zod";
import { didYouMean } from "../files/did-you-mean.ts";
import { plural } from "../files/format-problems.ts";
import { text } from "../files/text.ts";
import { addressesOf } from "./instance-addresses.ts";
import * as parts from "./instance-parts.ts";
import { lxdName, lxdValue } from "./lxd-values.ts";
import { weightKey } from "./tags.ts";

/** The device types of LXD 5.0 (its documentation, "Devices"). */
const deviceTypes = [
  ...["disk", "gpu", "infiniband", "nic", "none", "pci", "proxy", "tpm"],
  ...["unix-block", "unix-char", "unix-hotplug", "usb"],
];

const device = z
  .record(
    text,
    z.union([lxdValue, z.array(lxdValue).min(1)], {
      error: 'must be text such as "1.5", a whole number, true or false, or a list of them with one for each replica',
    }),
  )
  .refine(({ type }) => type !== undefined, { error: "a device has a type, such as disk, nic or proxy" })
  .refine(({ type }) => type === undefined || deviceTypes.includes(String(type)), {
    path: ["type"],
    error: ({ input }) => {
      const hint = didYouMean(String((input as { type: unknown }).type), deviceTypes);
      return `LXD has no device of this type; the types are ${deviceTypes.join(", ")}${hint}`;
    },
  });

const configKey = text.refine((key) => ownerOf(key) === undefined, {
  error: ({ input }) => ownerOf(String(input)) ?? "",
});

/** Who sets a key, if it is not the operator. The LXD provider refuses every plan with a `volatile.*` or `image.*` key. */
function ownerOf(key: string): string | undefined {
  if (key === weightKey) return "use service.weights instead";
  if (key.startsWith("user.rollcall.")) return "user.rollcall.* is set by rollcall";
  const [, nic] = /^volatile\.([^.]+)\.hwaddr$/.exec(key) ?? [];
  if (nic !== undefined) return `volatile.* is set by LXD; write hwaddr in the device ${nic}`;
  if (key.startsWith("volatile.")) return "volatile.* is set by LXD; leave it out";
  return key.startsWith("image.") ? "image.* is set by LXD from the image; leave it out" : undefined;
}

/** How an instance is created. */
export const instanceSchema = z
  .strictObject({
    image: text.optional(),
    type: z.enum(["container", "virtual-machine"]).default("container"),
    profiles: z.array(lxdName).default(["default"]),
    config: z.record(configKey, lxdValue).default({}),
    devices: z
      .record(lxdName, device)
      .default({})
      .describe("A list in place of a value has one for each replica, the first for the replica 0."),
    description: text.optional().describe("The instance's description on its platform."),
    limits: parts.limitsSchema.optional(),
    cloudInit: parts.cloudInitSchema.optional(),
    target: parts.targetSchema.optional(),
    ephemeral: z.boolean().optional().describe("Whether an instance is deleted when it stops."),
    files: parts.filesSchema.optional(),
    execs: parts.execsSchema.optional(),
    allowRestart: z.boolean().optional().describe("Whether the provider may stop an instance to move it."),
    timeouts: parts.timeoutsSchema.optional(),
    overrides: parts.overridesSchema.optional(),
  })
  .refine((instance) => saidTwice(instance) === undefined, {
    path: ["config"],
    error: ({ input }) => saidTwice(input as Said) ?? "",
  })
  .describe("How an instance is created; only the stacks read it.");

interface Said {
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly limits?: Readonly<Record<string, unknown>> | undefined;
  readonly cloudInit?: Readonly<Record<string, unknown>> | undefined;
}

/** A config key that has a key of its own, if both are written. */
function saidTwice({ config = {}, limits = {}, cloudInit = {} }: Said): string | undefined {
  const limit = Object.keys(limits).find((key) => `limits.${key}` in config);
  if (limit !== undefined) return `limits.${limit} is in instance.limits too: write it once`;
  for (const [key, { names }] of Object.entries(cloudInitKeys)) {
    const name = names.find((one) => one in config);
    if (name !== undefined && cloudInit[key] !== undefined)
      return `${name} is in instance.cloudInit.${key} too: write it once`;
  }
  return undefined;
}

/** The config keys of each part of cloud-init; the first is written, the others are what LXD has for old images. */
export const cloudInitKeys = {
  userData: { names: ["cloud-init.user-data", "user.user-data"] },
  vendorData: { names: ["cloud-init.vendor-data", "user.vendor-data"] },
  networkConfig: { names: ["cloud-init.network-config", "user.network-config"] },
} as const;

type Declared = z.output<typeof instanceSchema>;

/** A key of a device with what only one instance can have, though there are several replicas. */
export interface DeviceProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * What is wrong with devices for that many replicas, of which a rollout has added `surge`: a value that only one instance can have, or
 * a list that is too short.
 */
export function deviceProblems(instance: Declared | undefined, replicas: number, surge = 0): DeviceProblem[] {
  const counted = plural(replicas, "replica") + (surge > 0 ? `, ${surge} of them by rollout.maxSurge` : "");
  return Object.entries(instance?.devices ?? {}).flatMap(([name, device]) =>
    Object.entries(device).flatMap(([key, written]) => {
      const value = addressesOf(key, written);
      const message = problemOf(value, { replicas, counted }, isUnique(device, key));
      return message === undefined ? [] : [{ path: ["instance", "devices", name, key], message }];
    }),
  );
}

interface Count {
  readonly replicas: number;
  /** In words. */
  readonly counted: string;
}

function problemOf(value: string | readonly string[], { replicas, counted }: Count, unique: boolean) {
  if (typeof value !== "string" && value.length < replicas)
    return `has ${plural(value.length, "value")} for ${counted}; add the others`;
  if (!unique) return undefined;
  if (typeof value !== "string")
    return new Set(value).size < value.length ? "has a value twice, and only one instance can have it" : undefined;
  if (replicas < 2) return undefined;
  return `only one instance can have this; write a list with one for each of the ${counted}`;
}

/** Whether only one instance at a time can have this: an address, a MAC, a port of the host, a device of the host. */
function isUnique(device: Declared["devices"][string], key: string): boolean {
  const { type, bind } = device;
  if (type === "nic")
    return key === "hwaddr" || (/^ipv[46]\.address$/.test(key) && device[key] !== "none" && device[key] !== "auto");
  if (type === "proxy") return key === "listen" && bind !== "instance" && bind !== "guest";
  return type === "pci" && key === "address";
}
