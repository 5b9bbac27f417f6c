import { iso } from "../../files/iso.ts";
import type { TraefikRow } from "../traefik-api/traefiks.ts";
import { isLive } from "./live-pollers.ts";
import type { Poller } from "./pollers.ts";
import type { TraefikStatus } from "./status.ts";

/** A row for each Traefik of `traefik.api`. */
export function traefikRow(row: TraefikRow, ordinal: number): TraefikStatus {
  const { url, name, applied, answering, problem, off, down } = row;
  return {
    url,
    name: name ?? null,
    applied: applied?.ordinal ?? null,
    current: applied?.ordinal === ordinal,
    appliedSince: iso(applied?.at),
    answering,
    problem: problem ?? null,
    off,
    down,
  };
}

/** What a poller runs, as far as it can be told which Traefik it is: by its name, or because there is only one of each. */
export function appliedBy(
  poller: Poller,
  { pollers, traefiks }: { readonly pollers: readonly Poller[]; readonly traefiks: readonly TraefikRow[] },
): number | null {
  const named = traefiks.filter(({ name }) => name !== undefined && name === poller.name);
  const isOnly = pollers.filter(isLive).length === 1 && isLive(poller);
  const same = named.length > 0 ? named : isOnly ? traefiks : [];
  return same.length === 1 ? (same[0]?.applied?.ordinal ?? null) : null;
}
