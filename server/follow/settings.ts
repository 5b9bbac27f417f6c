import { z } from "zod";
import { type Access, accessFrom, accessSchema } from "../access/settings.ts";
import { type EtcdSettings, etcdOutput, storePathsFrom } from "../outputs/key-value/settings.ts";

const short = /^etcd:\/\/([^/@]+)\/([^/]+)$/;

/** An upstream: another rollcall's provider listener, or what one writes to an etcd: `{ etcd, prefix, ... }`, or `etcd://HOST:PORT[,HOST:PORT]/PREFIX`. */
export const upstreamSchema = z.unknown().transform((written, context): Access | EtcdSettings => {
  const whole = typeof written === "string" && written.startsWith("etcd:") ? etcdOf(written) : written;
  if (whole === undefined) {
    const message = "is written etcd://HOST:PORT[,HOST:PORT]/PREFIX, without credentials";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
  const isEtcd = typeof whole === "object" && whole !== null && "etcd" in whole;
  const { data, error } = (isEtcd ? etcdOutput : accessSchema).safeParse(whole);
  if (data) return data;
  for (const { path, message } of error.issues) context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});

export type UpstreamSettings = z.output<typeof upstreamSchema>;

function etcdOf(text: string) {
  const [, members, prefix] = short.exec(text) ?? [];
  return members === undefined ? undefined : { etcd: members.split(",").map((member) => `http://${member}`), prefix };
}

export const upstreamFrom = (one: UpstreamSettings, directory: string): UpstreamSettings =>
  "etcd" in one ? storePathsFrom(one, directory) : accessFrom(one, directory);
