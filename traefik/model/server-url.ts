import { isIPv6 } from "node:net";
import { knows } from "./version.ts";

/**
 * Why a Traefik of that version can't read the URL of a server, by Go's url.Parse; undefined where it can. One such server turns its whole
 * service off. It holds nothing of the URL, which may hold a password. (Seen on 3.7.15, 3.6.15, 3.5.3 and 3.0.4; much that leads nowhere is taken.)
 */
export function serverUrlProblem(url: string, traefik: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  if (/[\u0000-\u001f\u007f]/.test(url)) return "holds a control character";
  const [, before = "", fragment = ""] = /^([^#]*)#?(.*)$/s.exec(url) ?? [];
  const { scheme, rest: afterScheme } = schemeOf(before);
  if (scheme === undefined) return noScheme;
  const rest = afterScheme.replace(/\?.*$/s, "");
  if (!rest.startsWith("/")) {
    // Without a slash all that follows the scheme is one opaque text.
    if (scheme !== "") return badEscape(fragment);
    if (rest.split("/", 1)[0]?.includes(":")) return noScheme;
  }
  const isAuthority = rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"));
  const slash = isAuthority ? rest.indexOf("/", 2) : 0;
  const authority = isAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : "";
  const path = slash < 0 ? "" : rest.slice(slash);
  return authorityProblem(authority, traefik) ?? badEscape(path) ?? badEscape(fragment);
}

const noScheme = "has no scheme; write it as http://10.0.0.1:80";

/** The scheme in front, empty where there is none; undefined where a colon comes first. */
function schemeOf(url: string): { readonly scheme: string | undefined; readonly rest: string } {
  if (url.startsWith(":")) return { scheme: undefined, rest: url };
  const [whole = "", scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url) ?? [];
  return { scheme, rest: url.slice(whole.length) };
}

function authorityProblem(authority: string, traefik: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(user))
    return "holds a character before the @ that has to be written as %XX";
  return badEscape(user) ?? hostProblem(authority.slice(at + 1), traefik);
}

function hostProblem(host: string, traefik: string): string | undefined {
  const strictBrackets = knows(traefik, "3.6.15");
  if (host.startsWith("[")) {
    const end = host.lastIndexOf("]");
    if (end < 0) return "has an IPv6 address whose ] is missing";
    if (!isPort(host.slice(end + 1))) return badPort;
    const [address = "", zone = ""] = host.slice(1, end).split(/%25(.*)/s);
    if (strictBrackets && !isIPv6(address)) return "has brackets around what is no IPv6 address";
    return badHostEscape(address) ?? badEscape(zone) ?? badHostCharacter(address);
  }
  if (host.includes("[") && strictBrackets) return "has a [ that does not begin its host";
  // From 3.7 on no colon stands in a host but in brackets.
  const colon = knows(traefik, "3.7") ? host.indexOf(":") : host.lastIndexOf(":");
  if (colon >= 0 && !isPort(host.slice(colon))) return badPort;
  return badHostEscape(host) ?? badHostCharacter(host);
}

const badPort = "has no number as its port; an IPv6 address stands in brackets, as in http://[fd00::1]:80";

function isPort(text: string): boolean {
  return /^(:[0-9]*)?$/.test(text);
}

function badHostCharacter(host: string): string | undefined {
  return /[\0- \\^`{|}/?@#]/.test(host) ? "has a character in its host that no host has" : undefined;
}

/** In a host only what is not ASCII may be escaped, and the percent sign itself. */
function badHostEscape(host: string): string | undefined {
  return /%(?!25|[89A-Fa-f][0-9A-Fa-f])/.test(host) ? "has a % in its host" : undefined;
}

function badEscape(text: string): string | undefined {
  return /%(?![0-9A-Fa-f]{2})/.test(text)
    ? "has a % that two hexadecimal digits do not follow; write %25 for it"
    : undefined;
}
