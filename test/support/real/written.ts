import { createHash } from "node:crypto";
import { type Written, writtenOf } from "../../../server/outputs/writer.ts";

function written(document: object): Written {
  const body = Buffer.from(JSON.stringify(document));
  const version = createHash("sha256").update(body).digest("hex");
  return writtenOf({ status: 200, version, body }) as Written;
}

/** So many services, each with a router and so many servers, which are at the addresses in turn. */
export function fleet(names: readonly string[], servers: number, addresses: readonly string[]): Written {
  const urls = Array.from({ length: servers }, (_, i) => ({ url: `http://${addresses[i % addresses.length]}` }));
  const services = Object.fromEntries(names.map((name) => [name, { loadBalancer: { servers: urls } }]));
  const routers = Object.fromEntries(
    names.map((name) => [name, { rule: `Host(\`${name}.localhost\`)`, service: name, entryPoints: ["web"] }]),
  );
  return written({ http: { routers, services } });
}

/** The keys of a simple document: no value of it needs more than its text. */
export function keysOf(prefix: string) {
  return ({ document }: Written) => {
    const keys = new Map<string, string>();
    const add = (path: string, value: unknown) => {
      if (typeof value === "object" && value !== null)
        for (const [name, inner] of Object.entries(value))
          add(`${path}/${Array.isArray(value) ? name.padStart(3, "0") : name}`, inner);
      else keys.set(path, String(value));
    };
    add(prefix, document);
    return { keys, warnings: [] };
  };
}
