import { getSystemErrorMap } from "node:util";

const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied; allow this user to use it (chmod, chown, setfacl)",
  EEXIST: "a file is in the way; remove it",
  EISDIR: "is a directory, and a file is needed",
  ELOOP: "is a link that leads back to itself; mend the link",
  EMFILE: "too many open files; raise the limit: ulimit -n 1024",
  ENFILE: "too many open files on this machine; raise the limit: sysctl fs.file-max",
  ENOENT: "does not exist",
  ENOSPC: "no space left; make room, or write elsewhere",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "is not permitted to this user",
  EROFS: "is on a file system that is read-only",
};

/** What an error of the operating system means; undefined for any other error. */
export function systemMeaning(error: unknown): string | undefined {
  const { code = "", errno = 0, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === "uv_cwd") return "the working directory was deleted: cd to another one";
  if (syscall === undefined) return undefined;
  return Object.hasOwn(meanings, code) ? meanings[code] : getSystemErrorMap().get(errno)?.[1];
}

/** An error in words: without the code and the call of the operating system. */
export function errorWords(error: unknown): string {
  return systemMeaning(error) ?? (error instanceof Error ? error.message : String(error));
}

/** The same with the path, if there is one: the error's own, unless another is given. */
export function systemError(
  error: unknown,
  path = (error as NodeJS.ErrnoException | undefined)?.path,
): string | undefined {
  const meaning = systemMeaning(error);
  // Which file happened to be one too many says nothing.
  const isAboutPath = !/^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? "");
  return meaning === undefined || path === undefined || !isAboutPath ? meaning : `${path || '""'}: ${meaning}`;
}
