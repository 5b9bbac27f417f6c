import { z } from "zod";

// The parts of LXD's answers that are read, as LXD 5.0.2 and Incus 6.0.4 send them. The rest is dropped.

const texts = z.record(z.string(), z.string());
const devices = z.record(z.string(), texts);
export type Device = Readonly<Record<string, string>>;

/** An interface as the guest shows it. The daemon works out `scope`: `global`, `link` or `local`. */
const wireInterface = z.object({
  hwaddr: z.string(),
  addresses: z.array(z.object({ family: z.string(), address: z.string(), scope: z.string() })),
  /** `up` or `down`. */
  state: z.string().nullish(),
});

/** An item of `GET /1.0/instances?recursion=2`. An instance on an offline cluster member has only a name and a status. */
export const wireInstance = z.object({
  name: z.string().regex(/^[A-Za-z0-9-]{1,63}$/, { error: "is not a name of an instance" }),
  status_code: z.int(),
  type: z.string(),
  /** The cluster member that it is on; `none` where there is no cluster. */
  location: z.string().nullish(),
  config: texts.nullish(),
  expanded_config: texts.nullish(),
  devices: devices.nullish(),
  expanded_devices: devices.nullish(),
  // `network` is null while the instance is stopped; `processes` is -1 for a virtual machine whose agent does not answer.
  state: z.object({ network: z.record(z.string(), wireInterface).nullish(), processes: z.int().nullish() }).nullish(),
});
export type WireInstance = z.output<typeof wireInstance>;
export type WireInterface = z.output<typeof wireInterface>;

/** A listing. Two instances of one name can't be told apart, so it is refused. */
export const wireInstances = z
  .array(wireInstance)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: "two instances have the same name",
  });

/** `GET /1.0/operations/ID`. */
export const wireOperation = z.object({
  id: z.string(),
  class: z.string(),
  description: z.string(),
  status_code: z.int(),
  /** The cluster member that it runs on. */
  location: z.string().nullish(),
  resources: z.record(z.string(), z.array(z.string())).nullish(),
});

/** `GET /1.0/operations?recursion=1`: lists by status. Also of operations that ended within the last five seconds. */
export const wireOperations = z.record(z.string(), z.array(wireOperation));

/** An item of `GET /1.0/networks?recursion=1`. */
export const wireNetworks = z.array(
  z.object({ name: z.string(), managed: z.boolean(), type: z.string().nullish(), config: texts.nullish() }),
);

/** An item of `GET /1.0/images?recursion=1`. */
export const wireImages = z.array(
  z.object({ fingerprint: z.string(), type: z.string(), aliases: z.array(z.object({ name: z.string() })).nullish() }),
);
export type WireImages = z.output<typeof wireImages>;

/** An item of `GET /1.0/profiles?recursion=1`. */
export const wireProfiles = z.array(z.object({ name: z.string(), devices: devices.nullish() }));

/** An item of `GET /1.0/storage-pools?recursion=1`. */
export const wirePools = z.array(z.object({ name: z.string() }));

/** `GET /1.0`. */
export const wireServer = z.object({
  auth: z.string(),
  api_extensions: z.array(z.string()).nullish(),
  /** Missing for a client that is not trusted. */
  environment: z
    .object({
      server: z.string(),
      server_version: z.string(),
      server_clustered: z.boolean(),
      /** The name of the machine or the cluster member, and the SHA-256 of its certificate or the cluster's. */
      server_name: z.string().nullish(),
      certificate_fingerprint: z.string().nullish(),
    })
    .optional(),
});

/** An item of `GET /1.0/cluster/members?recursion=1`. */
export const wireMembers = z.array(z.object({ server_name: z.string(), status: z.string(), message: z.string() }));

/** `GET /1.0/instances?recursion=0`: `/1.0/instances/web-0?project=shop`. */
export const wireUrls = z.array(z.string());

/** `GET /1.0/projects/NAME`. LXD 6.8 has the replica mode in its config, newer ones beside it (canonical/lxd#18312). */
export const wireProject = z.object({
  name: z.string(),
  replica_mode: z.string().nullish(),
  config: texts.nullish(),
});

/** An event of `GET /1.0/events`. */
export const wireEvent = z.object({
  type: z.string(),
  project: z.string().optional(),
  metadata: z.object({
    action: z.string().optional(),
    /** `/1.0/instances/web-0?project=shop`; of a renamed instance its new name. */
    source: z.string().optional(),
    context: z.object({ old_name: z.string().optional() }).nullish().catch(undefined),
    resources: z.record(z.string(), z.array(z.string())).nullish().catch(undefined),
    description: z.string().optional(),
    status_code: z.int().optional(),
    /** Of an operation. */
    id: z.uuid().optional().catch(undefined),
  }),
});
export type WireEvent = z.output<typeof wireEvent>;
