import { dirname, resolve } from "node:path";
import { z } from "zod";
import { duration } from "../files/duration.ts";
import { durationPattern, milliseconds } from "../files/milliseconds.ts";
import { text } from "../files/text.ts";
import { backendSchema } from "../shared/backend.ts";
import { gateSchema } from "../shared/gate.ts";
import { newestTraefik, versionPattern } from "../traefik/model/version.ts";
import { accessFrom, accessSchema } from "./access/settings.ts";
import { upstreamFrom, upstreamSchema } from "./follow/settings.ts";
import { holdSchema } from "./http/hold.ts";
import {
  isUnguarded,
  type ListenerSettings,
  listenerPathsFrom,
  listenerSettings,
  unguarded,
} from "./http/listener-settings.ts";
import { outputPathsFrom, outputsSchema } from "./outputs/settings.ts";
import { sourceSchema, tlsPathsFrom } from "./source-settings.ts";
import { apiPathsFrom, traefikApiSchema } from "./traefik-api/settings.ts";

/** `auto`: instances as often as costs their daemon little (`wholeDue`), files and outputs every 60 s. */
const resyncError = 'a resync is "auto", or a time as text such as "60s" or "5m"';
const resyncSchema = z
  .string({ error: resyncError })
  .refine((text) => text === "auto" || durationPattern.test(text), { error: resyncError, abort: true })
  .transform((text) => (text === "auto" ? text : milliseconds(text)))
  .refine((resync) => resync === "auto" || resync >= 1000, { error: "at least 1s: each one lists all instances" });

const traefikVersion = z
  .string({ error: 'a Traefik version is text: "3.7"' })
  .regex(versionPattern, { error: 'a Traefik version looks like "3.7" (quoted, or 3.10 would be 3.1)' });

/** Whether two addresses can't be listened on at once. Port 0 is one of the kernel's choice. */
function collide(one: ListenerSettings["listen"], other: ListenerSettings["listen"]): boolean {
  const all = ["0.0.0.0", "::"];
  return one.port !== 0 && one.port === other.port && (one.host === other.host || all.includes(one.host));
}

const settings = z.strictObject({
  groups: text.default("./groups"),
  routes: text.default("./routes"),
  state: text.default("./state"),
  gate: gateSchema.default("complete"),
  settle: duration.prefault("250ms"),
  resync: resyncSchema.prefault("auto"),
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
    .strictObject({ ...listenerSettings("127.0.0.1:7070"), hold: holdSchema.prefault("auto") })
    .refine((provider) => provider.insecure || !isUnguarded(provider), unguarded)
    .prefault({}),
  admin: z
    // Without a file, the token for writes is one in the state directory.
    .strictObject(listenerSettings("127.0.0.1:7071"))
    .refine((admin) => admin.insecure || !isUnguarded(admin), unguarded)
    .prefault({}),
  /** The certificate that the verbs show to a listener of this file that has `tls.clients`, and its key. */
  verbs: z
    .strictObject({ certificate: text.optional(), key: text.optional() })
    .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
      error: "certificate and key belong together: write the files of both",
    })
    .prefault({}),
  /** The provider listeners of other rollcalls, for `rollcall follow`; the server ignores it. */
  follow: z.array(upstreamSchema).default([]),
  /** The admin listeners of other servers over the same inputs; a follower has nothing to share and ignores it. */
  peers: z.array(accessSchema).max(50).default([]),
  outputs: outputsSchema,
  /** For the verbs that make instances; the server ignores it. */
  stacks: z
    .strictObject({
      output: text.default("./cdktf.out"),
      lockFile: text.default("./.terraform.lock.hcl"),
      backend: backendSchema.default({ local: "./terraform" }),
    })
    .prefault({}),
  sources: z
    .array(sourceSchema)
    .min(1)
    .default([{ name: "local", projects: ["default"], address: { family: ["ipv4"], subnet: undefined }, guard: "50%" }])
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

/** How often files and outputs are compared, in milliseconds. */
export function resyncOf({ resync }: Pick<Config, "resync">): number {
  return resync === "auto" ? 60_000 : resync;
}

/** Resolves the paths of a configuration against the file that names them. */
export function withPathsFrom(config: Config, file: string): Config {
  const from = dirname(resolve(file));
  const { groups, routes, state, stacks, provider, admin, verbs, traefik, sources, follow, peers, outputs } = config;
  const { backend } = stacks;
  return {
    ...config,
    sources: sources.map((source) => tlsPathsFrom(source, from)),
    groups: resolve(from, groups),
    routes: resolve(from, routes),
    state: resolve(from, state),
    traefik: { ...traefik, api: apiPathsFrom(traefik.api, from) },
    provider: listenerPathsFrom(provider, from),
    admin: listenerPathsFrom(admin, from),
    verbs: {
      ...(verbs.certificate !== undefined && { certificate: resolve(from, verbs.certificate) }),
      ...(verbs.key !== undefined && { key: resolve(from, verbs.key) }),
    },
    follow: follow.map((one) => upstreamFrom(one, from)),
    peers: peers.map((one) => accessFrom(one, from)),
    outputs: outputs.map((output) => outputPathsFrom(output, from)),
    stacks: {
      output: resolve(from, stacks.output),
      lockFile: resolve(from, stacks.lockFile),
      backend: "local" in backend ? { local: resolve(from, backend.local) } : backend,
    },
  };
}
