import type { Kind, ObjectValue } from "../../traefik/objects/objects.ts";
import type { Endpoint } from "./endpoint.ts";

/** One object as one instance declares it. */
export interface LabelledObject {
  readonly kind: Kind;
  readonly name: string;
  /** The config key that declares it; the name, for an object that was filled in. */
  readonly key: string;
  /** As Traefik spells it, a service without its server; undefined where it can't be read. */
  readonly value: ObjectValue | undefined;
  /** For a service of the instance itself: where it listens. */
  readonly endpoint?: Endpoint;
  /** How what is served differs from what is written. */
  readonly note?: string;
  /** What is wrong with it, with the place inside of it. */
  readonly problem?: string;
}
