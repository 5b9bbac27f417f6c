import { resolve } from "node:path";
import { z } from "zod";
import { text } from "../../files/text.ts";

const isAddress = (url: string) => {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === "");
};

const aHeader = "a header is text on one line, or { file: PATH } of a file that holds it";
/** Where the API of one Traefik is. The values of `headers` may be secrets: they are sent, and neither logged nor shown. */
const api = z.strictObject({
  url: z.string().refine(isAddress, {
    error:
      "is the address of Traefik's API without credentials and query, such as http://127.0.0.1:8080; those go into headers",
  }),
  headers: z
    .record(
      z.string().regex(/^[\w-]+$/, { error: "is no name of a header" }),
      z
        .union([z.string(), z.strictObject({ file: text })], { error: aHeader })
        .refine((value) => typeof value !== "string" || /^[\t\x20-\x7e]*$/.test(value), { error: aHeader }),
    )
    .default({}),
  /** The `?name=` of its polls. */
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: "is the ?name= of its endpoint: letters, digits, dots, dashes, underscores" })
    .optional(),
});

const most = 50;

/** `traefik.api`: one or several. */
export const traefikApiSchema = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z
    .array(api)
    .max(most)
    .default([])
    .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, { error: "two have the same url" }),
);

export type TraefikApi = z.output<typeof api>;

/** Resolves the paths of the files that hold headers against a directory. */
export function apiPathsFrom(apis: readonly TraefikApi[], directory: string): TraefikApi[] {
  return apis.map((api) => {
    const headers = Object.entries(api.headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : { file: resolve(directory, value.file) },
    ]);
    return { ...api, headers: Object.fromEntries(headers) };
  });
}
