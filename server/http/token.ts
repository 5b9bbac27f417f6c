import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { writeWhole } from "../../files/write-whole.ts";
import { readOwn } from "../state/own-file.ts";

/** What requests need. */
export interface Token {
  /** Whether the value of an Authorization header has it; false while it has not been read. */
  has(header: string | undefined): boolean;
  /** The same; reads or makes it first if need be. Rejects while there is none, with the reason. */
  allows(header: string | undefined): Promise<boolean>;
}

/** A token that is kept in a file. */
export interface OwnToken extends Token {
  read(): Promise<string>;
  /** Reads it anew. Rejects, and keeps the one that it has, if there is none. */
  reread(): Promise<void>;
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

/** The token of writes: that of the file that is configured, else one that is made in the state directory. */
export function createToken(places: TokenPlaces): OwnToken {
  const file = tokenFile(places);
  return places.admin.token === undefined ? tokenOf(file, make) : namedToken("admin", file);

  async function make(): Promise<string> {
    const fresh = randomBytes(32).toString("base64url");
    await writeWhole(file, `${fresh}\n`);
    return fresh;
  }
}

/** The token of a file that a listener's settings name. */
export function namedToken(listener: string, file: string): OwnToken {
  return tokenOf(file, async () => {
    throw new Error(`${listener}.token: there is no ${file}: make it, such as with openssl rand -hex 32`);
  });
}

function tokenOf(file: string, make: () => Promise<string>): OwnToken {
  let token: string | undefined;
  let wanted: Buffer | undefined;
  const fetch = async () => {
    token = (await readToken(file)) ?? (await make());
    wanted = digest(token);
    return token;
  };
  function has(header: string | undefined): boolean {
    const [, given = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
    return wanted !== undefined && timingSafeEqual(digest(given), wanted);
  }
  const read = async () => token ?? (await fetch());
  return {
    has,
    read,
    async reread() {
      await fetch();
    },
    async allows(header) {
      await read();
      return has(header);
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
