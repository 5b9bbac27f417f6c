import { type KeyPath, writePath } from "../../files/key-path.ts";

/** What Traefik would make of something: of a document, or of one of its objects. */
export interface Finding {
  /**
   * For a document, `refused`: Traefik would ignore it and keep its configuration. `wipes`: it would remove everything from this provider.
   * `altered`: it would read something differently from what is written. For an object, `refused`: it can't be read. `fatal`: once a router
   * leads there, Traefik's process crashes or hangs. `off`: Traefik turns the object off. `random`: Traefik chooses another router
   * after each reload. `noted`: Traefik accepts it, but there is something to know.
   */
  readonly word: "refused" | "wipes" | "altered" | "fatal" | "off" | "random" | "noted";
  /** Where in it. */
  readonly path: KeyPath;
  /** Why. It holds no value of an object, which may be a secret. */
  readonly message: string;
}

/** `loadBalancer.strategy: must be one of ...`, for a person. */
export function findingText({ path, message }: Finding): string {
  return path.length > 0 ? `${writePath(path)}: ${message}` : message;
}
