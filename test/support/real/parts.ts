import { createClient } from "../../../server/platform/client.ts";
import { wireServer } from "../../../server/platform/wire.ts";
import { findTraefik } from "../traefik/traefik.ts";

/** What the tests on real parts need: a lab's LXD, named by ROLLCALL_TEST_LXD, and a Traefik that lab/traefik.sh finds. */
export type Part = "lxd" | "traefik" | "terraform" | "openssl" | "go";

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

export interface RealLxd {
  readonly socket: string;
  readonly missing: string | undefined;
}

/** The lab's LXD. */
export async function realLxd(): Promise<RealLxd> {
  const socket = process.env.ROLLCALL_TEST_LXD ?? "";
  return { socket, missing: requirePart("lxd", await lxdProblem(socket)) };
}

async function lxdProblem(socket: string): Promise<string | undefined> {
  if (socket === "") return "ROLLCALL_TEST_LXD names no socket; lab/lxd.sh up starts one";
  const client = createClient(socket);
  try {
    await client.get("/1.0", wireServer);
    return undefined;
  } catch (error) {
    return `no LXD at ROLLCALL_TEST_LXD: ${(error as Error).message}`;
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

/** Both; Traefik is looked for only where there is an LXD. */
export async function realParts(): Promise<RealLxd & RealTraefik> {
  const lxd = await realLxd();
  if (lxd.missing !== undefined) return { ...lxd, binary: "" };
  return { ...lxd, ...(await realTraefik()) };
}
