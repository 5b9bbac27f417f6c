import { readFile } from "node:fs/promises";
import { type Agent, request } from "undici";
import { boundedText } from "../../files/bounded-text.ts";
import { harmless } from "../../files/harmless.ts";
import { errorWords } from "../../files/system-error.ts";
import { type Rawdata, readRawdata } from "./rawdata.ts";
import type { TraefikApi } from "./settings.ts";

/** How long an answer may take, in milliseconds. */
const deadline = 3000;
/** Some hundred thousand servers. */
const longest = 64 * 1024 * 1024;
const longestHeader = 64 * 1024;

/** Asks a Traefik what it runs. Throws with words that hold no header and nothing of the answer. */
export type AskTraefik = (api: TraefikApi, dispatcher: Agent, stop: AbortSignal) => Promise<Rawdata>;

export const askTraefik: AskTraefik = (api, dispatcher, stop) =>
  askApi(api, "/api/rawdata", readRawdata, dispatcher, stop);

/** Asks a Traefik's API for a path, such as /api/overview, and reads the JSON. Throws as `askTraefik` does. */
export async function askApi<T>(
  { url, headers }: TraefikApi,
  path: string,
  read: (answer: unknown) => T,
  dispatcher: Agent,
  stop: AbortSignal,
): Promise<T> {
  const sent = await Promise.all(
    Object.entries(headers).map(async ([name, value]) => [name, await headerValue(name, value)] as const),
  );
  const late = AbortSignal.timeout(deadline);
  const signal = AbortSignal.any([late, stop]);
  let text: string | undefined;
  try {
    const at = `${url.replace(/\/$/, "")}${path}`;
    const answer = await request(at, { dispatcher, signal, headers: Object.fromEntries(sent) });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`answers ${answer.statusCode}${cures[answer.statusCode] ?? ""}`);
    }
    text = await boundedText(answer.body, longest);
  } catch (error) {
    // A name with several addresses has an error for each.
    const first = error instanceof AggregateError ? error.errors[0] : error;
    throw new Error(late.aborted ? `no whole answer within ${deadline / 1000} s` : harmless(errorWords(first)));
  }
  if (text === undefined) throw new Error(`an answer of more than ${longest / 1024 / 1024} MiB`);
  try {
    return read(JSON.parse(text));
  } catch {
    throw new Error(`an answer that is not that of ${path.split("?", 1)[0]}: is it the address of Traefik's API?`);
  }
}

const cures: Readonly<Record<number, string>> = {
  401: ": set headers of traefik.api",
  403: ": set headers of traefik.api",
  404: ": is it the address of Traefik's API, and is the API on?",
};

/** A file is read each time, so that a new secret counts at once. */
async function headerValue(name: string, value: TraefikApi["headers"][string]): Promise<string> {
  if (typeof value === "string") return value;
  const text = await readFile(value.file, "utf8").catch((error: Error) => {
    throw new Error(`header ${name}: ${value.file}: ${errorWords(error)}`);
  });
  const line = text.trim();
  if (!/^[\t\x20-\x7e]+$/.test(line) || line.length > longestHeader)
    throw new Error(`header ${name}: ${value.file} holds no value of a header: one line of plain text`);
  return line;
}
