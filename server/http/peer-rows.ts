import { iso } from "../../files/iso.ts";
import type { PeerRow } from "../peers/peers.ts";

/** Another server over the same inputs. */
export interface PeerStatus {
  readonly url: string;
  /** Whether it serves the same document of the same inputs; `itself`: the URL is this server's own. */
  readonly state: PeerRow["state"];
  /** The version that it serves, as far as is known. */
  readonly version: string | null;
  /** The inputs that it has otherwise: `group web`, `route file shop.yaml`, `instances of local/default`, `setting gate`; the first 20. */
  readonly differs: readonly string[];
  readonly problem: string | null;
  /** Since when it has had that state. */
  readonly since: string;
}

/** A row for each of `peers`. */
export function peerRow({ version, problem, since, ...row }: PeerRow): PeerStatus {
  return { ...row, version: version ?? null, problem: problem ?? null, since: iso(since) };
}
