import type { Finding } from "../model/finding.ts";
import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { codesProblem, firstFinding, part, rangeProblem, regexpProblem, turnedOff } from "./findings.ts";

type Judge = (settings: ObjectValue, traefik: string) => Finding | undefined;

/**
 * Why the settings of an HTTP middleware with one type are invalid: Traefik turns it off, and each router that uses it. The contents of
 * files, plugin settings, the expressions of circuitBreaker and buffering, and media types are not checked. (Seen on 3.7.15.)
 */
export function middlewareFinding(value: ObjectValue, traefik: string): Finding | undefined {
  const [type = ""] = Object.keys(value);
  const found = judges[type]?.(part(value, type), traefik);
  return found && { ...found, path: [type, ...found.path] };
}

/** The same for TCP, where several types are allowed: Traefik takes the last one in its own list. (Seen on 3.7.15.) */
export function tcpMiddlewareFinding(value: ObjectValue): Finding | undefined {
  const type = ["ipAllowList", "ipWhiteList"].find((one) => value[one] !== undefined);
  const found = type && rangesFinding(part(value, type));
  return found ? { ...found, path: [type, ...found.path] } : undefined;
}

function rangesFinding({ sourceRange }: ObjectValue): Finding | undefined {
  if (!Array.isArray(sourceRange)) return turnedOff([], "has no sourceRange");
  return firstFinding(sourceRange, ["sourceRange"], rangeProblem);
}

const judges: Readonly<Record<string, Judge>> = {
  addPrefix: ({ prefix }) => (prefix ? undefined : turnedOff([], "has no prefix")),
  basicAuth: ({ users, usersFile }, traefik) => {
    if (!users && !usersFile) return withoutUsers(traefik);
    return firstFinding(users, ["users"], parts(2, "name:hash"));
  },
  buffering: (settings) => {
    const below = Object.keys(settings).find((key) => Number(settings[key]) < 0);
    return below === undefined ? undefined : turnedOff([below], "is below 0");
  },
  circuitBreaker: ({ expression }) => (expression ? undefined : turnedOff([], "has no expression")),
  compress: compressFinding,
  digestAuth: ({ users }) => firstFinding(users, ["users"], parts(3, "name:realm:hash")),
  errors: ({ status, service, statusRewrites }) =>
    firstFinding(status, ["status"], codesProblem) ??
    (service ? undefined : turnedOff([], "has no service")) ??
    keyFinding(statusRewrites, "statusRewrites"),
  forwardAuth: ({ authResponseHeadersRegex, tls }, traefik) => {
    const { cert, key } = (tls ?? {}) as ObjectValue;
    if (!cert !== !key) return turnedOff(["tls"], "has one of cert and key, and both belong together");
    return at("authResponseHeadersRegex", regexpProblem(authResponseHeadersRegex, traefik));
  },
  headers: (settings, traefik) => {
    if (Object.values(settings).every((value) => value === false || value === "")) return turnedOff([], "sets nothing");
    const origins = settings.accessControlAllowOriginListRegex;
    return firstFinding(origins, ["accessControlAllowOriginListRegex"], (one) => regexpProblem(one, traefik));
  },
  inFlightReq: ({ sourceCriterion }) => criterionFinding(sourceCriterion),
  ipAllowList: (settings) => {
    const { rejectStatusCode: code, ipStrategy } = settings;
    const ranges = rangesFinding(settings);
    if (ranges) return ranges;
    if (code !== undefined && !(Number(code) >= 300 && Number(code) <= 599))
      return turnedOff(["rejectStatusCode"], "must be 300 to 599");
    return strategyFinding(ipStrategy, ["ipStrategy"]);
  },
  ipWhiteList: (settings) => rangesFinding(settings) ?? strategyFinding(settings.ipStrategy, ["ipStrategy"]),
  rateLimit: ({ sourceCriterion, period }) =>
    criterionFinding(sourceCriterion) ??
    (String(period ?? "").startsWith("-") ? turnedOff(["period"], "is below 0") : undefined),
  redirectRegex: ({ regex }, traefik) => at("regex", regexpProblem(regex, traefik)),
  redirectScheme: ({ scheme }) => (scheme ? undefined : turnedOff([], "has no scheme")),
  replacePathRegex: ({ regex }, traefik) =>
    at("regex", regexpProblem(typeof regex === "string" ? regex.trim() : regex, traefik)),
  retry: ({ attempts, status, disableRetryOnNetworkError }) => {
    if (disableRetryOnNetworkError && !status)
      return turnedOff([], "has no status, and is off for errors of the network");
    if (!(Number(attempts) > 0)) return turnedOff([], "has no attempts");
    return firstFinding(status, ["status"], codesProblem);
  },
  stripPrefixRegex: ({ regex }, traefik) => firstFinding(regex, ["regex"], (one) => regexpProblem(one, traefik)),
};

