import { errorWords } from "./system-error.ts";

/** A file system error. */
export interface ReadingError {
  readonly code?: string | undefined;
  readonly message: string;
}

const cures: Readonly<Record<string, string>> = {
  EACCES:
    "may not be read by this user; allow it to read this, and to search the directories above (chmod, chown, setfacl)",
  ELOOP: "is a link that leads back to itself; mend the link",
  ENOTDIR: "is not a directory; name the directory that holds the group files",
};

/** How to fix a directory that could not be listed. */
export function directoryCure(error: ReadingError): string {
  const cure = error.code === "ENOENT" ? "there is no such directory; create it, or name another" : undefined;
  return cure ?? cures[error.code ?? ""] ?? `cannot be read: ${errorWords(error)}`;
}

/** How to fix a file that could not be read; `linked` if it was reached through a link. */
export function fileCure(error: ReadingError, linked: boolean): string {
  if (error.code === "ENOENT" || error.code === "ENOTDIR")
    return linked ? "is a link that leads nowhere; mend or remove the link" : "was there a moment ago and is gone";
  return cures[error.code ?? ""] ?? `cannot be read: ${errorWords(error)}`;
}
