import { iso } from "../../files/iso.ts";
import type { TraefikRow } from "../traefik-api/traefiks.ts";
import { isLive } from "./live-pollers.ts";
import type { Poller } from "./pollers.ts";
import type { TraefikStatus } from "./status.ts";

/** A row for each Traefik of `traefik.api`. */
export function traefikRow(row: TraefikRow, ordinal: number): TraefikStatus {
  const { url, name, applied, answering, problem, off, down } = row;
  const newest = applied.at(-1);
  return {
    url,
    name: name ?? null,
    applied: newest?.ordinal ?? null,
    current: newest?.ordinal === ordinal,
    appliedSince: iso(newest?.at),
    answering,
    problem: problem ?? null,
    off,
    down,
  };
}

/** Tells what a poller runs, as far as it is known which Traefik it is: by its name, or because there is only one of each. */
export function appliedBy(pollers: readonly Poller[], traefiks: readonly TraefikRow[]) {
  const [only, second] = pollers.filter(isLive);
  return (poller: Poller): number | null => {
    const named = traefiks.filter(({ name }) => name !== undefined && name === poller.name);
    const same = named.length > 0 ? named : poller === only && second === undefined ? traefiks : [];
    return same.length === 1 ? (same[0]?.applied.at(-1)?.ordinal ?? null) : null;
  };
}