/**
 * Traefik accepts it before 3.6.11 (seen on 3.5.3) and turns it off since 3.6.19 and 3.7.3 (seen on 3.7.15). In between it panics, and accepts
 * no more documents until it is restarted (seen on 3.6.15; the versions are from its changelog).
 */
function withoutUsers(traefik: string): Finding {
  const found = turnedOff([], "has neither users nor usersFile");
  if (knows(traefik, "3.7.3") || (knows(traefik, "3.6.19") && !knows(traefik, "3.7"))) return found;
  if (!knows(traefik, "3.6.11")) return { ...found, word: "noted" };
  return {
    ...found,
    message: `${found.message}, and Traefik ${traefik} takes no other document after that`,
    word: "fatal",
  };
}

function compressFinding({ excludedContentTypes, includedContentTypes, encodings, defaultEncoding }: ObjectValue) {
  if (excludedContentTypes && includedContentTypes)
    return turnedOff([], "has both excludedContentTypes and includedContentTypes; write one of them");
  const unknown = firstFinding(encodings, ["encodings"], (one) =>
    supported.has(String(one)) ? undefined : `must be one of ${[...supported].join(", ")}`,
  );
  if (unknown) return unknown;
  // Before 3.2 encodings cannot be chosen, so the field is not checked.
  if (Array.isArray(encodings) && defaultEncoding && !encodings.includes(defaultEncoding))
    return turnedOff(["defaultEncoding"], "is not one of the encodings");
  return undefined;
}

const supported = new Set(["gzip", "br", "zstd"]);

function parts(count: number, example: string): (item: unknown) => string | undefined {
  return (item) => (String(item).split(":").length === count ? undefined : `must be ${example}`);
}

function at(key: string, message: string | undefined): Finding | undefined {
  return message === undefined ? undefined : turnedOff([key], message);
}

function keyFinding(map: unknown, key: string): Finding | undefined {
  const wrong = Object.keys((map ?? {}) as object).find((one) => codesProblem(one) !== undefined);
  return wrong === undefined ? undefined : turnedOff([key, wrong], "is not a status, such as 404 or 500-599");
}

function criterionFinding(value: unknown): Finding | undefined {
  const { ipStrategy, requestHeaderName, requestHost } = (value ?? {}) as ObjectValue;
  const written = [ipStrategy, requestHeaderName, requestHost].filter((one) => one);
  if (written.length > 1)
    return turnedOff(["sourceCriterion"], "takes one of ipStrategy, requestHeaderName and requestHost, not several");
  return strategyFinding(ipStrategy, ["sourceCriterion", "ipStrategy"]);
}

function strategyFinding(value: unknown, path: readonly string[]): Finding | undefined {
  const { depth, excludedIPs, ipv6Subnet } = (value ?? {}) as ObjectValue;
  const isDeep = Number(depth ?? 0) > 0;
  const subnet =
    ipv6Subnet !== undefined && !(Number(ipv6Subnet) > 0 && Number(ipv6Subnet) <= 128)
      ? turnedOff([...path, "ipv6Subnet"], "must be 1 to 128")
      : undefined;
  if (isDeep) return subnet;
  if (Array.isArray(excludedIPs) && excludedIPs.length > 0)
    return firstFinding(excludedIPs, [...path, "excludedIPs"], rangeProblem);
  return subnet;
}
