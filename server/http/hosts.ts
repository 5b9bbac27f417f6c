import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Whether a host, without its port and brackets, is a loopback name or address. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === "localhost" || host.endsWith(".localhost");
  return loopback.check(host, family === 6 ? "ipv6" : "ipv4");
}

/**
 * Tells whether a request's Host is one that this listener answers to: the address it listens on, a loopback name, or one of
 * `hosts`. A web page whose own name resolves to this machine (DNS rebinding) gets 421.
 */
export function hostCheck(listenHost: string, hosts: readonly string[]): (header: string | undefined) => boolean {
  const known = new Set([listenHost, ...hosts].map((host) => host.toLowerCase()));
  return (header) => {
    if (header === undefined) return false;
    const host = hostOf(header.toLowerCase());
    return known.has(host) || isLoopback(host);
  };
}

function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(header);
  return bracketed?.[1] ?? header.replace(/:\d+$/, "");
}
