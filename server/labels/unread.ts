import { didYouMean } from "../../files/did-you-mean.ts";
import { sections } from "./grammar.ts";
import { isSwitch, isTraefik, type Label } from "./labels-of.ts";

/** What to know about labels that break nothing: those that nothing reads, and `$$` from a compose file. No value is repeated. */
export function remarksOn(labels: ReadonlyMap<string, Label>): string[] {
  return [...labels.values()].flatMap(({ name, key, value }) => {
    const lower = name.toLowerCase();
    if (!isTraefik(name)) return [];
    if (!isSwitch(lower) && !sections.some((one) => lower.startsWith(one))) return [`${key}: ${unread(lower)}`];
    return value.includes("$$") ? [`${key}: $$ is compose's way to write $; here write one $`] : [];
  });
}

/** Traefik v1's names, and what v3 has for them. */
const formerly: Readonly<Record<string, string>> = {
  frontend: "traefik.http.routers.NAME.rule and its neighbours",
  backend: "traefik.http.services.NAME.loadbalancer and what is below it",
  port: "traefik.http.services.NAME.loadbalancer.server.port",
  protocol: "traefik.http.services.NAME.loadbalancer.server.scheme",
  weight: "traefik.http.services.NAME.loadbalancer.server.weight",
};

function unread(name: string): string {
  const [, first = "", second = ""] = name.split(".");
  // v1 has segments too: traefik.NAME.port.
  const old = [first, second].find((part) => Object.hasOwn(formerly, part));
  if (old !== undefined) return `is a label of Traefik v1, and nothing reads it; write ${formerly[old]}`;
  const meant = didYouMean(first, ["http", "tcp", "udp", "tls", "enable", "docker", "lxd", "incus"]);
  return `nothing reads it${meant || `; a label begins with ${sections.join(", ")}, or is traefik.enable`}`;
}
