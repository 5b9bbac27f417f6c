import { isIPv6 } from "node:net";
import { folded } from "../../traefik/model/shape.ts";
import type { Kind, ObjectValue } from "../../traefik/objects/objects.ts";
import type { Written, WrittenMap } from "./grammar.ts";

/** Where an instance listens for a service of its own. The address comes from the listing. */
export interface Endpoint {
  readonly section: "http" | "tcp" | "udp";
  readonly scheme: string;
  readonly port: number;
}

/** A placeholder for the instance's own server, which gets its address later. */
const placeholder = "address.invalid";

/**
 * Takes `loadbalancer.server` out of a service as labels write it: the port and the scheme of the instance's own server, with a default port for
 * HTTP. Traefik's other server fields stay, as a list of one server. A service of another type stays as it is.
 */
export function takeEndpoint(
  kind: Kind,
  written: Written,
  defaultPort: number | undefined,
): { readonly rest: Written; readonly endpoint?: Endpoint; readonly problem?: string } {
  const section = kind.slice(0, kind.indexOf(".")) as Endpoint["section"];
  if (!kind.endsWith(".services") || !isMap(written)) return { rest: written };
  const name = Object.keys(written).find((key) => folded(key) === "loadbalancer");
  if (name === undefined) return { rest: written };
  const balancer = written[name] ?? "";
  if (!isMap(balancer)) return { rest: written };
  const fields = new Map(Object.entries(balancer).map(([key, value]) => [folded(key), value] as const));
  if (fields.has("servers")) return wrong(written, "servers: the server is the instance itself; write server.port");
  const server = fields.get("server") ?? {};
  if (!isMap(server)) return wrong(written, "server: write server.port");
  const {
    port: said,
    scheme,
    url,
    ...others
  } = Object.fromEntries(Object.entries(server).map(([key, value]) => [folded(key), value]));
  const known = section === "http" && defaultPort !== undefined ? String(defaultPort) : undefined;
  const port = said ?? known;
  const rest = (where: object) => {
    const without = Object.entries(balancer).filter(([key]) => folded(key) !== "server");
    return {
      ...written,
      [name]: Object.fromEntries([...without, ["servers", [{ ...others, ...where }]]]) as WrittenMap,
    };
  };
  if (url !== undefined && section === "http") {
    if (said !== undefined || scheme !== undefined)
      return wrong(written, "server.url: can't be combined with a port or a scheme");
    return { rest: rest({ url }) };
  }
  if (port === undefined) return wrong(written, "server.port is missing: it says where the instance listens");
  if (typeof port !== "string" || !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    return wrong(written, "server.port: is a number from 1 to 65535");
  const schemes = section === "http" ? ["http", "https", "h2c"] : [];
  if (scheme !== undefined && !schemes.includes(String(scheme)))
    return wrong(
      written,
      section === "http" ? "server.scheme: is http, https or h2c" : "server.scheme: only HTTP has one",
    );
  const endpoint: Endpoint = { section, scheme: String(scheme ?? "http"), port: Number(port) };
  return { rest: rest(whereOf(endpoint, placeholder)), endpoint };
}

/** The server of one instance in a service: at its own address, or at the URL that it names. */
export function serversOf(declaration: {
  readonly value: ObjectValue;
  readonly endpoint?: Endpoint;
  readonly address: string | undefined;
}): object[] {
  const { value, endpoint, address } = declaration;
  const server = serverOf(value);
  if (!server || (endpoint && address === undefined)) return [];
  return [endpoint && address !== undefined ? { ...server, ...whereOf(endpoint, address) } : server];
}

/** A service with these servers, each of them once. */
export function withServers(value: ObjectValue, servers: readonly object[]): ObjectValue {
  const unlike = new Map(
    servers.map((server) => [("url" in server && server.url) || ("address" in server && server.address), server]),
  );
  return { ...value, loadBalancer: { ...(value.loadBalancer as object), servers: [...unlike.values()] } };
}

/** What instances must agree on to be one service. */
export function withoutServer(value: ObjectValue): ObjectValue {
  if (serverOf(value) === undefined) return value;
  const { servers: _, ...balancer } = value.loadBalancer as ObjectValue;
  return { ...value, loadBalancer: balancer };
}

function serverOf(value: ObjectValue): object | undefined {
  return ((value.loadBalancer ?? {}) as { servers?: object[] }).servers?.[0];
}

function whereOf({ section, scheme, port }: Endpoint, address: string): object {
  const at = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  return section === "http" ? { url: `${scheme}://${at}` } : { address: at };
}

function wrong(rest: Written, message: string) {
  return { rest, problem: `loadBalancer.${message}` };
}

function isMap(written: Written): written is WrittenMap {
  return typeof written === "object" && !Array.isArray(written);
}
