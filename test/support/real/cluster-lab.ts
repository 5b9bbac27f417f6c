import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Driver } from "../../../embedded-daemon/driver.ts";
import type { PlatformName } from "../../../shared/platforms.ts";
import { makeCertificates } from "../network/certificates.ts";

/** A real cluster of three members, m1 to m3, on the bridge of a lab. */
export interface ClusterLab {
  /** The socket of m1. */
  readonly socket: string;
  /** Does something to the daemon of m1, m2 or m3: its instances run on. */
  act(verb: "kill" | "stop" | "cont" | "start", member: number): Promise<void>;
  up(): Promise<void>;
  down(): Promise<void>;
}

const script = new URL("../../../lab/cluster.sh", import.meta.url).pathname;

/** The cluster beside the daemon of a socket; the reason where there can be none. */
export function findCluster(kind: PlatformName, socket: string): ClusterLab | { reason: string } {
  const directory = dirname(dirname(socket));
  if (!existsSync(join(directory, `${kind}.network`))) return { reason: `${socket} is not that of a lab/${kind}.sh` };
  if (process.getuid?.() !== 0) return { reason: "only root may start a cluster" };
  const run = async (...words: string[]) => {
    const environment = { ...process.env, ROLLCALL_LAB: directory };
    await promisify(execFile)(script, [kind, ...words], { env: environment, timeout: 90_000 });
  };
  return {
    socket: join(directory, `cluster-${kind}/m1/unix.socket`),
    act: (verb, member) => run(verb, String(member)),
    up: () => run("up", "3"),
    down: () => run("down"),
  };
}

/** How a server reaches the members by https, the last one first. The keys are written to a directory; the cluster trusts them. */
export async function reachByHttps(driver: Driver, directory: string) {
  const members = (await driver.ask("GET", "/cluster/members?recursion=1")) as { server_name: string; url: string }[];
  const { environment } = (await driver.ask("GET", "")) as { environment: { certificate_fingerprint: string } };
  const { client } = await makeCertificates({ client: { subject: "/CN=rollcall", isSelfSigned: true } });
  const certificate = new X509Certificate(client.cert).raw.toString("base64");
  await driver.ask("POST", "/certificates", { type: "client", name: "rollcall", certificate });
  writeFileSync(join(directory, "client.crt"), client.cert);
  writeFileSync(join(directory, "client.key"), client.key, { mode: 0o600 });
  return {
    urls: members.toSorted((one, other) => other.server_name.localeCompare(one.server_name)).map(({ url }) => url),
    tls: {
      fingerprint: environment.certificate_fingerprint,
      certificate: join(directory, "client.crt"),
      key: join(directory, "client.key"),
    },
  };
}
