/** A call to LXD that failed. Its message has method, path, status and LXD's words, and the cure if there is one. */
export class LxdError extends Error {
  override readonly name = "LxdError";
  readonly method: string;
  readonly path: string;
  /** The HTTP status; undefined if no answer came. */
  readonly status: number | undefined;

  constructor(path: string, words: string, details: { method?: string; status?: number; cause?: unknown } = {}) {
    const method = details.method ?? "GET";
    const status = details.status === undefined ? "" : ` ${details.status}`;
    super(`${method} ${path}:${status} ${words}`, { cause: details.cause });
    this.method = method;
    this.path = path;
    this.status = details.status;
  }
}

/** Says what a failed connection means, and its cure. */
export function connectionWords(socket: string, error: unknown): string {
  const { code, message } = innermost(error);
  if (code === "ENOENT")
    return `no socket at ${socket}: is LXD installed and started? To use another socket set LXD_SOCKET or the source's url`;
  if (code === "EACCES")
    return `no permission to open ${socket}: join its group (usermod -aG lxd USER) and log in again, or run as root`;
  if (code === "ECONNREFUSED") return `nothing listens at ${socket}: the daemon has ended; start it again`;
  if (code === "UND_ERR_DESTROYED") return "no answer before the event stream was given up, which was silent too";
  return message;
}

/** Undici wraps the system's error. */
function innermost(error: unknown): { code: string | undefined; message: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return { code: undefined, message: String(inner) };
  return { code: (inner as NodeJS.ErrnoException).code, message: inner.message };
}
