import { createHash } from "node:crypto";
import { LxdError } from "./operations.ts";

/** One of the two images that there are: the same web server, which tells its version. */
export interface Image {
  alias: string;
  fingerprint: string;
  version: string;
}

const IMAGES: Image[] = [
  { alias: "web", version: "v1" },
  { alias: "web-v2", version: "v2" },
].map((image) => ({ ...image, fingerprint: createHash("sha256").update(image.alias).digest("hex") }));

/** The image of a source; a fingerprint may be shortened, as in LXD. */
export function imageOf(source: { alias?: string | undefined; fingerprint?: string | undefined }): Image {
  const { alias, fingerprint } = source;
  const found = IMAGES.find((image) =>
    alias === undefined
      ? fingerprint !== undefined && image.fingerprint.startsWith(fingerprint)
      : image.alias === alias,
  );
  if (found === undefined) throw new LxdError(404, alias === undefined ? "Image not found" : "Image alias not found");
  return found;
}

/** The configuration that an instance gets from its image. */
export function imageConfig(image: Image): Record<string, string> {
  return {
    "image.description": `busybox web server ${image.version}`,
    "image.os": "busybox",
    "image.release": image.version,
    "volatile.base_image": image.fingerprint,
  };
}

export function aliasView(image: Image): Record<string, unknown> {
  return { description: "", name: image.alias, target: image.fingerprint, type: "container" };
}

export function imageView(image: Image): Record<string, unknown> {
  return {
    aliases: [{ name: image.alias, description: "" }],
    architecture: "x86_64",
    auto_update: false,
    cached: false,
    filename: `${image.alias}.tar.gz`,
    fingerprint: image.fingerprint,
    profiles: ["default"],
    properties: { os: "busybox", release: image.version },
    public: false,
    size: 990_000,
    type: "container",
  };
}
