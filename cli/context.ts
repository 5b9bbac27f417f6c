import type { Command } from "@commander-js/extra-typings";
import type { Config } from "../server/config.ts";

/** What the verbs get from outside; only `main.ts` reads it. */
export interface Context {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The version of this program. */
  readonly version: string;
  /** Reads the configuration that `--config` names, or the one that is found. */
  load(flag: string | undefined): Promise<Config>;
}

/** The program that verbs are added to. */
export type Program = Command;
