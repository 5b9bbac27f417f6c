import { z } from "zod";
import { didYouMean } from "../files/did-you-mean.ts";
import { plural } from "../files/format-problems.ts";
import { text } from "../files/text.ts";
import { weightKey } from "./tags.ts";

/** A name of a source, a project, a device or a profile. */
export const lxdName = text
  .max(63)
  .regex(/^[A-Za-z0-9_.-]+$/, { error: "a name has letters, digits, dots, dashes and underscores, such as web-1" });

/** LXD's config and device values are text; whole numbers and booleans need no quotes, but YAML would read 1.10 as 1.1. */
const lxdText = z
  .string()
  .min(1)
  .max(100_000)
  .regex(/^[^\0\p{Cs}]*$/u, { error: "contains a character that is not text" });
const lxdValue = z
  .union([lxdText, z.int(), z.boolean()], {
    error: ({ input }) =>
      `must be text, a whole number, or true or false${typeof input === "number" ? "; put this one in quotes" : ""}`,
  })
  .transform(String);

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
  })
  .describe("How an instance is created; only the stacks read it.");

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
    Object.entries(device).flatMap(([key, value]) => {
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
