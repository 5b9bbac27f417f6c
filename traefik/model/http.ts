import { z } from "zod";
import { type Since, struct, words } from "./field.ts";
import { httpMiddleware } from "./http-middlewares.ts";
import { httpModel, httpRouter } from "./http-routers.ts";
import { httpService } from "./http-services.ts";
import { serversTransport } from "./transports.ts";

/** Traefik's `http`. */
export function httpConfiguration(since: Since) {
  return struct({
    routers: z.record(words, httpRouter(since)).optional(),
    services: z.record(words, httpService(since)).optional(),
    middlewares: z.record(words, httpMiddleware(since)).optional(),
    models: z.record(words, httpModel(since)).optional(),
    serversTransports: z.record(words, serversTransport(since)).optional(),
  });
}
