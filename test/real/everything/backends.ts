import type { ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { httpTarget } from "../../support/network/targets.ts";
import { type Asked, askedOf, createWell } from "./asked.ts";

/** A backend that answers with what it was asked, and with another status for `/status/503`. It keeps everything it was asked. */
export async function echoTarget(more: Readonly<Record<string, string>> = {}) {
  const requests: Asked[] = [];
  const target = await httpTarget(async (request, response) => {
    const asked = await askedOf(request);
    requests.push(asked);
    const [, status = "200"] = /^\/status\/(\d+)/.exec(asked.url) ?? [];
    response.writeHead(Number(status), { "content-type": "application/json", ...more });
    response.end(JSON.stringify(asked));
  });
  return { ...target, requests };
}

/** Takes the traces of a Traefik. They are protobuf, in which names stand as they are. */
export async function collectorTarget() {
  const bodies: string[] = [];
  const target = await httpTarget(async (request, response) => {
    const body = await buffer(request);
    bodies.push((request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("latin1"));
    response.end();
  });
  return { ...target, traces: () => bodies.join("") };
}

/** Answers with its name, and under /health whether it is well. */
export async function namedTarget(name: string) {
  const { isWell, setWell } = createWell();
  const target = await httpTarget(({ url }, response) => {
    if (url === "/health" && !isWell()) response.statusCode = 503;
    response.end(name);
  });
  return { ...target, setWell };
}

/** Answers 503 to the first two requests for a path, and from then on 200. */
export function flakyTarget() {
  const seen = new Map<string, number>();
  return httpTarget(async (request, response) => {
    const { url, body } = await askedOf(request);
    const count = (seen.get(url) ?? 0) + 1;
    seen.set(url, count);
    response.statusCode = count <= 2 ? 503 : 200;
    response.end(`attempt ${count} ${body}`.trim());
  });
}

/** Lets in whom the header X-Token names, and says who they are; sends the others to sign in. */
export async function authTarget() {
  const requests: Asked[] = [];
  const target = await httpTarget(async (request, response) => {
    const asked = await askedOf(request);
    requests.push(asked);
    const token = asked.headers["x-token"];
    if (asked.url.startsWith("/role")) response.setHeader("x-role", token === "ann" ? "staff" : "guest");
    else if (token === undefined) response.writeHead(401, { location: "/sign-in" });
    else {
      response.setHeader("x-user", token);
      response.setHeader("x-team-name", "shop");
      response.setHeader("x-not-copied", "yes");
      response.setHeader("set-cookie", ["session=1", "other=2"]);
    }
    response.end("checked");
  });
  return { ...target, requests };
}

/** Answers nobody until it is told to. */
export async function heldTarget() {
  const waiting = new Set<ServerResponse>();
  const target = await httpTarget((_, response) => {
    waiting.add(response);
    response.once("close", () => waiting.delete(response));
  });
  return {
    ...target,
    waiting: () => waiting.size,
    release() {
      for (const response of waiting) response.end("released");
      waiting.clear();
    },
  };
}

/** Says the first half of its answer at once and the other one 300 ms later. */
export function haltingTarget() {
  return httpTarget((_, response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": 10 });
    response.write("first");
    setTimeout(() => response.end("later"), 300);
  });
}

/** Answers with 5,000 bytes or as many as are asked for, of the type that the path says: `/image/png?size=9`. */
export function textTarget() {
  return httpTarget(({ url = "" }, response) => {
    const size = Number(new URLSearchParams(url.split("?")[1]).get("size") ?? 5000);
    const type = /^\/\w+\/\w+/.exec(url)?.[0].slice(1) ?? "text/plain";
    response.writeHead(200, { "content-type": type, "content-length": size });
    response.end("rollcall ".repeat(size / 9 + 1).slice(0, size));
  });
}
