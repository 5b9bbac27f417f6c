import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { hostCheck } from "./hosts.ts";
import type { ProviderRoute } from "./provider.ts";

/** The hot route in front of everything else that the provider listener answers. */
export function providerListener(
  route: ProviderRoute,
  rest: Express,
  host: string,
  hosts: readonly string[],
): RequestListener {
  const known = hostCheck(host, hosts);
  return (request, response) => {
    if (known(request.headers.host) && route.handle(request, response)) return;
    rest(request, response);
  };
}

/** `127.0.0.1:7070`, as it is really bound. */
export function boundTo(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Resolves when the last connection has ended; those that go on for half a second are cut. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 500);
  await closed;
  clearTimeout(timer);
}
