import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import type { Logger } from "pino";
import { z } from "zod";
import { didYouMean } from "../../files/did-you-mean.ts";
import { duration } from "../../files/duration.ts";
import { faultText } from "../../files/fault.ts";
import { text } from "../../files/text.ts";
import { validate } from "../../files/validate.ts";
import type { Drained, DrainRequest, Refused, TakenBack } from "../marks/drains.ts";
import { isRefused } from "../marks/drains.ts";
import { sendProblem } from "./problem.ts";
import { createRefusals } from "./refusals.ts";
import type { Token } from "./token.ts";

/** What the admin listener changes. Whoever asks for it has the token. */
export interface Writes {
  readonly token: Token;
  drain(asked: DrainRequest): Drained | Refused;
  takeBack(targets: readonly string[] | "all", ifPresent: boolean): TakenBack | Refused;
  /** By name: has a source take what its listings say, whatever they lost. */
  readonly accept: ReadonlyMap<string, () => void>;
  /** What a peer is told, once it is not what it has `known`; at once, and with what is remembered, if it has known nothing. */
  readonly tell?: (known: string | undefined) => Promise<object>;
  /** Resolves once what was changed is on disk, with the reason if it could not be written. */
  kept(): Promise<string | undefined>;
  readonly log: Pick<Logger, "info" | "warn">;
}

const minute = 60_000;
const targets = z.array(text.max(400)).min(1).max(10_000);
const drainSchema = z.strictObject({
  targets,
  by: text.max(100).default("the admin API"),
  grace: duration.refine((ms) => ms <= 60 * minute, { error: "at most 1h" }).prefault("10s"),
  for: duration.refine((ms) => ms >= 1000 && ms <= 720 * 60 * minute, { error: "1s to 720h" }).prefault("1h"),
  force: z.boolean().default(false),
  ifPresent: z.boolean().default(false),
});
const undrainSchema = z.union([
  z.strictObject({ targets, ifPresent: z.boolean().default(false) }),
  z.strictObject({ all: z.literal(true) }),
]);
const acceptSchema = z.strictObject({});

/** Enough for the names of 10,000 instances. */
const longest = "1mb";
/** How often it is logged that writes were denied, in milliseconds. */
const deniedPace = 10_000;

/** Adds the writes to the admin listener. A page in a browser can't send one: it has no token, and JSON needs leave that it is not given. */
export function addWrites(app: Express, { token, drain, takeBack, accept, tell, kept, log }: Writes): void {
  const refused = createRefusals({ log, pace: deniedPace });
  const needsToken: RequestHandler = async (request, response, next) => {
    const isAllowed = await token.allows(request.headers.authorization).catch((error: Error) => error);
    if (isAllowed instanceof Error) {
      log.warn({ problem: isAllowed.message }, "a write was refused: there is no token");
      return sendProblem(response, 503, "Service Unavailable", "the token can't be read or made: the log says why");
    }
    if (!isAllowed) {
      const { method, path, socket } = request;
      refused("a write without the right token was denied", { method, path, from: socket.remoteAddress });
      response.setHeader("WWW-Authenticate", "Bearer");
      return sendProblem(response, 401, "Unauthorized", "a write needs the token: Authorization: Bearer TOKEN");
    }
    next();
  };
  const needsJson: RequestHandler = (request, response, next) => {
    if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? ""))
      return sendProblem(response, 415, "Unsupported Media Type", "the body is JSON: Content-Type: application/json");
    next();
  };
  const guard: RequestHandler[] = [needsToken, needsJson, express.json({ limit: longest })];

  async function answer(response: Response, result: object | Refused) {
    if (isRefused(result))
      return sendProblem(response, result.status, result.status === 404 ? "Not Found" : "Conflict", result.detail);
    response.json({ ...result, notKept: (await kept()) ?? null });
  }
  app.post("/api/drains", ...guard, async (request, response) => {
    const asked = read(drainSchema, request.body, response);
    if (!asked) return;
    const result = drain(asked);
    if (!isRefused(result)) log.info({ by: asked.by, drained: result.set, already: result.already }, "drain");
    await answer(response, result);
  });
  app.delete("/api/drains", ...guard, async (request, response) => {
    const asked = read(undrainSchema, request.body, response);
    if (!asked) return;
    const result = "all" in asked ? takeBack("all", true) : takeBack(asked.targets, asked.ifPresent);
    if (!isRefused(result)) log.info({ undrained: result.ended }, "undrain");
    await answer(response, result);
  });
  app.post("/api/accept/:source", ...guard, async (request, response) => {
    if (!read(acceptSchema, request.body, response)) return;
    const source = String(request.params.source);
    const names = [...accept.keys()];
    const hint = didYouMean(source, names) || `; there is ${names.join(", ")}`;
    const found = accept.get(source);
    if (!found) return sendProblem(response, 404, "Not Found", `there is no source of that name${hint}`);
    log.info({ source }, "what the listings of a source say is accepted");
    found();
    response.json({});
  });
  // It tells more than the status does, and what is told is taken over: a peer needs what a write needs.
  if (tell)
    app.get("/api/peer", needsToken, async ({ query }, response) => {
      response.json(await tell(query.memory === undefined ? String(query.known ?? "") : undefined));
    });
  app.use(onError(log));
}

/** A body that can't be read is the client's fault; the answer repeats nothing of it. */
function onError(log: Writes["log"]): ErrorRequestHandler {
  return (error: { readonly status?: number }, _request, response, _next) => {
    const { status } = error;
    if (status === 413) return sendProblem(response, 413, "Content Too Large", `the body has more than ${longest}`);
    if (status !== undefined && status < 500) return sendProblem(response, 400, "Bad Request", "the body is not JSON");
    log.warn({ problem: faultText(error) }, "a request failed");
    sendProblem(response, 500, "Internal Server Error", "the log says more");
  };
}

/** Reads a body by a schema; answers 400 with each place and its cure if it can't be read. */
function read<S extends z.ZodType>(schema: S, body: unknown, response: Response): z.output<S> | undefined {
  const found = validate({ value: body, at: () => ({ file: "", line: 1, column: 1 }) }, schema);
  if (found.ok) return found.value;
  const lines = found.problems.map(({ path, message }) => `${path || "the body"}: ${message}`);
  sendProblem(response, 400, "Bad Request", lines.slice(0, 20).join("; "));
  return undefined;
}
