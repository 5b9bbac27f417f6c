import { z } from "zod";
import type { TlsFiles } from "../access/key-files.ts";
import { askServer } from "./ask-server.ts";
import { createClient, errorWords } from "./client.ts";
import { DaemonError } from "./daemon-error.ts";
import type { JoinToken } from "./join-token.ts";
import { agentOf, ask, type Way, waysTo } from "./way.ts";

/** What a daemon says of a client that it trusts now. */
export interface Enrolled {
  /** `lxd 5.0.2`. */
  readonly server: string;
  readonly platform: string;
  /** Undefined: all. */
  readonly projects: readonly string[] | undefined;
}

const path = "/1.0/certificates";
const deadline = 10_000;

/**
 * Has a daemon trust the certificate of these files, by a join token. The connection is pinned to the token's fingerprint, so another
 * server gets nothing. Throws an Error with the cure.
 */
export async function enrol(url: string, tls: TlsFiles, token: JoinToken): Promise<void> {
  const [way] = waysTo({ urls: [url], tls }) as [Way];
  const agent = agentOf(way);
  // LXD 5.0 reads a token as the password; later ones, and Incus, read trust_token.
  const body = JSON.stringify({ type: "client", name: token.client, password: token.text, trust_token: token.text });
  try {
    const { status, text } = await ask(agent, way, path, deadline, body);
    if (status !== 200 && status !== 201) throw new DaemonError(path, refused(text), { method: "POST", status });
  } finally {
    await agent.destroy();
  }
}

function refused(text: string): string {
  const words = errorWords(text);
  if (!/No matching certificate add operation|not authorized|token/i.test(words)) return words;
  return `${words}: the token was used already, was revoked or has expired; make a new one with \`config trust add\``;
}

const wireTrust = z.object({ restricted: z.boolean(), projects: z.array(z.string()).nullish() });

/** Asks as the enrolled client who answers, and for which projects it is trusted. Throws DaemonError. */
export async function askTrust(url: string, tls: TlsFiles, fingerprint: string): Promise<Enrolled> {
  const client = createClient({ urls: [url], tls });
  try {
    const { environment } = await askServer(client);
    const { restricted, projects } = await client.get(`${path}/${fingerprint}`, wireTrust);
    return {
      server: `${environment.server} ${environment.server_version}`,
      platform: environment.server,
      projects: restricted ? (projects ?? []) : undefined,
    };
  } finally {
    client.close();
  }
}
