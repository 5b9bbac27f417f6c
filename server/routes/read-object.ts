import { wording } from "../../shared/files/issue-wording.ts";
import { documentSchema } from "../../shared/traefik/model/document.ts";
import type { Kind, ObjectValue } from "./objects.ts";
import type { ObjectReader } from "./parse-routes.ts";

/** Reads objects for a Traefik of that version. */
export function createObjectReader(version: string): ObjectReader {
  const schema = documentSchema(version);
  return (kind, name, written) => {
    const [section = "", part = ""] = kind.split(".");
    const key = kind === "tls.certificates" ? 0 : name;
    const result = schema.safeParse({ [section]: { [part]: around(kind, name, written) } }, { error: wording });
    if (!result.success) {
      const [issue] = result.error.issues;
      return { path: (issue?.path ?? []).slice(3) as (string | number)[], message: issue?.message ?? "cannot be read" };
    }
    const parts = result.data as Readonly<
      Record<string, Readonly<Record<string, Record<string | number, ObjectValue>>>>
    >;
    return { value: parts[section]?.[part]?.[key] ?? {} };
  };
}

function around(kind: Kind, name: string, written: unknown): unknown {
  return kind === "tls.certificates" ? [written] : { [name]: written };
}
