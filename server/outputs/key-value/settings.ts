import { resolve } from "node:path";
import { z } from "zod";
import { duration } from "../../../files/duration.ts";
import { text } from "../../../files/text.ts";

const tls = z
  .strictObject({ ca: text.optional(), certificate: text.optional(), key: text.optional() })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: "certificate and key go together",
  });

/** What both kinds of store have. Secrets are only named here, by their files. */
const common = {
  prefix: text
    .regex(/^[A-Za-z0-9_.-]*[A-Za-z_.-][A-Za-z0-9_.-]*$/, {
      error: "is Traefik's rootKey: letters, digits, dots, dashes and underscores, and not a number",
    })
    .default("traefik"),
  username: text.optional(),
  password: text.optional(),
  tls: tls.optional(),
};

/** Why a URL of a store can't be used; never with the URL, which may hold a password. */
function urlProblem(written: string, protocols: readonly string[], path: RegExp): string | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (!url || !protocols.includes(url.protocol) || url.hostname === "")
    return `a URL begins with ${protocols.map((name) => `${name}//`).join(" or ")}, and a host follows`;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    return "a URL has no user and password here: use username, and password with the path of a file";
  return path.test(url.pathname) ? undefined : "a URL ends with the port, or with the database of a Redis: /0";
}

const urlOf = (protocols: readonly string[], path: RegExp) =>
  z.string({ error: "is the URL of a server" }).superRefine((written, context) => {
    const message = urlProblem(written, protocols, path);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const loneUser = { error: "username needs password, the path of a file", path: ["password"] };

const plainUrl = { error: "is for a URL that begins with https:// or rediss://", path: ["tls"] };

/** The keys of Traefik's etcd provider. */
export const etcdOutput = z
  .strictObject({
    etcd: z
      .array(urlOf(["http:", "https:"], /^\/?$/))
      .min(1)
      .max(9),
    ...common,
    /** After so long without a word from the writer another server takes over. */
    lease: duration.refine((ms) => ms >= 5000 && ms <= 600_000, { error: "is between 5s and 10m" }).prefault("15s"),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), loneUser)
  .refine(({ etcd, tls }) => tls === undefined || etcd.every((url) => url.startsWith("https:")), plainUrl);

/** The keys of Traefik's Redis provider. */
export const redisOutput = z
  .strictObject({ redis: urlOf(["redis:", "rediss:"], /^\/?\d{0,4}$/), ...common })
  .refine(({ username, password }) => username === undefined || password !== undefined, loneUser)
  .refine(({ redis, tls }) => tls === undefined || redis.startsWith("rediss:"), plainUrl);

export type EtcdSettings = z.output<typeof etcdOutput>;
export type RedisSettings = z.output<typeof redisOutput>;

/** The keys that an output writes: two outputs may not have one in common. */
export function storesOf(output: EtcdSettings | RedisSettings): string[] {
  if ("etcd" in output) return output.etcd.map((url) => `${new URL(url).host}/${output.prefix}`);
  const { hostname, port, pathname } = new URL(output.redis);
  return [`redis ${hostname}:${port || 6379}/${Number(pathname.slice(1))}/${output.prefix}`];
}

export function storePathsFrom<T extends EtcdSettings | RedisSettings>(output: T, from: string): T {
  const { password, tls } = output;
  const files = Object.entries(tls ?? {}).map(([name, file]) => [
    name,
    file === undefined ? file : resolve(from, file),
  ]);
  return {
    ...output,
    ...(password !== undefined && { password: resolve(from, password) }),
    ...(tls && { tls: Object.fromEntries(files) }),
  };
}
