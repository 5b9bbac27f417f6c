import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { writeWhole } from "../../files/write-whole.ts";
import { readOwn } from "../state/own-file.ts";

/** The token that a write on the admin listener needs. */
export interface Token {
  /** Whether the value of an Authorization header has it. Rejects while there is none, with the reason. */
  allows(header: string | undefined): Promise<boolean>;
}

/** Where the token is: the file that the configuration names, else one in the state directory. */
export function tokenFile({ admin, state }: TokenPlaces): string {
  return admin.token ?? join(state, "admin-token");
}

export interface TokenPlaces {
  readonly admin: { readonly token?: string | undefined };
  readonly state: string;
}

const shortest = 16;

/** Reads the token, or makes one in the state directory. It is read again only after a failure. */
export function createToken(places: TokenPlaces): Token & { read(): Promise<string> } {
  const file = tokenFile(places);
  let token: string | undefined;
  async function read(): Promise<string> {
    token ??= (await readToken(file)) ?? (await make());
    return token;
  }
  async function make(): Promise<string> {
    if (places.admin.token !== undefined)
      throw new Error(`admin.token: there is no ${file}: make it, such as with openssl rand -hex 32`);
    const fresh = randomBytes(32).toString("base64url");
    await writeWhole(file, `${fresh}\n`);
    return fresh;
  }
  return {
    read,
    async allows(header) {
      const [, given = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
      return timingSafeEqual(digest(given), digest(await read()));
    },
  };
}

async function readToken(file: string): Promise<string | undefined> {
  const token = (await readOwn(file, { secret: true }))?.trim();
  if (token !== undefined && (token.length < shortest || /\s/.test(token)))
    throw new Error(`${file} holds no token: one is ${shortest} characters or more, without spaces`);
  return token;
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
