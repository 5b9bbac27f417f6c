import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import {
  codesProblem,
  firstProblem,
  type ObjectProblem,
  part,
  problem,
  rangeProblem,
  regexpProblem,
} from "./object-problems.ts";

type Judge = (settings: ObjectValue, traefik: string) => ObjectProblem | undefined;

/**
 * What is wrong with the settings of a middleware of HTTP that has one type: Traefik turns it off, and each router that uses it. What stands in
 * files, what plugins are given, the expressions of circuitBreaker and buffering, and media types are not looked at. (Seen on 3.7.15.)
 */
export function middlewareProblem(value: ObjectValue, traefik: string): ObjectProblem | undefined {
  const [type = ""] = Object.keys(value);
  const found = judges[type]?.(part(value, type), traefik);
  return found && { ...found, path: [type, ...found.path] };
}

/** The same of TCP, where there may be several types: Traefik takes the last one of its own list. (Seen on 3.7.15.) */
export function tcpMiddlewareProblem(value: ObjectValue): ObjectProblem | undefined {
  const type = ["ipAllowList", "ipWhiteList"].find((one) => value[one] !== undefined);
  const found = type && rangesProblem(part(value, type));
  return found ? { ...found, path: [type, ...found.path] } : undefined;
}

function rangesProblem({ sourceRange }: ObjectValue): ObjectProblem | undefined {
  if (!Array.isArray(sourceRange)) return problem([], "has no sourceRange");
  return firstProblem(sourceRange, ["sourceRange"], rangeProblem);
}

const judges: Readonly<Record<string, Judge>> = {
  addPrefix: ({ prefix }) => (prefix ? undefined : problem([], "has no prefix")),
  basicAuth: ({ users, usersFile }, traefik) => {
    if (!users && !usersFile) return withoutUsers(traefik);
    return firstProblem(users, ["users"], parts(2, "name:hash"));
  },
  buffering: (settings) => {
    const below = Object.keys(settings).find((key) => Number(settings[key]) < 0);
    return below === undefined ? undefined : problem([below], "is below 0");
  },
  circuitBreaker: ({ expression }) => (expression ? undefined : problem([], "has no expression")),
  compress: compressProblem,
  digestAuth: ({ users }) => firstProblem(users, ["users"], parts(3, "name:realm:hash")),
  errors: ({ status, service, statusRewrites }) =>
    firstProblem(status, ["status"], codesProblem) ??
    (service ? undefined : problem([], "has no service")) ??
    keyProblem(statusRewrites, "statusRewrites"),
  forwardAuth: ({ authResponseHeadersRegex, tls }, traefik) => {
    const { cert, key } = (tls ?? {}) as ObjectValue;
    if (!cert !== !key) return problem(["tls"], "has one of cert and key, and both belong together");
    return at("authResponseHeadersRegex", regexpProblem(authResponseHeadersRegex, traefik));
  },
  headers: (settings, traefik) => {
    if (Object.values(settings).every((value) => value === false || value === "")) return problem([], "sets nothing");
    const origins = settings.accessControlAllowOriginListRegex;
    return firstProblem(origins, ["accessControlAllowOriginListRegex"], (one) => regexpProblem(one, traefik));
  },
  inFlightReq: ({ sourceCriterion }) => criterionProblem(sourceCriterion),
  ipAllowList: (settings) => {
    const { rejectStatusCode: code, ipStrategy } = settings;
    const ranges = rangesProblem(settings);
    if (ranges) return ranges;
    if (code !== undefined && !(Number(code) >= 300 && Number(code) <= 599))
      return problem(["rejectStatusCode"], "must be 300 to 599");
    return strategyProblem(ipStrategy, ["ipStrategy"]);
  },
  ipWhiteList: (settings) => rangesProblem(settings) ?? strategyProblem(settings.ipStrategy, ["ipStrategy"]),
  rateLimit: ({ sourceCriterion, period }) =>
    criterionProblem(sourceCriterion) ??
    (String(period ?? "").startsWith("-") ? problem(["period"], "is below 0") : undefined),
  redirectRegex: ({ regex }, traefik) => at("regex", regexpProblem(regex, traefik)),
  redirectScheme: ({ scheme }) => (scheme ? undefined : problem([], "has no scheme")),
  replacePathRegex: ({ regex }, traefik) =>
    at("regex", regexpProblem(typeof regex === "string" ? regex.trim() : regex, traefik)),
  retry: ({ attempts, status, disableRetryOnNetworkError }) => {
    if (disableRetryOnNetworkError && !status)
      return problem([], "has no status, and is off for errors of the network");
    if (!(Number(attempts) > 0)) return problem([], "has no attempts");
    return firstProblem(status, ["status"], codesProblem);
  },
  stripPrefixRegex: ({ regex }, traefik) => firstProblem(regex, ["regex"], (one) => regexpProblem(one, traefik)),
};

