import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

/** What a backend was asked, as it answers it: JSON. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly httpVersion: string;
  /** `TLSv1.3 TLS_AES_128_GCM_SHA256`; undefined without TLS. */
  readonly tls?: string;
  /** The common name of the client's certificate. */
  readonly client?: string;
}

export type Request = IncomingMessage | Http2ServerRequest;

/** Reads a request to its end. */
export async function askedOf(request: Request): Promise<Asked> {
  // A mirrored copy without its body says the length of it all the same, and ends before it.
  const body = await text(request).catch(() => "");
  const { method = "", url = "", httpVersion } = request;
  const headers = request.headers as Record<string, string>;
  return { method, url, headers, body, httpVersion, ...tlsOf(request) };
}

function tlsOf({ socket }: Request): { tls?: string; client?: string } {
  const secure = socket as TLSSocket;
  if (!secure.encrypted) return {};
  return {
    tls: `${secure.getProtocol()} ${secure.getCipher().standardName}`,
    client: String(secure.getPeerCertificate().subject?.CN),
  };
}

/** Whether somebody is well; `setWell` says so. */
export function createWell() {
  let well = true;
  return {
    isWell: () => well,
    setWell(value: boolean) {
      well = value;
    },
  };
}
