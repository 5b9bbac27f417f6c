import { createHash } from "node:crypto";
import { DaemonError } from "./operations.ts";

/** One of the two images that there are: the same web server, which tells its version. */
export interface Image {
  readonly fingerprint: string;
  readonly version: string;
}

/** What a daemon knows of images. */
export interface Images {
  readonly images: readonly Image[];
  /** The fingerprint that each alias leads to. */
  readonly aliases: Map<string, string>;
}

export function createImages(): Images {
  const images = [
    { alias: "web", version: "v1" },
    { alias: "web-v2", version: "v2" },
  ].map((image) => ({ ...image, fingerprint: createHash("sha256").update(image.alias).digest("hex") }));
  return { images, aliases: new Map(images.map(({ alias, fingerprint }) => [alias, fingerprint])) };
}

/** The image of a source; a fingerprint may be shortened, as in LXD. */
export function imageOf(
  { images, aliases }: Images,
  source: { alias?: string | undefined; fingerprint?: string | undefined },
  noAlias = "Image alias not found",
): Image {
  const { alias, fingerprint = alias === undefined ? undefined : aliases.get(alias) } = source;
  const found = images.find((image) => fingerprint !== undefined && image.fingerprint.startsWith(fingerprint));
  if (found === undefined) throw new DaemonError(404, alias === undefined ? "Image not found" : noAlias);
  return found;
}

/** `PUT /1.0/images/aliases/NAME`: the alias leads to another image from now on. */
export function moveAlias(state: Images, alias: string, target: string): void {
  imageOf(state, { alias });
  state.aliases.set(alias, imageOf(state, { fingerprint: target }).fingerprint);
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

export function aliasView(state: Images, alias: string): Record<string, unknown> {
  return { description: "", name: alias, target: imageOf(state, { alias }).fingerprint, type: "container" };
}

export function imageView({ aliases }: Images, { fingerprint, version }: Image): Record<string, unknown> {
  return {
    aliases: [...aliases].flatMap(([name, target]) => (target === fingerprint ? [{ name, description: "" }] : [])),
    architecture: "x86_64",
    auto_update: false,
    cached: false,
    filename: `web-${version}.tar.gz`,
    fingerprint,
    profiles: ["default"],
    properties: { os: "busybox", release: version },
    public: false,
    size: 990_000,
    type: "container",
  };
}
