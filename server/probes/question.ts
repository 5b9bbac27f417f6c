import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { errorWords } from "../../files/system-error.ts";
import type { HttpQuestion, Question, Target } from "../roll-call/answers.ts";

/** How one question ended. `unasked`: it could not be asked, for want of a descriptor or a port of this machine. */
export type Outcome = { readonly is: "good" } | { readonly is: "bad" | "late" | "unasked"; readonly detail: string };

/**
 * Asks a replica once. Never rejects, and is over after the question's timeout. What the replica sends is read no further than the status, and
 * is never quoted. `signal` ends it early, as late.
 */
export function askOnce({ address, question }: Target, signal: AbortSignal): Promise<Outcome> {
  const { port, timeout } = question;
  const what = question.by === "http" ? `GET ${question.path} on port ${port}` : `port ${port}`;
  return new Promise((resolve) => {
    const asked = question.by === "http" ? sendRequest(address, question, end) : openConnection(address, port, end);
    const timer = setTimeout(() => end({ is: "late", detail: `${what} ${noAnswer(question)}` }), timeout);
    const onAbort = () => end({ is: "late", detail: "stopped" });
    signal.addEventListener("abort", onAbort, { once: true });
    asked.on("error", (error: NodeJS.ErrnoException) => end(failed(error, what, port)));

    function end(outcome: Outcome) {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      asked.destroy();
      resolve(outcome);
    }
  });
}

function noAnswer({ by, timeout }: Question): string {
  return `${by === "http" ? "did not answer" : "did not open"} within ${timeout / 1000} s`;
}

function openConnection(host: string, port: number, end: (outcome: Outcome) => void) {
  return connect({ host, port }, () => end({ is: "good" }));
}

/** A longer header ends it. */
const longestHeader = 16_384;

function sendRequest(address: string, question: Question & HttpQuestion, end: (outcome: Outcome) => void) {
  const { port, path, host, statuses, scheme } = question;
  const name = host?.replace(/:\d+$/, "");
  const options = {
    ...{ host: address, port, path, agent: false, maxHeaderSize: longestHeader },
    headers: { "User-Agent": "rollcall", Connection: "close", ...(host !== undefined && { Host: host }) },
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
  sent.on("response", ({ statusCode = 0 }) => {
    const [first, last] = statuses;
    const isGood = statusCode >= first && statusCode <= last;
    end(isGood ? { is: "good" } : { is: "bad", detail: `GET ${path} on port ${port} answered ${statusCode}` });
  });
  return sent.end();
}

/** What this machine lacks says nothing of a replica. */
const ofThisMachine = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

function failed(error: NodeJS.ErrnoException, what: string, port: number): Outcome {
  const { code = "" } = error;
  if (ofThisMachine.has(code)) return { is: "unasked", detail: `${what} could not be asked: ${errorWords(error)}` };
  if (code === "ECONNREFUSED") return { is: "bad", detail: `port ${port} refuses connections` };
  // A parser's own words hold nothing that the replica sent, but say little.
  const words = code.startsWith("HPE_") ? "the answer is not HTTP" : errorWords(error);
  return { is: "bad", detail: `${what}: ${words}` };
}
