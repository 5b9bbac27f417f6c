import { z } from "zod";
import {
  type Candidate,
  type Kind,
  kindOf,
  kinds,
  nameOf,
  type ObjectId,
  type ObjectValue,
} from "../../traefik/objects/objects.ts";
import { createObjectReader } from "../../traefik/read-object.ts";
import type { Routes } from "../routes/parse-routes.ts";

type KeptCandidate = Pick<Candidate, "id" | "origin"> & { readonly value: ObjectValue };

/** By file, the form of each object that is served if the file or the object can't be read after a restart. */
export type KeptRoutes = ReadonlyMap<string, readonly KeptCandidate[]>;

interface Served {
  readonly objects: ReadonlyMap<ObjectId, ObjectValue>;
  readonly byLabels: ReadonlySet<ObjectId>;
}

/** What is kept from the route files: each object in the form that is served, else as it was read. */
export function keptRoutes({ files }: Routes, { objects, byLabels }: Served): KeptRoutes {
  const kept = [...files].map(([file, candidates]) => {
    const values = candidates.flatMap(({ id, origin, value: read }): KeptCandidate[] => {
      const value = (byLabels.has(id) ? undefined : objects.get(id)) ?? read;
      return value ? [{ id, origin, value }] : [];
    });
    return [file, values] as const;
  });
  return new Map(kept);
}

const keptCandidate = z.object({ id: z.string(), origin: z.string(), value: z.record(z.string(), z.unknown()) });

/** Reads one object of what is kept. One that a Traefik of that version would refuse is not read. */
export function keptRouteReader(traefik: string): (written: unknown) => KeptCandidate | undefined {
  const read = createObjectReader(traefik);
  return (written) => {
    const one = keptCandidate.safeParse(written).data;
    if (!one) return undefined;
    const id = one.id as ObjectId;
    return isKind(kindOf(id)) && "value" in read(kindOf(id), nameOf(id), one.value) ? { ...one, id } : undefined;
  };
}

/** What was kept from files under that directory. */
export function under(directory: string, files: KeptRoutes): KeptRoutes {
  return new Map([...files].filter(([file]) => file.startsWith(`${directory}/`)));
}

function isKind(kind: string): kind is Kind {
  return kinds.some((one) => one === kind);
}
