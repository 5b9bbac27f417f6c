import type { ObjectDocument } from "../../traefik/objects/document.ts";
import type { Snapshot } from "../document/snapshot.ts";

/** A document that is not locked, as an output gets it. */
export interface Written {
  /** SHA-256 of `body`, in hex. */
  readonly version: string;
  /** The bytes that Traefik's HTTP provider is given. */
  readonly body: Buffer;
  /** What the bytes say. */
  readonly document: ObjectDocument;
}

/** How a write went that did not fail. */
export interface Report {
  /** What is not as it should be, and stops nothing: a sentence each, without secrets. Objects that are left out are named here. */
  readonly warnings: readonly string[];
  /** What was found there that this writer had not put there, as a sentence; it has been put right. */
  readonly repaired?: string | undefined;
  /** Who writes instead of this one, as a sentence: this one has written nothing, and asks again within a few seconds. */
  readonly standby?: string | undefined;
  /** Within how many milliseconds it has to be called again, such as to renew a lock. @default at the next change or resync */
  readonly again?: number | undefined;
}

/**
 * A place that Traefik reads, and how a document gets there. A writer decides nothing and is never called twice at once. It throws an Error
 * with a sentence, without secrets, if the document could not be written; what lies there then is the previous document, or a part of
 * the change in an order that breaks no route.
 */
export interface Writer {
  /** For people, without secrets: `file /etc/traefik/dynamic/rollcall.yml`. */
  readonly target: string;
  /** Writes the document. It may trust what it knows of what lies there. */
  write(document: Written, signal: AbortSignal): Promise<Report>;
  /** The same, but it trusts nothing: it reads what lies there, and writes what differs. Left out: `write` does so every time. */
  check?(document: Written, signal: AbortSignal): Promise<Report>;
  close(): Promise<void>;
}

/** The document of a snapshot, unless it is locked. */
export function writtenOf({
  status,
  version,
  body,
}: Pick<Snapshot, "status" | "version" | "body">): Written | undefined {
  if (status !== 200) return undefined;
  return { version, body, document: JSON.parse(body.toString()) as ObjectDocument };
}
