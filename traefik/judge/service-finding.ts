import type { Finding } from "../model/finding.ts";
import { strategiesOf } from "../model/http-load-balancer.ts";
import { serverUrlProblem } from "../model/server-url.ts";
import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { codesProblem, firstFinding, part, turnedOff } from "./findings.ts";

/** Why an HTTP service with one type is invalid: Traefik turns it off, and each router that leads to it. (Seen on 3.7.15.) */
export function serviceFinding(value: ObjectValue, traefik: string): Finding | undefined {
  return (
    loadBalancerFinding(part(value, "loadBalancer"), traefik) ??
    namelessFinding(value) ??
    mirroringFinding(value) ??
    firstFinding(part(part(value, "failover"), "errors").status, ["failover", "errors", "status"], codesProblem) ??
    takenWeightFinding(value)
  );
}

/** The same for TCP and UDP. Before 3.7.15 a weight below 0 keeps a CPU busy forever. (Seen on 3.6.15 and 3.7.9.) */
export function streamServiceFinding(value: ObjectValue, traefik: string): Finding | undefined {
  const balancer = part(value, "loadBalancer");
  // If there is a transport, its value counts.
  const found = balancer.serversTransport || !hasStreamServer(balancer) ? undefined : proxyProtocolFinding(balancer);
  if (found) return { ...found, path: ["loadBalancer", ...found.path] };
  const nameless = namelessFinding(value);
  const weight = nameless ? undefined : negativeWeight(value, "weighted", "services");
  if (!weight || knows(traefik, "3.7.15")) return nameless ?? weight;
  return {
    ...weight,
    message: `${weight.message}, and Traefik before 3.7.15 never stops counting then`,
    word: "fatal",
  };
}

/** For a TCP load balancer or transport. */
export function proxyProtocolFinding(value: ObjectValue): Finding | undefined {
  const { version } = part(value, "proxyProtocol");
  if (version === undefined || version === 1 || version === 2) return undefined;
  return turnedOff(["proxyProtocol", "version"], "must be 1 or 2");
}

/** Whether a TCP or UDP load balancer has a server whose address Traefik can parse: other servers do nothing. */
export function hasStreamServer({ servers }: ObjectValue): boolean {
  const split = ({ address }: ObjectValue) => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(String(address ?? ""));
  return Array.isArray(servers) && servers.some((server) => split(server as ObjectValue));
}

function loadBalancerFinding({ strategy, servers }: ObjectValue, traefik: string): Finding | undefined {
  const known = strategiesOf(traefik);
  if (typeof strategy === "string" && strategy !== "" && !known.includes(strategy))
    return turnedOff(
      ["loadBalancer", "strategy"],
      `is not a strategy of Traefik ${traefik}, which has ${known.join(", ")}`,
    );
  for (const [index, server] of (Array.isArray(servers) ? servers : []).entries()) {
    const { url } = server as ObjectValue;
    const message = typeof url === "string" ? serverUrlProblem(url, traefik) : undefined;
    if (message !== undefined) return turnedOff(["loadBalancer", "servers", index, "url"], message);
  }
  return undefined;
}

/** A parent must name each of its children. */
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

/** Traefik treats a weight below 0 as 0 for HTTP servers and services. */
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
