import { Agent, request } from "undici";
import type { PlatformName } from "../../shared/platforms.ts";
import { tokenHeader } from "../access/key-files.ts";
import { tlsConnector } from "../access/tls.ts";
import { connectionWords, DaemonError } from "./daemon-error.ts";
import type { Endpoint } from "./endpoint.ts";

/** One way to a daemon: its socket or one of its URLs. */
export interface Way {
  readonly name: string;
  /** Of a socket: what is expected there, if that is known. */
  readonly platform?: PlatformName | undefined;
  readonly origin: string;
  readonly connect: NonNullable<Agent.Options["connect"]>;
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

export function waysTo(endpoint: Endpoint): Way[] {
  if ("socket" in endpoint) {
    const { socket, platform } = endpoint;
    const connect = { socketPath: socket };
    return [{ name: socket, platform, origin: "http://daemon", connect, headers: async () => ({}) }];
  }
  const { urls, tls } = endpoint;
  return urls.map((url) => ({ name: url, origin: url, connect: tlsConnector(tls), headers: () => tokenHeader(tls) }));
}

export function agentOf({ connect }: Way): Agent {
  return new Agent({
    connect,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    webSocket: { maxPayloadSize: longestEvent },
  });
}

/** Throws DaemonError. */
export async function headersFor({ headers, name }: Way, path: string) {
  return await headers().catch((cause: unknown) => {
    throw new DaemonError(path, connectionWords(name, cause), { cause });
  });
}

/** The answer of one call, whatever its status. Throws DaemonError if no whole one comes. */
export async function ask(agent: Agent, way: Way, path: string, deadline: number, sent?: string) {
  const method = sent === undefined ? "GET" : "POST";
  const signal = AbortSignal.timeout(deadline);
  const headers = await headersFor(way, path);
  try {
    const { statusCode, body } = await request(new URL(path, way.origin), {
      dispatcher: agent,
      signal,
      headers,
      method,
      ...(sent !== undefined && { body: sent }),
    });
    return { status: statusCode, text: await textOf(body, path) };
  } catch (cause) {
    if (cause instanceof DaemonError) throw cause;
    const isLate = signal.aborted;
    const words = isLate
      ? `no whole answer within ${deadline / 1000} s`
      : connectionWords(way.name, cause, way.platform);
    throw new DaemonError(path, words, { method, cause, isLate });
  }
}

const mebibyte = 1024 * 1024;
/** Some forty thousand instances. An answer that goes on beyond it would fill the memory within its deadline. */
const longest = 256 * mebibyte;
/** A longer one ends the stream. */
const longestEvent = mebibyte;
async function textOf(body: AsyncIterable<Buffer>, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longest) throw new DaemonError(path, `an answer of more than ${longest / mebibyte} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
