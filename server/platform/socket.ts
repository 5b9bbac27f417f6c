import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PlatformName } from "../../shared/platforms.ts";
import { differences } from "./flavour.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is on the machine. */
export interface Sockets {
  readonly exists: (path: string) => boolean;
  readonly isWritable: (path: string) => boolean;
}

/** The socket of a source: that of its url, else the one that is found. */
export function socketOf(
  { url, platform }: { readonly url?: string | undefined; readonly platform?: PlatformName | undefined },
  environment: Environment,
): string {
  return url?.slice("unix://".length) ?? findSocket(environment, platform);
}

/**
 * The socket that the platform's own client would use. Without a platform both are looked for, LXD first: what the environment names
 * before what is there, and LXD's usual one if there is none.
 */
export function findSocket(environment: Environment, platform?: PlatformName, sockets: Sockets = onDisk): string {
  const names: PlatformName[] = platform ? [platform] : ["lxd", "incus"];
  for (const name of names) {
    const { socketVariable, directoryVariable } = differences[name];
    const socket = environment[socketVariable];
    if (socket) return socket;
    const directory = environment[directoryVariable];
    if (directory) return forUser(name, `${directory}/unix.socket`, sockets);
  }
  for (const name of names)
    for (const { path, ifWritable } of differences[name].sockets)
      if (ifWritable ? sockets.isWritable(path) : sockets.exists(path)) return forUser(name, path, sockets);
  return differences[platform ?? "lxd"].sockets.at(-1)?.path ?? "";
}

/** The user's own socket where only that one may be used. */
function forUser(name: PlatformName, path: string, { isWritable }: Sockets): string {
  const { userSocket } = differences[name];
  const beside = userSocket && join(dirname(path), userSocket);
  return beside && !isWritable(path) && isWritable(beside) ? beside : path;
}

const onDisk: Sockets = {
  exists: existsSync,
  isWritable(path) {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
};
