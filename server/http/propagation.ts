import type { Publisher } from "../document/publisher.ts";

/** How far a change is: published, given to a live poller, run by a Traefik of `traefik.api`. */
export type Stage = "published" | "fetched" | "applied";

/** Documents whose beginning is remembered. */
const most = 1000;

/**
 * Measures how long documents take to reach each stage, in seconds from the start of the look that first showed what is new in them.
 * Returns what is called when one has reached a further stage. A document may reach a stage several times: once for each Traefik.
 */
export function createPropagation(publisher: Publisher, observe: (stage: Stage, seconds: number) => void) {
  const begun = new Map<number, number>();
  function reached(stage: Stage, ordinal: number) {
    const since = begun.get(ordinal);
    if (since !== undefined) observe(stage, (performance.now() - since) / 1000);
  }
  publisher.onVersion(({ status }) => {
    const ordinal = publisher.ordinal();
    if (status !== 200 || begun.has(ordinal)) return;
    begun.set(ordinal, publisher.begun());
    begun.delete(ordinal - most);
    reached("published", ordinal);
  });
  return reached;
}
