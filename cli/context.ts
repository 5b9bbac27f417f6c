import type { Command } from "@commander-js/extra-typings";
import type { Config } from "../server/config.ts";

/** What the verbs have of the world; `main.ts` alone reads it. */
export interface Context {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this program. */
  readonly version: string;
  /** The configuration that `--config` names, or that is found. */
  load(flag: string | undefined): Promise<Config>;
}

/** The program that verbs are added to. */
export type Program = Command;
