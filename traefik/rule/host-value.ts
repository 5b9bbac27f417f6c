import { knows } from "../model/version.ts";

/** What Traefik refuses in `Host`: anything but ASCII. A name with spaces or slashes is accepted, and matches nothing. */
export function hostProblem(value: string): string | undefined {
  return isAscii(value) ? undefined : "a host is ASCII only; write the name in punycode, with xn--";
}

/**
 * What Traefik refuses in `HostSNI`: anything but a host name or an address. From 3.7 on a name may begin with `*.`; 3.0
 * accepts no underscore. (Seen on 3.0.4, 3.5.3, 3.6.15 and 3.7.15.)
 */
export function serverNameProblem(value: string, traefik: string): string | undefined {
  if (value === "*") return undefined;
  if (!isAscii(value)) return hostProblem(value);
  const wildcard = value.startsWith("*.");
  if (wildcard && !knows(traefik, "3.7"))
    return `*.example.com in HostSNI needs Traefik 3.7, and this is for ${traefik}`;
  const host = wildcard ? value.slice(2) : value;
  const allowed = knows(traefik, "3.1") ? /^[0-9A-Za-z_.:-]+$/ : /^[0-9A-Za-z.:-]+$/;
  return allowed.test(host) ? undefined : "is not a host name, and not *";
}

/** Whether text is ASCII only. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
