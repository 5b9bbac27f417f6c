import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ProblemsError } from "../files/problems-error.ts";
import { errorWords } from "../files/system-error.ts";
import { validate } from "../files/validate.ts";
import { parseDocuments, type YamlDocument } from "../files/yaml-document.ts";
import { type Config, configSchema, withPathsFrom } from "./config.ts";

export interface ConfigPlaces {
  /** The value of `--config`. */
  readonly flag: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly from: string;
}

/**
 * The configuration of `--config`, else `$ROLLCALL_CONFIG`, else `./rollcall.yaml`, else `/etc/rollcall/rollcall.yaml`, else the
 * defaults. Relative paths in it are relative to the file. Throws ProblemsError.
 */
export async function loadConfig(places: ConfigPlaces): Promise<Config> {
  const file = await configFile(places);
  if (file === undefined) return withPathsFrom(configSchema.parse({}), join(places.from, "rollcall.yaml"));
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new ProblemsError([{ file, path: "", message: errorWords(error) }]);
  });
  return configOf(file, bytes);
}

/** The file that is read; undefined if there is none, and the defaults hold. Throws an Error if the flag is empty. */
export async function configFile({ flag, environment, from }: ConfigPlaces): Promise<string | undefined> {
  const asked = flag ?? (environment.ROLLCALL_CONFIG || undefined);
  if (asked === "") throw new Error("--config is empty: name a file, or leave it out");
  if (asked !== undefined) return resolve(from, asked);
  return await firstThere([join(from, "rollcall.yaml"), "/etc/rollcall/rollcall.yaml"]);
}

/** The configuration that a file's bytes declare. Throws ProblemsError. */
export function configOf(file: string, bytes: Uint8Array): Config {
  const { documents, problems } = parseDocuments(file, bytes);
  if (problems.length > 0) throw new ProblemsError(problems);
  if (documents.length > 1) throw new ProblemsError([{ file, path: "", message: "holds more than one document" }]);
  const validated = validate(withoutNull(documents[0]), configSchema);
  if (!validated.ok) throw new ProblemsError(validated.problems);
  return withPathsFrom(validated.value, file);
}

/** An empty file means the defaults. */
function withoutNull(document: YamlDocument | undefined): YamlDocument {
  if (document && document.value !== null) return document;
  return { value: {}, at: () => ({ file: "", line: 1, column: 1 }) };
}

async function firstThere(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}
