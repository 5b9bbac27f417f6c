import { accessSync, constants } from "node:fs";

const snap = "/var/snap/lxd/common/lxd/unix.socket";
const usual = "/var/lib/lxd/unix.socket";

/** The socket of a source: that of its url, else the one that is found. */
export function socketOf(
  { url }: { readonly url?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return url?.slice("unix://".length) ?? findSocket(environment);
}

/** The socket that LXD's own client would use: that of its environment, the snap's if it is writable, the package's. */
export function findSocket(environment: Readonly<Record<string, string | undefined>>): string {
  if (environment.LXD_SOCKET) return environment.LXD_SOCKET;
  if (environment.LXD_DIR) return `${environment.LXD_DIR}/unix.socket`;
  try {
    accessSync(snap, constants.W_OK);
    return snap;
  } catch {
    return usual;
  }
}
