import { Agent, request } from "undici";
import { z } from "zod";
import { harmless } from "../../files/harmless.ts";
import { wording } from "../../files/issue-wording.ts";
import { connectionWords, LxdError } from "./lxd-error.ts";

/** LXD's REST API over one agent, which its event stream uses too. */
export interface LxdClient {
  readonly agent: Agent;
  /**
   * The `metadata` of LXD's answer, checked against `shape`. Throws LxdError for everything else: an answer that is late, cut,
   * not JSON, of another shape, or LXD's own error. A failure never looks like an empty answer.
   */
  get<T>(path: string, shape: z.ZodType<T>, deadline?: number): Promise<T>;
  /** How long a call may take unless it says so itself, in milliseconds. */
  deadline: number;
  /** Ends all its calls and streams. */
  close(): void;
}

/** Deadlines of a call, in milliseconds. In a cluster it waits up to 30 s for a member that hangs (seen on LXD 5.0.2). */
export const deadlines = { standalone: 10_000, clustered: 40_000 } as const;

const envelope = z.object({ metadata: z.unknown() });
const errorEnvelope = z.object({ error: z.string().min(1) });

export function createClient(socket: string): LxdClient {
  const agent = new Agent({
    connect: { socketPath: socket },
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    webSocket: { maxPayloadSize: longestEvent },
  });
  return {
    agent,
    deadline: deadlines.standalone,
    async get(path, shape, deadline) {
      const { status, text } = await fetchText(this.agent, socket, path, deadline ?? this.deadline);
      if (status !== 200) throw new LxdError(path, errorWords(text), { status });
      const answer = envelope.safeParse(parseJson(path, status, text));
      const metadata = shape.safeParse(answer.data?.metadata, { error: wording });
      if (!metadata.success)
        throw new LxdError(path, `an unexpected answer: ${firstIssue(metadata.error)}`, { status });
      return metadata.data;
    },
    close: () => void agent.destroy().catch(() => {}),
  };
}

async function fetchText(agent: Agent, socket: string, path: string, deadline: number) {
  const signal = AbortSignal.timeout(deadline);
  try {
    const { statusCode, body } = await request(new URL(path, "http://lxd"), { dispatcher: agent, signal });
    return { status: statusCode, text: await textOf(body, path) };
  } catch (cause) {
    if (cause instanceof LxdError) throw cause;
    const words = signal.aborted ? `no whole answer within ${deadline / 1000} s` : connectionWords(socket, cause);
    throw new LxdError(path, words, { cause });
  }
}

const mebibyte = 1024 * 1024;
/** Some forty thousand instances. An answer that goes on beyond it would fill the memory within its deadline. */
const longest = 256 * mebibyte;
/** A longer one ends the stream. */
const longestEvent = mebibyte;
const longestWords = 300;

async function textOf(body: AsyncIterable<Buffer>, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longest) throw new LxdError(path, `an answer of more than ${longest / mebibyte} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(path: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LxdError(path, "an answer that is not JSON", { status, cause });
  }
}

/** LXD's own error message, if any. The rest of the answer is not quoted: it may hold anything. */
function errorWords(text: string): string {
  try {
    const words = harmless(errorEnvelope.parse(JSON.parse(text)).error);
    return words.length > longestWords ? `${words.slice(0, longestWords)}...` : words;
  } catch {
    return "an error without a message";
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  // What follows a semicolon is advice for a person's own file.
  return issue ? `${issue.path.join(".") || "metadata"}: ${issue.message.split(";", 1)[0]}` : "no metadata";
}
