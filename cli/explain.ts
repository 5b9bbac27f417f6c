import { nearest } from "../files/did-you-mean.ts";
import { harmless } from "../files/harmless.ts";
import type { Status } from "../server/http/status.ts";
import { aboutName, namesIn } from "./explain-name.ts";
import { explainUrl, isAnswered } from "./explain-url.ts";

/**
 * Says which router answers a URL and why, or what happens to a router, a service, a middleware, a group, a replica or an instance. A
 * host without `http://` is asked for both schemes. Throws with a near name if nothing has that name.
 */
export function explain(status: Status, asked: string, traefik: string): string {
  if (/^https?:\/\//i.test(asked)) return lines(explainUrl(status, urlOf(asked), traefik));
  const about = aboutName(status, asked);
  if (about.length > 0) return lines(about);
  const urls = ["http", "https"].map((scheme) => parsed(`${scheme}://${asked}`)).filter((url) => url !== undefined);
  const answered = urls.filter((url) => isAnswered(status, url, traefik));
  if (answered.length > 0) return lines(answered.flatMap((url) => explainUrl(status, url, traefik)));
  const [url] = urls;
  if (url && /[./:]/.test(asked)) return lines(explainUrl(status, url, traefik));
  const meant = nearest(asked, namesIn(status));
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new Error(`no router, service, middleware, group, replica or instance is called ${asked}${hint}`);
}

function urlOf(text: string): URL {
  const url = parsed(text);
  if (!url) throw new Error(`${text} is not a URL`);
  return url;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function lines(all: readonly string[]): string {
  return `${all.map(harmless).join("\n")}\n`;
}
