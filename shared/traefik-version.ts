import { z } from "zod";

/** The versions whose fields are known here; a newer 3.x is treated as the newest of them. */
export const newestTraefik = "3.7";

/** `3.6` or `3.6.15`: the version of the oldest Traefik that will read the document. */
export const traefikVersion = z
  .string({ error: 'a Traefik version is text: "3.7"' })
  .regex(/^3\.\d{1,3}(\.\d{1,3})?$/, { error: 'a Traefik version looks like "3.7" (quoted, or 3.10 would be 3.1)' });

/** Whether a Traefik of `version` knows what came with `since`. Both are `3.x`. */
export function knows(version: string, since: string): boolean {
  const minor = (v: string) => Number(v.split(".")[1]);
  return minor(version) >= minor(since);
}

/**
 * Makes a field of Traefik's document known from a version on: for an older target it is a schema that takes no value and
 * says which version does. One field that Traefik does not know makes it reject the whole document.
 */
export function fieldsFor(version: string) {
  return function since<T extends z.ZodType>(first: string, schema: T): T {
    if (knows(version, first)) return schema;
    const error = `needs Traefik ${first}, and traefik.version is ${version}`;
    return z.never({ error }) as unknown as T;
  };
}
