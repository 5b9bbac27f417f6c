import type { ServerResponse } from "node:http";

/** Ends a response with an RFC 9457 problem. `detail` says what to do, and repeats nothing of the request. */
export function sendProblem(response: ServerResponse, status: number, title: string, detail: string): void {
  const body = Buffer.from(`${JSON.stringify({ type: "about:blank", title, status, detail })}\n`);
  response.writeHead(status, { "Content-Type": "application/problem+json", "Content-Length": body.length });
  response.end(body);
}
