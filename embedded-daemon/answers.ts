import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { DaemonError, type Operation } from "./operations.ts";

/** What a route answers with. `json` is a body made beforehand, `none` says that the route saw to the response itself. */
export type Answer =
  | { kind: "sync"; metadata: unknown; status?: number }
  | { kind: "async"; operation: Operation }
  | { kind: "json"; text: string }
  | { kind: "none" };

/** LXD's envelope of a success around metadata that is JSON already. */
export function envelope(metadata: string): string {
  return `{"type":"sync","status":"Success","status_code":200,"operation":"","error_code":0,"error":"","metadata":${metadata}}\n`;
}

/** LXD's envelope of a refusal. */
export function errorEnvelope(code: number, message: string): string {
  const shape = { type: "error", status: "", status_code: 0, operation: "", error_code: code, error: message };
  return `${JSON.stringify({ ...shape, metadata: null })}\n`;
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (answer.kind === "sync") sendJson(response, answer.status ?? 200, envelope(JSON.stringify(answer.metadata)));
  if (answer.kind === "json") sendJson(response, 200, answer.text);
  if (answer.kind === "async") sendOperation(response, answer.operation);
}

export function sendError(response: ServerResponse, error: unknown): void {
  const code = error instanceof DaemonError ? error.code : 500;
  sendJson(response, code, errorEnvelope(code, error instanceof Error ? error.message : String(error)));
}

export function sendJson(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

function sendOperation(response: ServerResponse, operation: Operation): void {
  const url = `/1.0/operations/${operation.view.id}`;
  response.setHeader("Location", url);
  const body = {
    type: "async",
    status: "Operation created",
    status_code: 100,
    operation: url,
    error_code: 0,
    error: "",
    metadata: operation.view,
  };
  sendJson(response, 202, `${JSON.stringify(body)}\n`);
}

/** The request's body, checked; what does not fit is a 400. */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw new DaemonError(400, error instanceof Error ? error.message : String(error));
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw new DaemonError(400, checked.error.issues[0]?.message ?? "Bad body");
  return checked.data;
}
