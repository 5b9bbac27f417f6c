import type { KeyPath } from "../../shared/files/key-path.ts";
import type { Kind } from "./objects.ts";

/** Fields below the first level, and of routers, without which an object is another one. */
const essentials = new Set(["http.routers.parentRefs", "http.services.failover.errors"]);

/**
 * Whether an object may not be served without a field that Traefik is too old for. A child router would be one for everybody, without
 * what its parent asks; a service would go without its middlewares, which may be what guards it; one by status turns into one
 * by health, which Traefik turns off; and without its type an object is nothing.
 */
export function isEssential(kind: Kind, path: KeyPath): boolean {
  if (path.length === 1 && /\.(services|middlewares)$/.test(kind)) return true;
  return essentials.has([kind, ...path].join("."));
}
