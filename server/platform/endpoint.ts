import type { PlatformName } from "../../shared/platforms.ts";
import type { TlsFiles } from "../access/key-files.ts";
import { socketOf } from "./socket.ts";

/** How a daemon is reached: by its unix socket, or by https. The URLs are those of one cluster, the preferred one first. */
export type Endpoint =
  | { readonly socket: string; readonly platform?: PlatformName | undefined }
  | { readonly urls: readonly string[]; readonly tls: TlsFiles };

/** The parts of a source's settings that say how it is reached. */
export interface Reached {
  /** `unix:///path` or `https://HOST:8443`. @default the socket that is found */
  readonly url?: string | undefined;
  readonly platform?: PlatformName | undefined;
  readonly urls?: readonly string[] | undefined;
  readonly tls?: TlsFiles | undefined;
}

export function endpointOf(source: Reached, environment: Readonly<Record<string, string | undefined>>): Endpoint {
  const { url, urls = url?.startsWith("https:") ? [url] : undefined, tls = {} } = source;
  return urls ? { urls, tls } : { socket: socketOf(source, environment), platform: source.platform };
}
