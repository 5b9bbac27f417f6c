/** Whether a path leads to a file below the directory that it starts from, none of whose parts is hidden. */
export function isBeside(path: string): boolean {
  return path.split("/").every((part) => /^[^.\0]/.test(part));
}
