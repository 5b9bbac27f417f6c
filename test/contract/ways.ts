import { readFileSync } from "node:fs";
import { Client } from "undici";
import type { Endpoint } from "../../server/platform/endpoint.ts";
import { waysTo } from "../../server/platform/way.ts";
import type { StreamWay } from "./stream.ts";

/** The status of an answer, and its JSON, or its text if it is none. */
export type Answer = [status: number, body: unknown];

/** One call as it is, with nothing made of its answer. */
export async function call(endpoint: Endpoint, method: string, path: string, body?: unknown): Promise<Answer> {
  const { origin, connect } = wayTo(endpoint);
  const client = new Client(origin, { connect });
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await client.request({ method, path, headers: { "content-type": "application/json" }, ...sent });
  const text = await answer.body.text();
  await client.close();
  return [answer.statusCode, /^[{[]/.test(text) ? JSON.parse(text) : text];
}

/** The way to the daemon's socket or to the first of its URLs. */
export function wayTo(endpoint: Endpoint) {
  const [way] = waysTo(endpoint);
  if (way === undefined) throw new Error("An endpoint has at least one URL");
  return way;
}

/** The way of the streams that test/contract/stream.ts records. */
export function streamWayTo(endpoint: Endpoint): string | StreamWay {
  if ("socket" in endpoint) return endpoint.socket;
  const { ca = "", certificate = "", key = "" } = endpoint.tls;
  const options = { ca: readFileSync(ca), cert: readFileSync(certificate), key: readFileSync(key) };
  return { origin: wayTo(endpoint).origin.replace("https:", "wss:"), options };
}
