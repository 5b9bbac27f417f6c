import type { Agent } from "undici";
import { z } from "zod";
import { askApi } from "./ask.ts";
import { type OffRow, offRow } from "./rawdata.ts";
import type { TraefikApi } from "./settings.ts";

/** What a Traefik says of itself, of all its providers. */
export interface Overview {
  readonly version: string;
  /** As Traefik names them: `HTTP`, `File`. */
  readonly providers: readonly string[];
  /** By kind: `http.routers`. */
  readonly counts: Readonly<Record<string, Count>>;
  /** Its HTTP routers but for its internal ones: `web@http`. */
  readonly routers: readonly string[];
  readonly off: readonly OffRow[];
}

export interface Count {
  readonly total: number;
  readonly warnings: number;
  readonly errors: number;
}

const count = z.object({ total: z.number(), warnings: z.number(), errors: z.number() });
const kindsOf = z.record(z.string(), count).nullish();
const overviewShape = z.object({ http: kindsOf, tcp: kindsOf, udp: kindsOf, providers: z.array(z.string()).nullish() });
const versionShape = z.object({ Version: z.string() });
const listShape = z.array(
  z.object({ name: z.string(), status: z.string().nullish(), error: z.array(z.string()).nullish() }),
);

/** Traefik gives 100 of a list at most, unless it is asked for more. */
const wholeList = "?per_page=1000000";

/** Asks a Traefik's /api/version, /api/overview and /api/http/routers, and of the other kinds those with errors. Throws as `askApi` does. */
export async function askOverview(api: TraefikApi, dispatcher: Agent, stop: AbortSignal): Promise<Overview> {
  const ask = <T>(path: string, shape: z.ZodType<T>) =>
    askApi(api, path, (answer) => shape.parse(answer), dispatcher, stop);
  const list = (kind: string) => ask(`/api/${kind.replace(".", "/")}${wholeList}`, listShape);
  const { Version: version } = await ask("/api/version", versionShape);
  const { providers, ...protocols } = await ask("/api/overview", overviewShape);
  const counts = Object.fromEntries(
    Object.entries(protocols).flatMap(([protocol, kinds]) =>
      Object.entries(kinds ?? {}).map(([kind, one]) => [`${protocol}.${kind}`, one] as const),
    ),
  );
  const routers = await list(httpRouters);
  const others = Object.keys(counts).filter((kind) => kind !== httpRouters && troubled(counts[kind]));
  const off = routers.flatMap((one) => offRow(httpRouters, one.name, one));
  for (const kind of others) off.push(...(await list(kind)).flatMap((one) => offRow(kind, one.name, one)));
  const names = routers.map(({ name }) => name).filter((name) => !name.endsWith("@internal"));
  return { version, providers: providers ?? [], counts, routers: names.sort(), off };
}

const httpRouters = "http.routers";
const troubled = (one: Count | undefined) => one !== undefined && one.errors + one.warnings > 0;
