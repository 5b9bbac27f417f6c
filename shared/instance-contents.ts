import type { KeyPath } from "../files/key-path.ts";
import type { ListingOptions } from "../files/list-files.ts";
import { readsYaml } from "../files/reads-yaml.ts";
import { parseDocuments } from "../files/yaml-document.ts";
import type { Group } from "./group.ts";
import { isBeside } from "./is-beside.ts";
import { longestText } from "./lxd-values.ts";

/** Which files of the groups' directory are read: group files, and what they name for instances to hold. */
export const groupListing: ListingOptions = { reads: readsYaml, attaches: filesNamed };

/** The files that a group file names. */
function filesNamed(bytes: Uint8Array): string[] {
  // Few group files name one, and to look for the key costs little.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (!/\bfile["']?\s*:/.test(text)) return [];
  return parseDocuments("", bytes).documents.flatMap(({ value }) => namedIn(value).map(({ file }) => file));
}

interface Named {
  readonly path: KeyPath;
  readonly file: string;
}

/** Where a document names a file, whatever else is wrong with it. */
export function namedIn(document: unknown): Named[] {
  const { cloudInit, files } = at(at(document, "instance")) as { cloudInit?: unknown; files?: unknown };
  return Object.entries({ cloudInit: at(cloudInit), files: at(files) }).flatMap(([part, each]) =>
    Object.entries(each).flatMap(([key, value]): Named[] => {
      const { file } = at(value) as { file?: unknown };
      return typeof file === "string" && isBeside(file) ? [{ path: ["instance", part, key, "file"], file }] : [];
    }),
  );
}

function at(value: unknown, key?: string): object {
  const inner = key === undefined ? value : at(value)[key as never];
  return typeof inner === "object" && inner !== null ? inner : {};
}

/** Given a file that a group file names: its bytes, or why it is not read. */
export type Attached = (file: string) => Uint8Array | string | undefined;

/** The text of a file that a group file names, or why it is none. */
export function contentOf(file: string, attached: Attached): { text: string } | { problem: string } {
  const bytes = attached(file);
  if (bytes === undefined || typeof bytes === "string") return { problem: bytes ?? "is not read" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.includes("\0")) return { problem: "is not text; what is not belongs into the image" };
    if (text.length > longestText) return { problem: `is longer than ${longestText} characters` };
    return text === "" ? { problem: "is empty" } : { text };
  } catch {
    return { problem: "is not UTF-8; what is not text belongs into the image" };
  }
}

/** A group with the content of the files that it names in their place. */
export function withContents<G extends Pick<Group, "instance">>(group: G, attached: Attached): G {
  const { instance } = group;
  if (!instance || namedIn(group).length === 0) return group;
  const text = (file: string) => {
    const content = contentOf(file, attached);
    return "text" in content ? content.text : "";
  };
  const cloudInit = Object.entries(instance.cloudInit ?? {}).map(([key, value]) => [
    key,
    typeof value === "object" ? text(value.file) : value,
  ]);
  const files = Object.entries(instance.files ?? {}).map(([path, { file, ...rest }]) => [
    path,
    file === undefined ? rest : { ...rest, content: text(file) },
  ]);
  return {
    ...group,
    instance: {
      ...instance,
      ...(instance.cloudInit && { cloudInit: Object.fromEntries(cloudInit) }),
      ...(instance.files && { files: Object.fromEntries(files) }),
    },
  };
}
