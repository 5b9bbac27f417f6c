import { limits } from "../../../server/labels/limits.ts";

type Keys = Record<string, string>;

const enabled: Keys = { "user.traefik.enable": "true" };
const router = (name: string, field: string) => `user.traefik.http.routers.${name}.${field}`;
const service = (name: string, field: string) => `user.traefik.http.services.${name}.${field}`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** As many texts, joined, as fit into so many characters. */
function filled(length: number, separator: string, text: (index: number) => string): string {
  const parts: string[] = [];
  for (let left = length, index = 0; ; index++) {
    const part = text(index);
    left -= part.length + (index > 0 ? separator.length : 0);
    if (left < 0) return parts.join(separator);
    parts.push(part);
  }
}

/** As many routers as have room for rules of that length with so many hosts. */
function routersWith(name: string, hosts: number, rule: (length: number, index: number) => string): Keys {
  const room = Math.floor((limits.characters - 2000) / (limits.rule + 150));
  const keys = numbers(Math.min(room, Math.floor(limits.hosts / hosts))).flatMap((index) => [
    [router(`${name}-${index}`, "rule"), rule(limits.rule, index)],
    [router(`${name}-${index}`, "service"), name],
  ]);
  return { ...enabled, ...Object.fromEntries(keys), [service(name, "loadbalancer.server.port")]: "80" };
}

/**
 * The worst that one instance may declare, by what is worst about it: each within all limits, and close to one or more. `name` tells
 * instances apart, so that their objects add up.
 */
export const worstLabels: Readonly<Record<string, (name: string) => Keys>> = {
  "a chain of services whose end is missing": (name) => ({
    ...enabled,
    ...Object.fromEntries(
      numbers(limits.objects - 1).map((index) => [
        service(`${name}-${index}`, "weighted.services[0].name"),
        `${name}-${index + 1}`,
      ]),
    ),
    [router(name, "rule")]: `Host(\`${name}.example.com\`)`,
    [router(name, "service")]: `${name}-0`,
  }),
  "rules of && between hosts": (name) =>
    routersWith(name, 75, (length, router) => {
      const side = filled(length / 2 - 10, " || ", (index) => `Host(\`${router}-${index}-${name}.example.com\`)`);
      return `(${side}) && (${side})`;
    }),
  "rules of nested parentheses": (name) =>
    routersWith(name, 100, (length, index) => {
      const depth = Math.floor(length / 41);
      const open = numbers(depth).map((one) => `Host(\`${index}-${one}-${name}.example.com\`)||(`);
      return `${open.join("")}Host(\`${name}.example.com\`)${")".repeat(depth)}`;
    }),
  "rules of regular expressions": (name) =>
    routersWith(
      name,
      1,
      (length, index) =>
        `Host(\`${name}-${index}.example.com\`) && (${filled(length - 60, "||", () => "PathRegexp(`(a{31}){31}`)")})`,
    ),
  "many routers, each with middlewares and TLS": (name) => ({
    ...enabled,
    ...Object.fromEntries(
      numbers(limits.objects - 2).flatMap((index) => [
        [router(`${name}-${index}`, "rule"), `Host(\`${name}.example.com\`) && Path(\`/${"x".repeat(250)}${index}\`)`],
        [router(`${name}-${index}`, "service"), name],
        [
          router(`${name}-${index}`, "middlewares"),
          numbers(9)
            .map(() => `${name}-m`)
            .join(","),
        ],
        [router(`${name}-${index}`, "tls"), "true"],
      ]),
    ),
    [`user.traefik.http.middlewares.${name}-m.stripprefix.prefixes`]: "/a",
    [service(name, "loadbalancer.server.port")]: "80",
  }),
  "services that need each other's health": (name) => {
    const mirrors = numbers(60).flatMap((index) => [
      [service(`${name}-${index}`, "mirroring.service"), `${name}-${index + 1}`],
      [service(`${name}-${index}`, "mirroring.healthcheck"), "true"],
    ]);
    const parents = numbers(20).flatMap((index) => [
      [service(`${name}-p${index}`, "weighted.healthcheck"), "true"],
      ...numbers(15).map((at) => [service(`${name}-p${index}`, `weighted.services[${at}].name`), `${name}-${at}`]),
    ]);
    return {
      ...enabled,
      ...Object.fromEntries([...mirrors, ...parents]),
      [service(`${name}-60`, "loadbalancer.server.port")]: "80",
    };
  },
  "as many keys as may be": (name) => ({
    ...enabled,
    [router(name, "rule")]: `Host(\`${name}.example.com\`)`,
    [service(name, "loadbalancer.server.port")]: "80",
    ...Object.fromEntries(
      numbers(limits.keys - 3).map((index) => [
        `user.traefik.http.middlewares.${name}.headers.customrequestheaders.X-${index}`,
        "x".repeat(50),
      ]),
    ),
  }),
  "as long a list as may be": (name) => ({
    ...enabled,
    [router(name, "rule")]: `Host(\`${name}.example.com\`)`,
    [router(name, "entrypoints")]: filled(30_000, ",", () => "web"),
    [service(name, "loadbalancer.server.port")]: "80",
    [`user.traefik.http.middlewares.${name}.ipallowlist.sourcerange`]: filled(
      30_000,
      ",",
      (index) => `10.0.${index >> 8}.${index & 255}`,
    ),
  }),
};
