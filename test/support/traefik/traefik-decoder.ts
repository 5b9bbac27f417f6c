import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../../lab/demo/free-port.ts";

/** What the real Traefik did with one document. */
export type Seen =
  | { readonly verdict: "rejected"; readonly error: string }
  | { readonly verdict: "accepted" | "wipes"; readonly config: unknown };

/** A running Traefik that is asked what it makes of documents, one after the other, by its file provider. */
export interface RealDecoder {
  ask(document: string | Uint8Array): Promise<Seen>;
  stop(): Promise<void>;
}

/** What lies in the file between two documents, so that none is the same as the one before it. */
const marker = (number: number) => `{"http":{"routers":{"marker-${number}":{"rule":"marker"}}}}`;

interface Line {
  readonly message?: string;
  readonly error?: string;
  readonly config?: unknown;
  readonly providerName?: string;
}

/**
 * Starts a Traefik with its file provider, which decodes with the function that its HTTP provider decodes with and has no pause
 * after an error; that the two give the same verdicts is tested in test/real/documents.test.ts.
 */
export async function startDecoder(binary: string): Promise<RealDecoder> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-decoder-"));
  const [watched, aside] = [join(directory, "watched"), join(directory, "aside")];
  for (const path of [watched, aside]) mkdirSync(path);
  const file = join(watched, "document.yml");
  writeFileSync(file, marker(0));
  const flags = [
    `--entryPoints.web.address=127.0.0.1:${await freePort()}`,
    "--log.level=DEBUG",
    "--log.format=json",
    "--global.checkNewVersion=false",
    "--global.sendAnonymousUsage=false",
    "--providers.providersThrottleDuration=0s",
    `--providers.file.filename=${file}`,
    "--providers.file.watch=true",
  ];
  const child = spawn(binary, flags, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let waiting: { take: (seen: Seen) => void; fail: (error: Error) => void } | undefined;
  let last = "";
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      last = line.slice(0, 2000);
      const seen = seenIn(line);
      if (seen) waiting?.take(seen);
    });
  void exited.then((code) => waiting?.fail(new Error(`Traefik ended with ${code}: ${last}`)));

  /** The next verdict that is meant. Traefik may read a file twice, and says the same twice then. */
  function next(meant: (seen: Seen) => boolean): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        clearTimeout(timer);
        waiting = undefined;
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error(`Traefik says nothing; last: ${last}`)), 20_000);
      const take = (seen: Seen) => {
        if (!meant(seen)) return;
        clearTimeout(timer);
        waiting = undefined;
        resolve(seen);
      };
      waiting = { take, fail };
    });
  }

  function put(document: string | Uint8Array, meant: (seen: Seen) => boolean): Promise<Seen> {
    const seen = next(meant);
    writeFileSync(join(aside, "next"), document);
    renameSync(join(aside, "next"), file);
    return seen;
  }

  let markers = 0;
  const isMarker = (seen: Seen) => "config" in seen && JSON.stringify(seen.config).includes(`"marker-${markers}"`);
  await next(isMarker);
  return {
    ask: async (document) => {
      const seen = await put(document, (seen) => !isMarker(seen));
      // Without this, a document that means the same as the one before would only be skipped.
      await put(marker(++markers), isMarker);
      return seen;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function seenIn(line: string): Seen | undefined {
  if (!line.startsWith("{")) return undefined;
  const { message = "", error, config, providerName } = JSON.parse(line) as Line;
  if (message === "Configuration received" && providerName === "file") {
    const empty = !config || Object.values(config).every((section) => Object.keys(section ?? {}).length === 0);
    return { verdict: empty ? "wipes" : "accepted", config };
  }
  const refused = /watcher callback|Unable to load|Error while building configuration/.test(message);
  return refused && error !== undefined ? { verdict: "rejected", error } : undefined;
}
