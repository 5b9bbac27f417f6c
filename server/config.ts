import { isIP } from "node:net";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { duration } from "../files/duration.ts";
import { text } from "../files/text.ts";
import { backendSchema } from "../shared/backend.ts";
import { gateSchema } from "../shared/gate.ts";
import { newestTraefik, versionPattern } from "../traefik/model/version.ts";
import { holdSchema } from "./http/hold.ts";
import { isLoopback } from "./http/hosts.ts";
import { labelsSchema } from "./labels/settings.ts";
import { parseSubnet } from "./platform/subnets.ts";
import { apiPathsFrom, traefikApiSchema } from "./traefik-api/settings.ts";

const whereToListen = 'where to listen is an address and a port: "127.0.0.1:7070", "[::1]:7070"';
const listen = z.string({ error: whereToListen }).transform((written, context) => {
  const [, host = "", port = ""] = /^(?:\[([^\]]+)\]|[^:]+):(\d{1,5})$/.exec(written) ?? [];
  const name = host || written.slice(0, written.lastIndexOf(":"));
  if (name && port !== "" && Number(port) <= 65535 && (isIP(name) || name === "localhost"))
    return { host: name, port: Number(port) };
  context.addIssue({ code: "custom", message: whereToListen });
  return z.NEVER;
});

const traefikVersion = z
  .string({ error: 'a Traefik version is text: "3.7"' })
  .regex(versionPattern, { error: 'a Traefik version looks like "3.7" (quoted, or 3.10 would be 3.1)' });

const hosts = z
  .array(text.regex(/^[A-Za-z0-9.:-]+$/, { error: "a host is a name or an address, without a port" }))
  .default([]);

const address = z
  .strictObject({ family: z.enum(["ipv4", "ipv6"]).default("ipv4"), subnet: z.string().optional() })
  .prefault({})
  .transform(({ family, subnet }, context) => {
    const parsed = subnet === undefined ? undefined : parseSubnet(subnet, family);
    if (subnet === undefined || parsed) return { family, subnet: parsed };
    const message = `no ${family} subnet; write it as ${family === "ipv4" ? "10.0.0.0/24" : "fd00:1::/64"}`;
    context.addIssue({ code: "custom", path: ["subnet"], message });
    return z.NEVER;
  });

const guard = 'a guard is a number of instances or a percentage such as "50%"';
/** How many of a project's served instances a listing may lose silently before their ports are asked too. */
const guardSchema = z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/, { error: guard })], { error: guard });

const source = z
  .strictObject({
    name: text.regex(/^(?!\.+$)[A-Za-z0-9_.-]+$/, {
      error: "a name has letters, digits, dots, dashes and underscores, such as local",
    }),
    url: z
      .string()
      .regex(/^unix:\/\/\/.+/, { error: "a source is a socket so far: unix:///var/lib/lxd/unix.socket" })
      .optional(),
    projects: z.array(text.max(63)).min(1).default(["default"]),
    address,
    guard: guardSchema.default("50%"),
    labels: labelsSchema.optional(),
  })
  .superRefine(({ projects, labels }, context) => {
    for (const project of Object.keys(labels?.allow ?? {}))
      if (!projects.includes(project))
        context.addIssue({
          code: "custom",
          path: ["labels", "allow", project],
          message: `is not one of the source's projects: ${projects.join(", ")}`,
        });
  });

/** Whether two addresses can't be listened on at once. Port 0 is one of the kernel's choice. */
function collide(one: z.output<typeof listen>, other: z.output<typeof listen>): boolean {
  const all = ["0.0.0.0", "::"];
  return one.port !== 0 && one.port === other.port && (one.host === other.host || all.includes(one.host));
}

const settings = z.strictObject({
  groups: text.default("./groups"),
  routes: text.default("./routes"),
  state: text.default("./state"),
  gate: gateSchema.default("complete"),
  settle: duration.prefault("250ms"),
  resync: duration.refine((ms) => ms >= 1000, { error: "at least 1s: each one lists all instances" }).prefault("60s"),
  traefik: z
    .strictObject({
      version: traefikVersion.default(newestTraefik),
      /** Other providers' objects that files here may name: `auth@file`, `api@internal`. */
      uses: z
        .array(text.regex(/^[^@\s,]+@[^@\s,]+$/, { error: "is written NAME@PROVIDER, such as auth@file" }))
        .default([]),
      api: traefikApiSchema,
    })
    .prefault({}),
  provider: z
    .strictObject({ listen: listen.prefault("127.0.0.1:7070"), hold: holdSchema.prefault("auto"), hosts })
    .prefault({}),
  admin: z
    .strictObject({
      listen: listen
        .refine(({ host }) => isLoopback(host), {
          error: "reads on the admin listener need no token, so it listens on a loopback address only",
        })
        .prefault("127.0.0.1:7071"),
      hosts,
      /** The file of the token for writes. Left out: one in the state directory. */
      token: text.optional(),
    })
    .prefault({}),
  /** For the verbs that make instances; the server ignores it. */
  stacks: z
    .strictObject({
      output: text.default("./cdktf.out"),
      lockFile: text.default("./.terraform.lock.hcl"),
      backend: backendSchema.default({ local: "./terraform" }),
    })
    .prefault({}),
  sources: z
    .array(source)
    .min(1)
    .default([{ name: "local", projects: ["default"], address: { family: "ipv4", subnet: undefined }, guard: "50%" }])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: "two sources have the same name",
    }),
});

/** The server's configuration file. Everything has a default; an empty file serves `./groups` from the socket that is found. */
export const configSchema = settings.refine(({ provider, admin }) => !collide(provider.listen, admin.listen), {
  path: ["admin", "listen"],
  error: "is the provider's address too; give each its own port",
});

export type Config = z.output<typeof configSchema>;

/** Resolves the paths of a configuration against the file that names them. */
export function withPathsFrom(config: Config, file: string): Config {
  const from = dirname(resolve(file));
  const { groups, routes, state, stacks, admin, traefik } = config;
  const { backend } = stacks;
  return {
    ...config,
    groups: resolve(from, groups),
    routes: resolve(from, routes),
    state: resolve(from, state),
    traefik: { ...traefik, api: apiPathsFrom(traefik.api, from) },
    admin: { ...admin, ...(admin.token !== undefined && { token: resolve(from, admin.token) }) },
    stacks: {
      output: resolve(from, stacks.output),
      lockFile: resolve(from, stacks.lockFile),
      backend: "local" in backend ? { local: resolve(from, backend.local) } : backend,
    },
  };
}
