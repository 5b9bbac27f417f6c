import { DaemonError } from "./operations.ts";
import type { Config } from "./shapes.ts";

const KNOWN =
  /^(boot|cloud-init|cluster|environment|image|limits|linux|migration|nvidia|raw|security|snapshots|user|volatile)\./;

/** Refuses keys that LXD does not know; LXD looks closer than this. */
export function checkConfig(config: Config): void {
  const unknown = Object.keys(config).find((key) => !KNOWN.test(key));
  if (unknown !== undefined) throw new DaemonError(400, `Invalid config: Unknown configuration key: ${unknown}`);
}

const MAP =
  '[{"Isuid":true,"Isgid":false,"Hostid":100000,"Nsid":0,"Maprange":10000001},{"Isuid":false,"Isgid":true,"Hostid":100000,"Nsid":0,"Maprange":10000001}]';

/** The keys about user ids that every container has; they are most of what a listing says. */
export function idmap(which: "next" | "current"): Config {
  const common = { "volatile.idmap.base": "0", "volatile.idmap.next": MAP };
  if (which === "next") return { ...common, "volatile.last_state.idmap": "[]" };
  return { ...common, "volatile.idmap.current": MAP, "volatile.last_state.idmap": MAP };
}
