import { z } from "zod";

/** A token of `config trust add` of lxc or incus: base64 of JSON, which is the same in both (seen on LXD 5.0.2; Incus 6.0 by its source). */
export interface JoinToken {
  /** The name under which the certificate will be listed there. */
  readonly client: string;
  /** SHA-256 of the server's certificate. */
  readonly fingerprint: string;
  /** As it was given; what it holds is a secret. */
  readonly text: string;
}

const shape = z.object({
  client_name: z.string(),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  addresses: z.array(z.string()),
  secret: z.string().min(1),
  expires_at: z.string().optional(),
});

/** Reads one. Throws an Error with the cure, and without the token. `now` is in milliseconds since 1970. */
export function readJoinToken(given: string, now: number): JoinToken {
  const text = given.trim();
  const { success, data } = shape.safeParse(decoded(text));
  if (!success)
    throw new Error("this is no join token: it is the last line that `config trust add` of lxc or incus prints");
  const { client_name: client, fingerprint, expires_at: expiry = "" } = data;
  // The year 1 means never.
  const until = Date.parse(expiry);
  if (until > 0 && until < now)
    throw new Error(`the token expired on ${expiry}: make a new one with \`config trust add\``);
  return { client, fingerprint, text };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}
