import type { IncomingHttpHeaders } from "node:http";
import { Agent, type Dispatcher, request } from "undici";
import { boundedBytes } from "../../files/bounded-text.ts";
import { harmless } from "../../files/harmless.ts";
import { failureWords } from "./failure.ts";
import { tokenHeader } from "./key-files.ts";
import type { Access } from "./settings.ts";
import { tlsConnector } from "./tls.ts";

/** A way to another server. It keeps its connections open between requests. */
export interface OpenAccess {
  /** The address, without a trailing slash. It holds no secret. */
  readonly url: string;
  /**
   * The whole answer of one request, unless its status is 401, 403 or 421. Throws AccessError for these and if no whole answer comes; its
   * words have the cure and no secret. If `signal` aborts, throws its reason.
   */
  request(path: string, options: AskOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal: AbortSignal;
  /** How long the whole answer may take, in milliseconds. @default 10,000 */
  readonly deadline?: number;
  /** How many bytes the body may have. @default 256 MiB */
  readonly longest?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request that got no answer, or one that refuses this client. */
export class AccessError extends Error {
  override readonly name = "AccessError";
  /** The HTTP status; undefined if no answer came. */
  readonly status: number | undefined;

  constructor(words: string, details: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(words, { cause: details.cause });
    this.status = details.status;
  }
}

const mebibyte = 1024 * 1024;

/** Opens a way to a server. Its certificates are read again for each connection, and its token for each request: new ones count at once. */
export function openAccess(access: Access): OpenAccess {
  const { token, tls } = access;
  const url = access.url.replace(/\/+$/, "");
  const agent = new Agent({
    connect: url.startsWith("https:") ? tlsConnector(tls) : { timeout: 5000 },
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function ask(path: string, { deadline, longest, signal, headers, ...options }: AskOptions): Promise<Answer> {
    const late = AbortSignal.timeout(deadline ?? 10_000);
    const most = longest ?? 256 * mebibyte;
    const whole = async () => {
      const sent = { ...headers, ...(await tokenHeader({ token })) };
      const stop = AbortSignal.any([signal, late]);
      const answer = await request(url + path, { ...options, dispatcher: agent, signal: stop, headers: sent });
      return { ...answer, body: await boundedBytes(answer.body, most) };
    };
    const answer = await whole().catch((cause: unknown) => {
      signal.throwIfAborted();
      if (late.aborted) throw new AccessError(`${url}: no whole answer within ${(deadline ?? 10_000) / 1000} s`);
      throw new AccessError(harmless(failureWords(url, cause)), { cause });
    });
    const { statusCode: status, body } = answer;
    if (body === undefined) throw new AccessError(`${url}: an answer of more than ${most / mebibyte} MiB`, { status });
    const refused = refusal(access, status, body);
    if (refused !== undefined) throw new AccessError(`${url} ${refused}`, { status });
    return { status, headers: answer.headers, body };
  }
  return { url, request: ask, close: () => agent.destroy() };
}

/** What an answer's status means for a client that is refused, with the cure; undefined for any other status. */
function refusal({ token, url }: Access, status: number, body: Buffer): string | undefined {
  if (status === 401)
    return token === undefined ? "needs a token: name its file with token" : `doesn't take the token of ${token}`;
  if (status === 403) return `refuses this client${saidIn(body)}`;
  if (status === 421) return `doesn't answer to that name: add ${new URL(url).hostname} to hosts there`;
  return undefined;
}

/** The detail of rollcall's own refusal. Nothing else of the answer is quoted: it may hold anything. */
function saidIn(body: Buffer): string {
  try {
    const { detail } = JSON.parse(body.toString()) as { readonly detail?: unknown };
    return typeof detail === "string" ? `: ${harmless(detail).slice(0, 300)}` : "";
  } catch {
    return "";
  }
}
