import { decode } from "../../traefik/decode/decode.ts";
import type { Snapshot } from "../document/snapshot.ts";
import { frozen } from "../document/snapshot.ts";

/**
 * The answer that a document from elsewhere makes. Throws with the reason if its bytes are not those of the version that came with them, or if a
 * Traefik of `traefik` would not take it. Pure.
 */
export function received(body: Buffer, version: string, traefik: string): Snapshot {
  const snapshot = frozen({ status: 200, body });
  if (snapshot.version !== version) throw new Error("the bytes are not those of the version that is named with them");
  const decoded = decode(body, traefik);
  if (decoded.verdict === "accepted") return snapshot;
  throw new Error(`Traefik would not take the document: ${decoded.problems[0]?.message ?? decoded.verdict}`);
}
