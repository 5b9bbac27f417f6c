import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";
import { text } from "../../files/text.ts";
import { isLoopback } from "./hosts.ts";

const whereToListen = 'where to listen is an address and a port: "127.0.0.1:7070", "[::1]:7070"';
const listen = z.string({ error: whereToListen }).transform((written, context) => {
  const [, host = "", port = ""] = /^(?:\[([^\]]+)\]|[^:]+):(\d{1,5})$/.exec(written) ?? [];
  const name = host || written.slice(0, written.lastIndexOf(":"));
  if (name && port !== "" && Number(port) <= 65535 && (isIP(name) || name === "localhost"))
    return { host: name, port: Number(port) };
  context.addIssue({ code: "custom", message: whereToListen });
  return z.NEVER;
});

/** Settings that both listeners have, with the address that is the default. */
export const listenerSettings = (address: string) => ({
  listen: listen.prefault(address),
  /** Names and addresses, besides its own, by which it may be asked. */
  hosts: z
    .array(text.regex(/^[A-Za-z0-9.:-]+$/, { error: "a host is a name or an address, without a port" }))
    .default([]),
  tls: z
    .strictObject({
      /** PEM of the certificate, with those between it and its authority, and of its key. */
      certificate: text,
      key: text,
      /** PEM of the authorities whose certificates clients must show. Left out: clients need none. */
      clients: text.optional(),
    })
    .optional(),
  /** The file of the token. */
  token: text.optional(),
  /** That anybody may reach a listener that is open to the network. */
  insecure: z.boolean().default(false),
});

export interface ListenerSettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly hosts: readonly string[];
  readonly tls?:
    | { readonly certificate: string; readonly key: string; readonly clients?: string | undefined }
    | undefined;
  readonly token?: string | undefined;
  readonly insecure: boolean;
}

/** Whether clients on other machines may reach it, and it knows none of them. */
export function isUnguarded({ listen, tls, token }: ListenerSettings): boolean {
  return !isLoopback(listen.host) && token === undefined && tls?.clients === undefined;
}

export const unguarded = {
  path: ["listen"],
  error:
    "is open to the network without authentication: add token: FILE, or tls with clients: FILE, or listen on a loopback address; or write insecure: true",
};

/** Whether the admin listener's pages need the token, not only its writes. */
export function readsNeedToken({ listen, token }: ListenerSettings): boolean {
  return !isLoopback(listen.host) && token !== undefined;
}

/** Resolves the paths of its files against a directory. */
export function listenerPathsFrom<S extends ListenerSettings>(settings: S, directory: string): S {
  const { tls, token } = settings;
  const at = (path: string) => resolve(directory, path);
  return {
    ...settings,
    ...(token !== undefined && { token: at(token) }),
    ...(tls && {
      tls: {
        certificate: at(tls.certificate),
        key: at(tls.key),
        ...(tls.clients !== undefined && { clients: at(tls.clients) }),
      },
    }),
  };
}

/** To whom a listener that is open to the network is open, and what is dangerous about that; nothing for one on loopback. */
export function openTo(
  name: "provider" | "admin",
  settings: ListenerSettings,
): { says: string; warning?: string } | undefined {
  const { listen, tls, token } = settings;
  if (isLoopback(listen.host)) return undefined;
  const at = `${name}.listen ${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${listen.port}`;
  const shown = [
    ...(tls?.clients === undefined ? [] : ["show a certificate of tls.clients"]),
    ...(token === undefined ? [] : ["have the token"]),
  ];
  const says = `${at} is open to the network, ${tls ? "by https" : "by plain http"}, for clients that ${shown.join(" and ")}`;
  if (shown.length === 0)
    return {
      says: at,
      warning: `${at} is open to the network without authentication (insecure): everybody who reaches it ${name === "admin" ? "reads the status" : "reads the whole document, with its secrets"}`,
    };
  if (!tls) return { says, warning: `${at} sends the token over the network in plain text: add tls` };
  return { says };
}
