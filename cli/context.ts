import type { Command } from "@commander-js/extra-typings";
import type { Config } from "../server/config.ts";

/** A stream that verbs write to; `isTTY` and `columns` are those of a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What the program gets from outside. */
export interface Outside {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: Output;
  readonly errors: Output;
}

/** What the verbs get. */
export interface Context extends Outside {
  /** The version of this program. */
  readonly version: string;
  /** Reads the configuration that `--config` names, or the one that is found. */
  load(flag: string | undefined): Promise<Config>;
  /** How the verb ended; 0 until it says otherwise. */
  exitCode: number;
}

/** The program that verbs are added to. */
export type Program = Command;
