import { z } from "zod";
import { type Candidate, type Kind, kindOf, kinds, nameOf, type ObjectId, type ObjectValue } from "../../traefik/objects/objects.ts";
import type { Routes } from "../routes/parse-routes.ts";
import { createObjectReader } from "../../traefik/read-object.ts";

type KeptCandidate = Pick<Candidate, "id" | "origin"> & { readonly value: ObjectValue };

/** By file, the form of each object that is served if the file or the object can't be read after a restart. */
export type KeptRoutes = ReadonlyMap<string, readonly KeptCandidate[]>;

/** What is kept from the route files: each object in the form that is served, else as it was read. */
export function keptRoutes({ files }: Routes, objects: ReadonlyMap<ObjectId, ObjectValue>): KeptRoutes {
  const kept = [...files].map(([file, candidates]) => {
    const values = candidates.flatMap(({ id, origin, value: read }): KeptCandidate[] => {
      const value = objects.get(id) ?? read;
      return value ? [{ id, origin, value }] : [];
    });
    return [file, values] as const;
  });
  return new Map(kept);
}

/** Reads what is on the disk. Objects that a Traefik of that version would refuse are dropped. */
export function keptRoutesSchema(traefik: string) {
  const read = createObjectReader(traefik);
  const id = z.string().transform((text) => text as ObjectId);
  const one = z.strictObject({ id, origin: z.string(), value: z.record(z.string(), z.unknown()) });
  return z.record(z.string(), z.array(one)).transform((files): KeptRoutes => {
    const kept = Object.entries(files).map(([file, all]) => {
      const fit = all.filter(({ id, value }) => isKind(kindOf(id)) && "value" in read(kindOf(id), nameOf(id), value));
      return [file, fit] as const;
    });
    return new Map(kept);
  });
}

/** What was kept from files under that directory. */
export function under(directory: string, files: KeptRoutes): KeptRoutes {
  return new Map([...files].filter(([file]) => file.startsWith(`${directory}/`)));
}

function isKind(kind: string): kind is Kind {
  return kinds.some((one) => one === kind);
}
