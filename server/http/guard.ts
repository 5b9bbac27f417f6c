import type { IncomingMessage, RequestListener } from "node:http";
import { TLSSocket } from "node:tls";
import { sendProblem } from "./problem.ts";
import type { Token } from "./token.ts";

export interface GuardOptions {
  /** Whether each client must show a certificate that the listener's authorities signed. */
  readonly clients: boolean;
  /** What every request needs. */
  readonly token: Token | undefined;
  /** Paths that need neither. */
  readonly open: readonly string[];
  readonly refused: (words: string, details: { readonly from: string | undefined }) => void;
}

/** Puts the checks of a client's certificate and token in front of a listener. A refusal never says what was sent. */
export function guarded(options: GuardOptions, listener: RequestListener): RequestListener {
  const { clients, token, open, refused } = options;
  if (!clients && !token) return listener;
  // A certificate counts for its connection.
  const known = new WeakSet<object>();
  return (request, response) => {
    if (open.includes(request.url ?? "")) return listener(request, response);
    const { socket, headers } = request;
    if (clients && !known.has(socket)) {
      const words = certificateRefusal(socket);
      if (words !== undefined) {
        refused(`a client was refused: ${words}`, { from: socket.remoteAddress });
        return sendProblem(response, 403, "Forbidden", words);
      }
      known.add(socket);
    }
    if (token && !token.has(headers.authorization)) {
      const none = headers.authorization === undefined;
      refused(`a client was refused: it sent ${none ? "no" : "a wrong"} token`, { from: socket.remoteAddress });
      response.setHeader("WWW-Authenticate", "Bearer");
      return sendProblem(response, 401, "Unauthorized", "this needs the token: Authorization: Bearer TOKEN");
    }
    listener(request, response);
  };
}

/** Why the certificate of a connection is not taken. */
function certificateRefusal(socket: IncomingMessage["socket"]): string | undefined {
  if (!(socket instanceof TLSSocket)) return "it does not speak TLS";
  // A TLS 1.3 session that is resumed counts as authorized, even if no certificate was shown when it began.
  if (socket.getPeerX509Certificate() === undefined)
    return "it showed no certificate; many clients show one only if an authority of tls.clients signed it";
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired";
  if (code === "CERT_NOT_YET_VALID") return "its certificate is not valid yet: is the clock right, here and there?";
  return /SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)
    ? "no authority of tls.clients signed its certificate"
    : "its certificate is not one for a client";
}
