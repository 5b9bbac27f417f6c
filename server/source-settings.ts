import { resolve } from "node:path";
import { z } from "zod";
import { text } from "../files/text.ts";
import { labelsSchema } from "./labels/settings.ts";
import { parseSubnet, united } from "./platform/subnets.ts";

const example = { ipv4: "10.0.0.0/24", ipv6: "fd00:1::/64" };
const families = "a family is ipv4, ipv6, or both in order of preference: [ipv6, ipv4]";
const subnets = "a subnet is written as 10.0.0.0/24 or fd00:1::/64; several are a list";
const familySchema = z.enum(["ipv4", "ipv6"], { error: families });

const address = z
  .strictObject({
    family: z.union([familySchema, z.array(familySchema).min(1)], { error: families }).default("ipv4"),
    subnet: z.union([z.string(), z.array(z.string()).min(1)], { error: subnets }).optional(),
  })
  .prefault({})
  .transform(({ family, subnet }, context) => {
    const wanted = [...new Set([family].flat())];
    const written = subnet === undefined ? [] : [subnet].flat();
    const parsed = wanted.map((one) => [one, written.flatMap((text) => parseSubnet(text, one) ?? [])] as const);
    const all = parsed.flatMap(([, subnets]) => subnets);
    const missing = parsed.find(([, subnets]) => subnets.length === 0)?.[0];
    if (written.length === 0 || (missing === undefined && all.length === written.length))
      return { family: wanted, subnet: united(all) };
    const one = missing ?? wanted[0] ?? "ipv4";
    const message = missing
      ? `no ${one} subnet; write it as ${example[one]}`
      : `has more than ${wanted.join(" and ")} subnets, such as ${example[one]}`;
    context.addIssue({ code: "custom", path: ["subnet"], message });
    return z.NEVER;
  });

const guard = 'a guard is a number of instances or a percentage such as "50%"';
/** How many of a project's served instances a listing may lose silently before their ports are asked too. */
const guardSchema = z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/, { error: guard })], { error: guard });

const isHttps = (url: string) => {
  if (!URL.canParse(url)) return false;
  const { protocol, pathname, username, password, search, hash } = new URL(url);
  return protocol === "https:" && pathname === "/" && [username, password, search, hash].every((part) => part === "");
};
const whereItIs = "a source is a socket, unix:///var/lib/lxd/unix.socket, or an https endpoint, https://HOST:8443";

const tlsSchema = z
  .strictObject({
    fingerprint: z
      .string()
      .transform((written) => written.replaceAll(":", "").toLowerCase())
      .refine((plain) => /^[0-9a-f]{64}$/.test(plain), {
        error: "a fingerprint has 64 hexadecimal digits, as lxc info prints them (certificate_fingerprint)",
      })
      .optional(),
    ca: text.optional(),
    certificate: text.optional(),
    key: text.optional(),
    token: text.optional(),
  })
  .superRefine(({ certificate, key, token }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((certificate === undefined) !== (key === undefined))
      wrong(key === undefined ? "key" : "certificate", "certificate and key belong together: write the files of both");
    if ((certificate === undefined) === (token === undefined))
      wrong("certificate", "rollcall comes with a certificate and its key, or with a token: write one of them");
  });

/** A source of rollcall.yaml: one LXD or Incus endpoint with its projects. */
export const sourceSchema = z
  .strictObject({
    name: text.regex(/^(?!\.+$)[A-Za-z0-9_.-]+$/, {
      error: "a name has letters, digits, dots, dashes and underscores, such as local",
    }),
    url: z
      .string()
      .refine((url) => /^unix:\/\/\/.+/.test(url) || isHttps(url), { error: whereItIs })
      .optional(),
    /** Which of the two the stacks make instances on, and whose socket is looked for. Left out: Incus if the url names it, else LXD. */
    platform: z.enum(["lxd", "incus"]).optional(),
    /** The URLs of one cluster, the preferred one first. */
    urls: z
      .array(z.string().refine(isHttps, { error: "is an https URL of a member: https://HOST:8443" }))
      .min(1)
      .optional(),
    tls: tlsSchema.optional(),
    projects: z
      .union([z.literal("all"), z.array(text.max(63)).min(1)], {
        error: "is a list of projects, such as [default, shop], or all: those that rollcall may see",
      })
      .default(["default"]),
    address,
    guard: guardSchema.default("50%"),
    labels: labelsSchema.optional(),
  })
  .superRefine(({ projects, labels, url, urls, tls }, context) => {
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (url !== undefined && urls) wrong("urls", "stands beside url: write one of them");
    const isRemote = url?.startsWith("https:") || urls !== undefined;
    if (isRemote && !tls)
      wrong(
        "tls",
        "an https endpoint needs to know rollcall: write certificate and key, or token, or run rollcall trust add",
      );
    if (!isRemote && tls) wrong("tls", "is for an https endpoint, and this source has none");
    for (const project of Object.keys(labels?.allow ?? {}))
      if (projects !== "all" && !projects.includes(project))
        context.addIssue({
          code: "custom",
          path: ["labels", "allow", project],
          message: `is not one of the source's projects: ${projects.join(", ")}`,
        });
  });

/** Resolves the paths of a source's TLS files against a directory. */
export function tlsPathsFrom<S extends { readonly tls?: z.output<typeof tlsSchema> | undefined }>(
  source: S,
  from: string,
): S {
  if (!source.tls) return source;
  const { fingerprint, ...files } = source.tls;
  const paths = Object.entries(files).map(([name, file]) => [name, file && resolve(from, file)]);
  return { ...source, tls: { fingerprint, ...Object.fromEntries(paths) } };
}
