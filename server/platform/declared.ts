import type { Logger } from "pino";
import type { PlatformName } from "../../shared/platforms.ts";

/** What a source's settings say of its platform. */
export interface DeclaredSource {
  readonly name: string;
  /** @default - whatever answers */
  readonly platform?: PlatformName | undefined;
  readonly log: Logger;
}

/** Says it in the log if another platform answers than is declared; each time once. */
export function createPlatformCheck({ name, platform, log }: DeclaredSource): (is: PlatformName | undefined) => void {
  let last: PlatformName | undefined;
  return (is) => {
    if (is !== last && platform !== undefined && is !== platform)
      log.warn(
        { source: name, platform, is },
        "another platform answers than the source's settings say, which deploys go by",
      );
    last = is;
  };
}
