import type { EtcdAccess } from "../../../server/outputs/etcd/client.ts";
import { createEtcdWriter } from "../../../server/outputs/etcd/writer.ts";
import type { Written } from "../../../server/outputs/writer.ts";
import type { Etcd } from "./etcd.ts";
import { fleet, keysOf } from "./written.ts";

const never = new AbortController().signal;
export const prefix = "traefik";
export const one = fleet(["web"], 1, ["127.0.0.1:1"]);
export const two = fleet(["web"], 1, ["127.0.0.1:2"]);

/** A writer to an etcd: `put` trusts what it knows of what lies there, `look` does not. */
export function writerTo(access: EtcdAccess | Etcd, name = "a", lease = 10) {
  const writer = createEtcdWriter({ ...only(access), prefix, lease }, keysOf(prefix), name);
  return {
    ...writer,
    put: (document: Written) => writer.write(document, never),
    look: (document: Written) => writer.check?.(document, never),
  };
}
export const only = (access: EtcdAccess | Etcd) => ("ctl" in access ? { endpoints: access.endpoints } : access);
/** The one key in which the two documents differ. */
export const url = "traefik/http/services/web/loadBalancer/servers/000/url";
export const read = async (etcd: Etcd, key: string) => (await etcd.ctl("get", key, "--print-value-only")).trim();
/** Its message; `nothing failed` if it did not. */
export const failure = (work: Promise<unknown> | undefined) =>
  Promise.resolve(work).then(
    () => "nothing failed",
    (error: Error) => error.message,
  );
