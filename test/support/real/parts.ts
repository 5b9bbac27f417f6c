import { askServer } from "../../../server/platform/ask-server.ts";
import { createClient } from "../../../server/platform/client.ts";
import { type PlatformName, platforms } from "../../../shared/platforms.ts";
import { findTraefik } from "../traefik/traefik.ts";

/** What the tests on real parts need: a lab's LXD and Incus, named by ROLLCALL_TEST_LXD and ROLLCALL_TEST_INCUS, and a Traefik that lab/traefik.sh finds. */
export type Part =
  | PlatformName
  | "traefik"
  | "terraform"
  | "openssl"
  | "go"
  | "etcd"
  | "redis"
  | "promtool"
  | "haproxy"
  | "keepalived"
  | "pdns_server";

/**
 * Gives back the reason why a part is missing, so that its tests can be skipped with it. Where ROLLCALL_REQUIRE lists the part
 * (`lxd,traefik`) it throws instead: a run that has to show something doesn't pass by skipping it.
 */
export function requirePart(part: Part, reason: string | undefined): string | undefined {
  const required = (process.env.ROLLCALL_REQUIRE ?? "").split(",").map((name) => name.trim());
  if (reason !== undefined && required.includes(part)) throw new Error(`ROLLCALL_REQUIRE asks for ${part}: ${reason}`);
  return reason;
}

/** A title that says why its tests are skipped, if they are. */
export function titled(title: string, missing: string | undefined): string {
  return missing === undefined ? title : `${title} (skipped: ${missing})`;
}

export interface RealDaemon {
  readonly platform: PlatformName;
  /** Its platform as people write it. */
  readonly title: string;
  readonly socket: string;
  readonly missing: string | undefined;
}

/** The lab's LXD. */
export function realLxd(): Promise<RealDaemon> {
  return realDaemon("lxd");
}

/** The lab's daemon of a platform. */
export async function realDaemon(platform: PlatformName): Promise<RealDaemon> {
  const variable = `ROLLCALL_TEST_${platform.toUpperCase()}`;
  const socket = process.env[variable] ?? "";
  const problem = socket === "" ? `${variable} names no socket; lab/${platform}.sh up starts one` : undefined;
  const { title } = platforms[platform];
  return {
    platform,
    title,
    socket,
    missing: requirePart(platform, problem ?? (await daemonProblem(platform, socket))),
  };
}

async function daemonProblem(platform: PlatformName, socket: string): Promise<string | undefined> {
  const { title } = platforms[platform];
  const client = createClient({ socket });
  try {
    const { environment } = await askServer(client);
    return environment.server === platform ? undefined : `${socket} is not that of ${title}`;
  } catch (error) {
    return `no ${title} at ${socket}: ${(error as Error).message}`;
  } finally {
    client.close();
  }
}

export interface RealTraefik {
  readonly binary: string;
  readonly missing: string | undefined;
}

/** A Traefik binary, of a version if one is given. */
export async function realTraefik(version?: string): Promise<RealTraefik> {
  const found = await findTraefik(version);
  if ("binary" in found) return { ...found, missing: undefined };
  return { binary: "", missing: requirePart("traefik", found.reason) };
}

/**
 * The platforms that what is asked of either daemon is asked of: those that ROLLCALL_TEST_PLATFORMS lists, else both. A process for
 * each may run beside the other, since the daemons and their networks have nothing in common.
 */
export const testedPlatforms = (process.env.ROLLCALL_TEST_PLATFORMS ?? "lxd,incus").split(",") as PlatformName[];
export const realDaemonOfEach = () => Promise.all(testedPlatforms.map(realDaemon));
/** Each with a Traefik. */
export const realPartsOfEach = () => Promise.all(testedPlatforms.map(realParts));

/** Both; Traefik is looked for only where there is a daemon. */
export async function realParts(platform: PlatformName = "lxd"): Promise<RealDaemon & RealTraefik> {
  const daemon = await realDaemon(platform);
  if (daemon.missing !== undefined) return { ...daemon, binary: "" };
  return { ...daemon, ...(await realTraefik()) };
}
