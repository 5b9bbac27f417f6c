const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied; allow this user to use it (chmod, chown, setfacl)",
  EISDIR: "is a directory, and a file is needed",
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
  const { code = "", syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === "uv_cwd") return "the working directory was deleted: cd to another one";
  return syscall !== undefined && Object.hasOwn(meanings, code) ? meanings[code] : undefined;
}

/** The same with the path, if there is one: the error's own, unless another is given. */
export function systemError(
  error: unknown,
  path = (error as NodeJS.ErrnoException | undefined)?.path,
): string | undefined {
  const meaning = systemMeaning(error);
  // Which file happened to be one too many says nothing.
  const isAboutPath = !/^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? "");
  return meaning === undefined || path === undefined || !isAboutPath ? meaning : `${path}: ${meaning}`;
}
