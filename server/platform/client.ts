import type { Agent } from "undici";
import { z } from "zod";
import { harmless } from "../../files/harmless.ts";
import { wording } from "../../files/issue-wording.ts";
import type { PlatformName } from "../../shared/platforms.ts";
import { type Credential, DaemonError, refusal } from "./daemon-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { agentOf, ask, headersFor, type Way, waysTo } from "./way.ts";

/** The REST API of LXD or Incus over one agent, which its event stream uses too. Of several URLs it uses one at a time, the next if that does not answer. */
export interface DaemonClient {
  /**
   * The `metadata` of the daemon's answer, checked against `shape`. Throws DaemonError for everything else: an answer that is late, cut,
   * not JSON, of another shape, or the daemon's own error. A failure never looks like an empty answer.
   */
  get<T>(path: string, shape: z.ZodType<T>, deadline?: number): Promise<T>;
  /** What a WebSocket to a path needs. Throws DaemonError if its token can't be read. */
  stream(path: string): Promise<Stream>;
  /** Which platform answers, once it is known. */
  platform?: PlatformName;
  /** How long a call may take unless it says so itself, in milliseconds. */
  deadline: number;
  /** How the daemon knows it. */
  readonly credential: Credential;
  /** The socket or the URL that is used now. */
  where(): string;
  /** Gives up the connections, which hang, and the URL, if there is another one. */
  renew(): void;
  /** Ends all its calls and streams. */
  close(): void;
}

export interface Stream {
  readonly url: string;
  readonly dispatcher: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** Deadlines of a call, in milliseconds. In a cluster it waits up to 30 s for a member that hangs (seen on LXD 5.0.2). */
export const deadlines = { standalone: 10_000, clustered: 40_000 } as const;

const envelope = z.object({ metadata: z.unknown() });
const errorEnvelope = z.object({ error: z.string().min(1) });

/** `backAfter`: after so many milliseconds on another URL the first one is tried again. */
export function createClient(endpoint: Endpoint, { backAfter = 60_000 } = {}): DaemonClient {
  const ways = waysTo(endpoint);
  let way = ways[0] as Way;
  let movedAt = performance.now();
  let agent = agentOf(way);
  let isClosed = false;

  function move(to: Way) {
    void agent.destroy().catch(() => {});
    way = to;
    movedAt = performance.now();
    agent = agentOf(way);
    if (isClosed) void agent.destroy().catch(() => {});
  }
  /** The others that failed by this one have moved on already. */
  function moveOnFrom(failed: Way) {
    if (failed === way) move(ways[(ways.indexOf(way) + 1) % ways.length] as Way);
  }
  async function comeBack() {
    const [first] = ways as [Way];
    if (way === first || performance.now() - movedAt < backAfter) return;
    movedAt = performance.now();
    const another = agentOf(first);
    await ask(another, first, "/1.0", deadlines.standalone).then(
      () => move(first),
      () => {},
    );
    void another.destroy().catch(() => {});
  }
  async function answered(path: string, deadline: number) {
    for (let tries = 1; ; tries++) {
      const asked = way;
      try {
        return await ask(agent, asked, path, deadline);
      } catch (error) {
        const isUnanswered = error instanceof DaemonError && error.status === undefined;
        if (isClosed || !isUnanswered || ways.length === 1) throw error;
        moveOnFrom(asked);
        if (error.isLate || tries === ways.length) throw error;
      }
    }
  }
  const credential = "socket" in endpoint ? "socket" : endpoint.tls.token === undefined ? "certificate" : "token";
  return {
    credential,
    deadline: deadlines.standalone,
    async get(path, shape, deadline) {
      const { status, text } = await answered(path, deadline ?? this.deadline);
      if (status !== 200)
        throw new DaemonError(path, `${errorWords(text)}${refusal(credential, path, status, text)}`, { status });
      const answer = envelope.safeParse(parseJson(path, status, text));
      const metadata = shape.safeParse(answer.data?.metadata, { error: wording });
      if (!metadata.success)
        throw new DaemonError(path, `an unexpected answer: ${firstIssue(metadata.error)}`, { status });
      void comeBack();
      return metadata.data;
    },
    async stream(path) {
      const url = new URL(path, way.origin.replace(/^http/, "ws")).href;
      return { url, dispatcher: agent, headers: await headersFor(way, path) };
    },
    where: () => way.name,
    renew() {
      move(ways[(ways.indexOf(way) + 1) % ways.length] as Way);
    },
    close() {
      isClosed = true;
      void agent.destroy().catch(() => {});
    },
  };
}

const longestWords = 300;

function parseJson(path: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DaemonError(path, "an answer that is not JSON", { status, cause });
  }
}

/** LXD's own error message, if any. The rest of the answer is not quoted: it may hold anything. */
export function errorWords(text: string): string {
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
