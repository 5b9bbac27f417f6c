import type { Publisher } from "../document/publisher.ts";
import type { Reached } from "../marks/reached.ts";

/** So many versions are remembered. Whoever runs an older one runs none that is known. */
const most = 100;

/**
 * Notes what is published from now on, and tells the newest version that all of these have; undefined while one of them has none that is known, or one
 * that was published anew since: who hears its name can't tell which of the two it is.
 */
export function createCommonVersion(publisher: Pick<Publisher, "current" | "ordinal" | "onVersion">) {
  const versions = new Map<number, string>();
  const note = () => {
    const { status, version } = publisher.current();
    if (status !== 200) return;
    for (const [ordinal, former] of versions) if (former === version) versions.delete(ordinal);
    versions.set(publisher.ordinal(), version);
    for (const oldest of versions.keys()) if (versions.size > most) versions.delete(oldest);
  };
  note();
  publisher.onVersion(note);
  return (all: readonly Reached[]): string | undefined =>
    versions.get(Math.min(publisher.ordinal(), ...all.map((reached) => reached.at(-1)?.ordinal ?? -1)));
}
