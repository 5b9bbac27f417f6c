import { resolve } from "node:path";
import { z } from "zod";
import { text } from "../../files/text.ts";

const isAddress = (url: string) => {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === "");
};

const url = z.string().refine(isAddress, {
  error: "is an http or https address without credentials and query, such as https://b.example:7071",
});

const reached = z
  .strictObject({
    url,
    /** The file of a bearer token. */
    token: text.optional(),
    tls: z
      .strictObject({
        /** PEM of the authority that signed the server's certificate, or of that certificate. Left out: what this machine trusts. */
        ca: text.optional(),
        /** PEM of the certificate that is shown, for a server that needs one, and of its key. */
        certificate: text.optional(),
        key: text.optional(),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        error: "certificate and key belong together: write the files of both",
      })
      .prefault({}),
  })
  .refine(({ url, tls }) => url.startsWith("https:") || Object.keys(tls).length === 0, {
    path: ["tls"],
    error: "is for an https address",
  });

/** How another rollcall is reached: `{ url, token, tls }`, or the url alone as text. */
export const accessSchema = z.preprocess(
  (written) => (typeof written === "string" ? { url: written } : written),
  reached,
);

export type Access = z.output<typeof reached>;

/** Resolves the paths of its files against a directory. */
export function accessFrom({ url, token, tls }: Access, directory: string): Access {
  const at = (path: string) => resolve(directory, path);
  const paths = Object.entries(tls).flatMap(([name, path]) => (path === undefined ? [] : [[name, at(path)] as const]));
  return { url, ...(token !== undefined && { token: at(token) }), tls: Object.fromEntries(paths) };
}