/**
 * Traefik takes it before 3.6.11 (seen on 3.5.3) and turns it off since 3.6.19 and 3.7.3 (seen on 3.7.15). Between them it panics, and takes no
 * document any more until it is started again (seen on 3.6.15; the versions are those of its changelog).
 */
function withoutUsers(traefik: string): ObjectProblem {
  const found = problem([], "has neither users nor usersFile");
  if (knows(traefik, "3.7.3") || (knows(traefik, "3.6.19") && !knows(traefik, "3.7"))) return found;
  if (!knows(traefik, "3.6.11")) return { ...found, isTaken: true };
  return {
    ...found,
    message: `${found.message}, and Traefik ${traefik} takes no other document after that`,
    isFatal: true,
  };
}

function compressProblem({ excludedContentTypes, includedContentTypes, encodings, defaultEncoding }: ObjectValue) {
  if (excludedContentTypes && includedContentTypes)
    return problem([], "has both excludedContentTypes and includedContentTypes; write one of them");
  const unknown = firstProblem(encodings, ["encodings"], (one) =>
    supported.has(String(one)) ? undefined : `must be one of ${[...supported].join(", ")}`,
  );
  if (unknown) return unknown;
  // Before 3.2 there are no encodings to choose from, and it is not looked at.
  if (Array.isArray(encodings) && defaultEncoding && !encodings.includes(defaultEncoding))
    return problem(["defaultEncoding"], "is none of the encodings");
  return undefined;
}

const supported = new Set(["gzip", "br", "zstd"]);

function parts(count: number, example: string): (item: unknown) => string | undefined {
  return (item) => (String(item).split(":").length === count ? undefined : `must be ${example}`);
}

function at(key: string, message: string | undefined): ObjectProblem | undefined {
  return message === undefined ? undefined : problem([key], message);
}

function keyProblem(map: unknown, key: string): ObjectProblem | undefined {
  const wrong = Object.keys((map ?? {}) as object).find((one) => codesProblem(one) !== undefined);
  return wrong === undefined ? undefined : problem([key, wrong], "is no status, such as 404 or 500-599");
}

function criterionProblem(value: unknown): ObjectProblem | undefined {
  const { ipStrategy, requestHeaderName, requestHost } = (value ?? {}) as ObjectValue;
  const written = [ipStrategy, requestHeaderName, requestHost].filter((one) => one);
  if (written.length > 1)
    return problem(["sourceCriterion"], "takes one of ipStrategy, requestHeaderName and requestHost, not several");
  return strategyProblem(ipStrategy, ["sourceCriterion", "ipStrategy"]);
}

function strategyProblem(value: unknown, path: readonly string[]): ObjectProblem | undefined {
  const { depth, excludedIPs, ipv6Subnet } = (value ?? {}) as ObjectValue;
  const isDeep = Number(depth ?? 0) > 0;
  const subnet =
    ipv6Subnet !== undefined && !(Number(ipv6Subnet) > 0 && Number(ipv6Subnet) <= 128)
      ? problem([...path, "ipv6Subnet"], "must be 1 to 128")
      : undefined;
  if (isDeep) return subnet;
  if (Array.isArray(excludedIPs) && excludedIPs.length > 0)
    return firstProblem(excludedIPs, [...path, "excludedIPs"], rangeProblem);
  return subnet;
}
