import { type KeyPath, writePath } from "../../files/key-path.ts";

/** What Traefik would make of something: of a document, or of one of its objects. */
export interface Finding {
  /**
   * Of a document, `refused`: it would take nothing of it, and keep what it has. `wipes`: it would remove everything from this provider.
   * `altered`: it would take it, otherwise than it is written. Of an object, `refused`: it can't be read. `fatal`: once a router leads there,
   * Traefik's process dies of it, or never comes back from it. `off`: Traefik turns the object off. `random`: which router Traefik
   * chooses is another one after each reload. `noted`: Traefik takes it, and there is something to know.
   */
  readonly word: "refused" | "wipes" | "altered" | "fatal" | "off" | "random" | "noted";
  /** Where in it. */
  readonly path: KeyPath;
  /** Why. It holds no value of an object: that may be a secret. */
  readonly message: string;
}

/** `loadBalancer.strategy: must be one of ...`, for a person. */
export function findingText({ path, message }: Finding): string {
  return path.length > 0 ? `${writePath(path)}: ${message}` : message;
}
