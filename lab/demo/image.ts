import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "undici";
import type { Driver } from "../../embedded-daemon/driver.ts";
import type { PlatformName } from "../../shared/platforms.ts";
import { runScript } from "./children.ts";
import type { Home } from "./home.ts";

/** The small image that the replicas are made from. */
export interface Image {
  /** Whether the daemon already has it, for every project to use. */
  readonly shared: boolean;
  /** Adds it to the project if it is not shared; it is deleted with the project. */
  bring(at: { platform: PlatformName; socket: string }, project: string): Promise<void>;
}

const alias = "web";

/** Finds the image of the lab, or builds it. Throws why it can't be built. */
export async function haveImage(driver: Driver, home: Home, signal: AbortSignal): Promise<Image> {
  if (await isThere(driver)) return { shared: true, bring: async () => {} };
  const file = join(home.path, "image.tar.gz");
  const script = fileURLToPath(new URL("../image.sh", import.meta.url));
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
  await runScript(script, [file], inTime).catch((error: Error) => {
    signal.throwIfAborted();
    throw new Error(`it has no image for the demo, and none can be built: ${oneLine(error.message)}`);
  });
  return {
    shared: false,
    async bring(at, project) {
      const fingerprint = await upload(driver, at, project, readFileSync(file));
      await driver.ask("POST", `/images/aliases?project=${project}`, { name: alias, target: fingerprint });
    },
  };
}

async function isThere(driver: Driver): Promise<boolean> {
  try {
    const { target } = (await driver.ask("GET", `/images/aliases/${alias}?project=default`)) as { target: string };
    const image = await driver.ask("GET", `/images/${target}?project=default`);
    return (image as { properties: Record<string, string> }).properties.description === "busybox web server v1";
  } catch {
    return false;
  }
}

async function upload(
  driver: Driver,
  { platform, socket }: { platform: PlatformName; socket: string },
  project: string,
  body: Buffer,
): Promise<string> {
  const client = new Client("http://daemon", { socketPath: socket });
  try {
    const headers = { "content-type": "application/octet-stream", [`x-${platform}-filename`]: "rollcall-demo.tar.gz" };
    const answer = await client.request({ method: "POST", path: `/1.0/images?project=${project}`, headers, body });
    const { error, metadata } = (await answer.body.json()) as { error: string; metadata?: { id: string } };
    if (metadata === undefined || metadata === null) throw new Error(`it refuses the image: ${error}`);
    const ended = await driver.ask("GET", `/operations/${metadata.id}/wait?timeout=30`);
    const { err, metadata: made } = ended as { err: string; metadata?: { fingerprint?: string } };
    if (made?.fingerprint === undefined) throw new Error(`it refuses the image: ${err}`);
    return made.fingerprint;
  } finally {
    await client.destroy();
  }
}

function oneLine(text: string): string {
  return text.replaceAll("lab/image.sh: ", "").replaceAll("\n", "; ");
}
