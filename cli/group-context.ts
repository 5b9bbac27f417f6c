import type { Config } from "../server/config.ts";
import type { GroupContext } from "../shared/parse-groups.ts";

/** What group files are read with; `makes` if instances are created from them. */
export function groupContext({ traefik, gate, sources }: Config, makes = false): GroupContext {
  return { traefik: traefik.version, gate, sources, makes };
}
