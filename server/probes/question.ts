import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { systemMeaning } from "../../files/system-error.ts";
import type { HttpQuestion, Question, Target } from "../roll-call/answers.ts";

/** How one question ended. `unasked`: it could not be asked, for want of a descriptor or a port of this machine. */
export type Outcome = { readonly is: "good" } | { readonly is: "bad" | "late" | "unasked"; readonly detail: string };

/**
 * Asks a replica once, and tells how that ended, within the question's timeout. What the replica sends is read no further than the
 * status, and is never quoted. Returns what takes the question back; nothing is told then.
 */
export type Ask = (target: Target, told: (outcome: Outcome) => void) => () => void;

export const askOnce: Ask = ({ address, question }, told) => {
  const { port, timeout } = question;
  const what = question.by === "http" ? `GET ${question.path} on port ${port}` : `port ${port}`;
  const asked = question.by === "http" ? sendRequest(address, question, end) : openConnection(address, port, end);
  const timer = setTimeout(() => end({ is: "late", detail: `${what} ${noAnswer(question)}` }), timeout);
  let ended = false;
  asked.on("error", (error: NodeJS.ErrnoException) => end(failed(error, what, port)));

  function takeBack() {
    ended = true;
    clearTimeout(timer);
    asked.destroy();
  }
  function end(outcome: Outcome) {
    if (ended) return;
    takeBack();
    told(outcome);
  }
  return takeBack;
};

function noAnswer({ by, timeout }: Question): string {
  return `${by === "http" ? "did not answer" : "did not open"} within ${timeout / 1000} s`;
}

function openConnection(host: string, port: number, end: (outcome: Outcome) => void) {
  return connect({ host, port }, () => end({ is: "good" }));
}

/** A longer header ends it. */
const longestHeader = 16_384;
/** So do more answers than these that only announce one, such as 103. */
const mostInterim = 8;

// No connection is kept: an idle one would hold up a replica's graceful stop.
const agents = { http: new HttpAgent(), https: new HttpsAgent({ maxCachedSessions: 0 }) };

function sendRequest(address: string, question: Question & HttpQuestion, end: (outcome: Outcome) => void) {
  const { port, path, host, statuses, scheme } = question;
  const name = host?.replace(/:\d+$/, "");
  const options = {
    ...{ host: address, port, path, agent: agents[scheme], maxHeaderSize: longestHeader },
    headers: { "User-Agent": "rollcall", ...(host !== undefined && { Host: host }) },
  };
  const sent =
    scheme === "https"
      ? httpsRequest({
          ...options,
          // A replica's certificate is for the name that clients use, which is not its address.
          rejectUnauthorized: false,
          ...(name !== undefined && isIP(name) === 0 && { servername: name }),
        })
      : httpRequest(options);
  const isBad = (words: string) => end({ is: "bad", detail: `GET ${path} on port ${port} ${words}` });
  let interim = 0;
  sent.on("information", () => {
    if (++interim > mostInterim) isBad("gives no final answer");
  });
  sent.on("response", ({ statusCode = 0 }) => {
    const [first, last] = statuses;
    if (statusCode >= first && statusCode <= last) end({ is: "good" });
    else isBad(`answered ${statusCode}`);
  });
  return sent.end();
}

/** What this machine lacks says nothing of a replica. */
const ofThisMachine = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** The words of OpenSSL and of the parser are no help to anyone. */
function failed(error: NodeJS.ErrnoException, what: string, port: number): Outcome {
  const { code = "" } = error;
  const words = systemMeaning(error);
  if (ofThisMachine.has(code)) return { is: "unasked", detail: `${what} could not be asked: ${words ?? code}` };
  if (code === "ECONNREFUSED") return { is: "bad", detail: `port ${port} refuses connections` };
  if (code === "ECONNRESET" || code === "EPIPE") return { is: "bad", detail: `${what}: the connection was closed` };
  const spoken = /SSL|TLS|EPROTO/.test(code) ? "TLS could not be agreed on" : (words ?? "the answer is not HTTP");
  return { is: "bad", detail: `${what}: ${spoken}` };
}
