import type { Published } from "../marks/drain.ts";
import { type Fingerprint, fingerprintOf } from "./rawdata.ts";

/** The documents of a publisher. */
export type Documents = Omit<Published<{ readonly body: Buffer }>, "since">;

/** The fingerprints of the documents that were published last. */
export interface History {
  /** Notes what is published from now on. */
  follow(publisher: Documents): void;
  /** The newest document that a Traefik with this fingerprint may run; undefined if there is none. */
  ordinalOf(seen: Fingerprint): number | undefined;
}

/** So many are remembered. A Traefik that runs an older one runs none that is known. */
const most = 1000;

export function createHistory(): History {
  const published = new Map<number, Fingerprint>();

  function note(publisher: Documents) {
    const { status, body } = publisher.current();
    if (status !== 200) return;
    published.set(publisher.ordinal(), fingerprintOf(JSON.parse(body.toString())));
    for (const oldest of published.keys())
      if (published.size > most) published.delete(oldest);
      else break;
  }

  return {
    follow(publisher) {
      publisher.onVersion(() => note(publisher));
      note(publisher);
    },
    ordinalOf(seen) {
      const newest = [...published].reverse();
      // Traefik may write a rule differently: then the servers alone decide.
      const same = (part: keyof Fingerprint) => newest.find(([, one]) => one[part] === seen[part])?.[0];
      const found = same("whole");
      return found ?? same("servers");
    },
  };
}
