import { didYouMean } from "../../files/did-you-mean.ts";
import { type EditScalar, editYaml } from "../../files/edit-yaml.ts";
import { type KeyPath, valueAt } from "../../files/key-path.ts";
import type { Problem } from "../../files/problem.ts";
import { ProblemsError } from "../../files/problems-error.ts";
import { type Reading, readDirectory } from "../../files/read-directory.ts";
import { parseDocuments, problemAt, type YamlDocument } from "../../files/yaml-document.ts";
import { groupListing } from "../../shared/instance-contents.ts";
import { type DeclaredGroup, type GroupContext, parseGroups } from "../../shared/parse-groups.ts";
import { replaceFiles } from "./replace-file.ts";

/** A scalar to set at a path of a group; undefined removes the key. */
export interface GroupChange {
  readonly path: KeyPath;
  readonly value: EditScalar | undefined;
}

/** A change that was made, or that was not needed. */
export interface MadeChange {
  readonly group: string;
  readonly path: KeyPath;
  /** The previous value; undefined if there was none. */
  readonly before: unknown;
  readonly file: string;
  /** The line, from 1, where the value is now, or where it was. */
  readonly line: number | undefined;
}

export interface EditedGroups {
  readonly changes: readonly MadeChange[];
  /** What the files declare after the changes. */
  readonly groups: readonly DeclaredGroup[];
  /** Writes the files that changed. Throws if one can't be written, and leaves all of them unchanged. */
  write(): Promise<void>;
  /** Puts the previous bytes back, after `write`. Throws if another program has changed a file since. */
  undo(): Promise<void>;
}

/**
 * A directory of group files with changes to some groups, not written yet. Throws an Error if a group can't be found or a file
 * can't be edited, and ProblemsError with every problem that the files would have.
 */
export async function editGroups(options: {
  readonly directory: string;
  readonly context: GroupContext;
  readonly changes: readonly (GroupChange & { readonly group: string })[];
}): Promise<EditedGroups> {
  const { directory, context, changes } = options;
  const reading = await readDirectory(directory, groupListing);
  const after = edit(reading, changes);
  const loaded = parseGroups(after, context);
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  const made = changes.map(({ group, path, value }) => {
    const { file, document } = find(reading, group);
    const place = value === undefined ? document : find(after, group).document;
    return { group, path, before: valueAt(document.value, path), file, line: place.at(path, "value").line };
  });
  return {
    changes: made,
    groups: loaded.groups,
    write: async () => await write(reading, after),
    undo: async () => await write(after, reading),
  };
}

/** Problems with values of group files, at their places. */
export async function problemsIn(
  directory: string,
  found: readonly { readonly group: string; readonly path: KeyPath; readonly message: string }[],
): Promise<Problem[]> {
  const reading = await readDirectory(directory, groupListing);
  return found.map(({ group, path, message }) => problemAt(find(reading, group).document, path, message));
}

interface Found {
  readonly file: string;
  /** The index of its document in the file. */
  readonly index: number;
  readonly document: YamlDocument;
}

function find({ directory, files, problems }: Reading, name: string): Found {
  const whole = problems.filter(({ file }) => file === directory);
  if (whole.length > 0) throw new ProblemsError(whole);
  const all: (Found & { readonly name: unknown })[] = [];
  const broken = problems.map(({ file }) => file);
  for (const [file, bytes] of files) {
    const parsed = parseDocuments(file, bytes);
    if (parsed.problems.length > 0) broken.push(file);
    for (const [index, document] of parsed.documents.entries())
      all.push({ file, index, document, name: valueAt(document.value, ["name"]) });
  }
  const [found, second] = all.filter((one) => one.name === name);
  const cure = "`rollcall check` says what is wrong";
  if (found && second) throw new Error(`${name} is declared in ${found.file} and in ${second.file}: ${cure}`);
  if (found && broken.includes(found.file)) throw new Error(`${found.file} has errors: ${cure}`);
  if (found) return found;
  if (broken[0] !== undefined)
    throw new Error(
      `${directory} declares no group ${name} in the files that can be read, and ${broken[0]} can't: ${cure}`,
    );
  const names = all.flatMap((one) => (typeof one.name === "string" ? [one.name] : []));
  throw new Error(noGroup(directory, name, names));
}

/** `groups declares no group wep, did you mean "web"?`, or with the names of those that there are. */
export function noGroup(directory: string, name: string, names: readonly string[]): string {
  const there = `${names.slice(0, 10).join(", ")}${names.length > 10 ? ", ..." : ""}`;
  const hint = didYouMean(name, names) || (there && `; there is ${there}`);
  return `${directory} declares no group ${name}${hint}`;
}

/** The reading as it would be after the changes. */
function edit(reading: Reading, changes: readonly (GroupChange & { readonly group: string })[]): Reading {
  const files = new Map(reading.files);
  for (const { group, path, value } of changes) {
    const { file, index } = find(reading, group);
    // Text that is not UTF-8 was refused before; a byte order mark stays.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(files.get(file));
    try {
      files.set(file, new TextEncoder().encode(editYaml(text, index, path, value)));
    } catch (error) {
      throw new Error(`${file}, ${(error as Error).message}`);
    }
  }
  return { ...reading, files };
}

async function write(before: Reading, after: Reading): Promise<void> {
  await replaceFiles(
    [...before.files].flatMap(([file, old]) => {
      const bytes = after.files.get(file);
      return bytes && Buffer.compare(old, bytes) !== 0 ? [{ file, before: old, after: bytes }] : [];
    }),
  );
}
