import type { Finding } from "../model/finding.ts";
import { strategiesOf } from "../model/http-load-balancer.ts";
import { serverUrlProblem } from "../model/server-url.ts";
import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { codesProblem, firstFinding, part, turnedOff } from "./findings.ts";

/** What is wrong with a service of HTTP that has one type: Traefik turns it off, and each router that leads to it. (Seen on 3.7.15.) */
export function serviceFinding(value: ObjectValue, traefik: string): Finding | undefined {
  return (
    loadBalancerFinding(part(value, "loadBalancer"), traefik) ??
    namelessFinding(value) ??
    mirroringFinding(value) ??
    firstFinding(part(part(value, "failover"), "errors").status, ["failover", "errors", "status"], codesProblem) ??
    takenWeightFinding(value)
  );
}

/** The same of TCP and UDP. Before 3.7.15 a weight below 0 keeps a processor busy for ever. (Seen on 3.6.15 and 3.7.9.) */
export function streamServiceFinding(value: ObjectValue, traefik: string): Finding | undefined {
  const balancer = part(value, "loadBalancer");
  // With a transport it is the transport's that counts.
  const found = balancer.serversTransport || !hasStreamServer(balancer) ? undefined : proxyProtocolFinding(balancer);
  if (found) return { ...found, path: ["loadBalancer", ...found.path] };
  const nameless = namelessFinding(value);
  const weight = nameless ? undefined : negativeWeight(value, "weighted", "services");
  if (!weight || knows(traefik, "3.7.15")) return nameless ?? weight;
  return { ...weight, message: `${weight.message}, and Traefik before 3.7.15 counts for ever then`, word: "fatal" };
}

/** Of a load balancer or a transport of TCP. */
export function proxyProtocolFinding(value: ObjectValue): Finding | undefined {
  const { version } = part(value, "proxyProtocol");
  if (version === undefined || version === 1 || version === 2) return undefined;
  return turnedOff(["proxyProtocol", "version"], "must be 1 or 2");
}

/** Whether a load balancer of TCP or UDP has a server whose address Traefik can take apart: the others do nothing. */
export function hasStreamServer({ servers }: ObjectValue): boolean {
  const split = ({ address }: ObjectValue) => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(String(address ?? ""));
  return Array.isArray(servers) && servers.some((server) => split(server as ObjectValue));
}

function loadBalancerFinding({ strategy, servers }: ObjectValue, traefik: string): Finding | undefined {
  const known = strategiesOf(traefik);
  if (typeof strategy === "string" && strategy !== "" && !known.includes(strategy))
    return turnedOff(
      ["loadBalancer", "strategy"],
      `is no strategy of Traefik ${traefik}, which has ${known.join(", ")}`,
    );
  for (const [index, server] of (Array.isArray(servers) ? servers : []).entries()) {
    const { url } = server as ObjectValue;
    const message = typeof url === "string" ? serverUrlProblem(url, traefik) : undefined;
    if (message !== undefined) return turnedOff(["loadBalancer", "servers", index, "url"], message);
  }
  return undefined;
}

/** A parent names its children, each of them. */
function namelessFinding(value: ObjectValue): Finding | undefined {
  for (const [type, key] of [
    ["mirroring", "service"],
    ["failover", "service"],
    ["failover", "fallback"],
  ] as const)
    if (value[type] !== undefined && !part(value, type)[key]) return turnedOff([type], `has no ${key}`);
  for (const [type, key] of [
    ["weighted", "services"],
    ["highestRandomWeight", "services"],
    ["mirroring", "mirrors"],
  ] as const) {
    const nameless = (item: unknown) => ((item as ObjectValue).name ? undefined : "has no name");
    const found = firstFinding(part(value, type)[key], [type, key], nameless);
    if (found) return found;
  }
  return undefined;
}

function mirroringFinding(value: ObjectValue): Finding | undefined {
  const found = firstFinding(part(value, "mirroring").mirrors, ["mirroring", "mirrors"], (mirror) => {
    const percent = Number((mirror as ObjectValue).percent ?? 0);
    return percent >= 0 && percent <= 100 ? undefined : "must be 0 to 100";
  });
  return found && { ...found, path: [...found.path, "percent"] };
}

/** Traefik takes a weight below 0 for 0 among servers and services of HTTP. */
function takenWeightFinding(value: ObjectValue): Finding | undefined {
  const found =
    negativeWeight(value, "weighted", "services") ??
    negativeWeight(value, "highestRandomWeight", "services") ??
    negativeWeight(value, "loadBalancer", "servers");
  return found && { ...found, word: "noted" };
}

function negativeWeight(value: ObjectValue, type: string, key: string): Finding | undefined {
  const found = firstFinding(part(value, type)[key], [type, key], (item) =>
    Number((item as ObjectValue).weight ?? 0) < 0 ? "is below 0" : undefined,
  );
  return found && { ...found, path: [...found.path, "weight"] };
}
