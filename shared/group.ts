import { z } from "zod";
import { remembering } from "../files/remember.ts";
import { text } from "../files/text.ts";
import { gateSchema, gateWants } from "./gate.ts";
import { httpFields, type Protocol, tcpFields, udpFields } from "./group-service.ts";
import { instanceSchema } from "./instance-schema.ts";
import { lxdName } from "./lxd-values.ts";
import { rolloutSchema } from "./rollout.ts";
import { spreadSchema } from "./spread-schema.ts";

export const selectorSchema = z
  .union(
    [
      z.strictObject({ prefix: text }),
      z.strictObject({
        glob: text.regex(/^[A-Za-z0-9*?-]+$/, { error: "a glob holds letters, digits, dashes, * and ?" }),
      }),
      z.strictObject({
        key: text.regex(/^user\./, { error: "a key starts with user., such as user.role" }),
        value: text,
      }),
    ],
    { error: "a selector is { prefix }, { glob } or { key, value }" },
  )
  .describe("Which instances belong to the group, instead of names and tags.");

export type Selector = z.output<typeof selectorSchema>;

const replicasSchema = z
  .int()
  .min(0)
  .max(10_000)
  .describe("How many replicas are expected. 0 serves nothing: Traefik answers 503.");

const gatedSchema = z.object({ replicas: replicasSchema, gate: gateSchema.optional() });
type Gated = z.output<typeof gatedSchema>;

/** A minimum that these replicas can't meet, or that has no effect. */
function gateProblem({ gate, replicas }: Gated): string | undefined {
  if (gate === undefined || typeof gate === "string") return undefined;
  const wanted = gateWants(gate, replicas);
  if (wanted > replicas) return `more than the ${replicas} replicas`;
  return wanted < 1 && replicas > 0 ? "less than 1" : undefined;
}

/** One YAML document of a group file, with `service` and `router` for its protocol. */
function documentSchema<S extends z.ZodType, R extends z.ZodType>({ service, router }: { service: S; router: R }) {
  return z
    .strictObject({
      name: text
        .max(55)
        .regex(/^[a-z][a-z0-9-]*$/, {
          error: "a name has lower-case letters, digits and dashes, and starts with a letter",
        })
        .describe("The group's name, and that of its service and router in Traefik."),
      source: lxdName.optional().describe("Which source of rollcall.yaml; may be left out when there is one."),
      spread: spreadSchema.optional(),
      project: lxdName.default("default").describe("The LXD project that the replicas live in."),
      replicas: replicasSchema,
      gate: gateSchema.optional(),
      nic: lxdName
        .optional()
        .describe("The network device whose address is served; else the only one, else eth0, else the first by name."),
      instance: instanceSchema.optional(),
      rollout: rolloutSchema.optional(),
      service,
      router,
      selector: selectorSchema.optional(),
    })
    .refine((value) => gateProblem(value) === undefined, {
      path: ["gate", "minimum"],
      error: ({ input }) => gateProblem(input as Gated) ?? "",
      // Reported together with other problems, as long as these two can be read.
      when: ({ value }) => gatedSchema.safeParse(value).success,
    })
    .refine(({ selector, rollout }) => selector === undefined || rollout?.surge === undefined, {
      path: ["rollout", "surge"],
      error: "a group with a selector has no replica that a rollout could add: remove this key",
    })
    .refine(({ source, spread }) => source === undefined || spread === undefined, {
      path: ["spread"],
      error: "stands in place of `source`: remove one of the two",
    })
    .refine(({ selector, spread }) => selector === undefined || spread === undefined, {
      path: ["spread"],
      error:
        "says where replicas are made, and a selector finds what is made elsewhere: declare a group for each source",
    });
}

/** The schemas of group files for Traefik of that version, by the protocol of the document. */
export const groupSchemas = remembering(
  (traefik) => ({
    http: documentSchema(httpFields(traefik)),
    tcp: documentSchema(tcpFields(traefik)),
    udp: documentSchema(udpFields()),
  }),
  100,
);

export type GroupSchemas = ReturnType<typeof groupSchemas>;
type Read<P extends Protocol> = z.output<GroupSchemas[P]>;

/** A declared set of interchangeable replicas, as read from its file. */
export type Group = Omit<Read<"http">, "service" | "router"> & {
  service: Read<Protocol>["service"];
  router?: Read<Protocol>["router"];
};
