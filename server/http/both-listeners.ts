import type { RequestListener } from "node:http";
import type { Logger } from "pino";
import { createProviderApp } from "./admin.ts";
import { type ListenerSettings, readsNeedToken } from "./listener-settings.ts";
import { providerListener } from "./listeners.ts";
import { type Listener, openListener } from "./open-listener.ts";
import type { ProviderRoute } from "./provider.ts";
import type { ListenerRow } from "./status.ts";
import { namedToken, type OwnToken } from "./token.ts";

export interface BothOptions {
  readonly provider: ListenerSettings;
  readonly admin: ListenerSettings;
  readonly route: ProviderRoute;
  /** What the admin listener answers. */
  readonly pages: RequestListener;
  /** The token of writes. */
  readonly token: OwnToken;
  /** Reads or makes it. */
  readonly openToken: () => Promise<void>;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** The listeners of one server. */
export interface Listeners {
  /** Resolves with where they are bound, `127.0.0.1:7070`. Rejects with the cure if one can't be opened; then `close` closes the other. */
  open(options: BothOptions): Promise<{ readonly provider: string; readonly admin: string }>;
  rows(): readonly ListenerRow[];
  /** Resolves when the last connection has ended. */
  close(): Promise<void>;
}

export function createListeners(): Listeners {
  const opened: Listener[] = [];
  const start = async (...args: Parameters<typeof openListener>) => {
    const listener = await openListener(...args);
    opened.push(listener);
    return listener.bound;
  };
  return {
    async open({ provider, admin, route, pages, token, openToken, log }) {
      const { host } = provider.listen;
      const hot = providerListener(route, createProviderApp(host, provider.hosts), host, provider.hosts);
      const polls = provider.token === undefined ? undefined : namedToken("provider", provider.token);
      await polls?.read();
      const ofProvider = {
        name: "provider",
        settings: provider,
        token: polls,
        needsToken: polls !== undefined,
      } as const;
      const first = await start({ ...ofProvider, log }, hot);
      await openToken();
      const needsToken = readsNeedToken(admin);
      const ofAdmin = { name: "admin", settings: admin, token, needsToken, open: ["/healthz"] } as const;
      return { provider: first, admin: await start({ ...ofAdmin, log }, pages) };
    },
    rows: () => opened.map(({ name, bound, problem }) => ({ name, listen: bound, problem: problem() ?? null })),
    close: async () => void (await Promise.all(opened.map((one) => one.close()))),
  };
}
