import { channel } from "node:diagnostics_channel";
import { type CloseEvent, type ErrorEvent, type MessageEvent, WebSocket } from "undici";
import type { DaemonClient, Stream } from "./client.ts";
import { instancesOf, isEnding } from "./operations.ts";
import { hasProject, type Projects } from "./projects.ts";
import { type WireEvent, wireEvent } from "./wire.ts";

export interface EventStreamOptions {
  readonly client: Pick<DaemonClient, "stream">;
  /** As eventPaths returns them. All are one stream: it is open when each is, and ends when one does. */
  readonly paths: readonly string[];
  readonly onOpen: () => void;
  readonly onEvent: (event: WireEvent) => void;
  readonly signal: AbortSignal;
  /** A ping is overdue (true), or the stream is heard again (false). */
  readonly onQuiet: (isQuiet: boolean) => void;
  /** After so many milliseconds without a word a ping is overdue. LXD pings at once and every 10 s (seen on 5.0.2). */
  readonly quiet: number;
  /** After so many milliseconds without a word the stream is dead. */
  readonly silence: number;
}

/** What LXD's pings every 10 s allow, in milliseconds: a little more than one, and more than two. */
export const patience = { quiet: 12_000, silence: 25_000 } as const;

/** Why a stream ended, and whether its connection may still hang. */
export interface StreamEnd {
  readonly reason: string;
  readonly hung: boolean;
}

const path = "/1.0/events?type=lifecycle,operation";

/**
 * By https only what is ours is asked for: to a client restricted to projects, LXD refuses all of them or tells it of projects that
 * it may not see (5.0.2).
 */
export function eventPaths(isRemote: boolean, projects: readonly string[]): string[] {
  return isRemote ? projects.map((one) => `${path}&project=${encodeURIComponent(one)}`) : [`${path}&all-projects=true`];
}

/**
 * Follows LXD's events until the stream ends, and resolves with why. Nothing is replayed, nothing is in order, and there is no
 * event for an address: an event only says that another look is worthwhile.
 */
export async function followEvents(options: EventStreamOptions): Promise<StreamEnd> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const [open, quiet] = [new Set<string>(), new Set<string>()];
  const ends = options.paths.map(async (one) => {
    const stream = await options.client.stream(one);
    return await followStream(stream, {
      ...options,
      signal,
      onOpen: () => open.add(one).size === options.paths.length && options.onOpen(),
      onQuiet(isQuiet) {
        quiet[isQuiet ? "add" : "delete"](one);
        options.onQuiet(quiet.size > 0);
      },
    });
  });
  const end = await Promise.race(ends).catch(({ message }: Error) => ({ reason: message, hung: false }));
  stop.abort();
  return end;
}

function followStream(stream: Stream, options: EventStreamOptions): Promise<StreamEnd> {
  const { onOpen, onEvent, onQuiet, signal, quiet, silence } = options;
  return new Promise((resolve) => {
    const socket = new WebSocket(stream.url, stream);
    const pings = channel("undici:websocket:ping");
    let isQuiet = false;
    let watchdog = setTimeout(onSilence, silence);

    function end(reason: string, hung = false) {
      clearTimeout(watchdog);
      pings.unsubscribe(onPing);
      signal.removeEventListener("abort", onAbort);
      socket.removeEventListener("close", onClose);
      socket.close();
      resolve({ reason, hung });
    }
    function heard() {
      clearTimeout(watchdog);
      watchdog = setTimeout(onOverdue, quiet);
      if (isQuiet) onQuiet(false);
      isQuiet = false;
    }
    function onOverdue() {
      watchdog = setTimeout(onSilence, silence - quiet);
      isQuiet = true;
      onQuiet(true);
    }
    function onSilence() {
      end(`the event stream was silent for ${silence / 1000} s`, true);
    }
    function onAbort() {
      end("stopped");
    }
    function onPing(message: unknown) {
      if ((message as { websocket?: unknown }).websocket === socket) heard();
    }
    function onClose({ code, reason }: CloseEvent) {
      end(`the event stream was closed (${code}${reason && ` ${reason}`})`);
    }

    pings.subscribe(onPing);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.addEventListener("close", onClose);
    socket.addEventListener("error", ({ message }: ErrorEvent) => {
      if (message) end(`the event stream failed: ${message}`);
    });
    socket.addEventListener("open", () => {
      heard();
      onOpen();
    });
    socket.addEventListener("message", ({ data }: MessageEvent) => {
      heard();
      const event = readEvent(data);
      if (event) onEvent(event);
    });
  });
}

/** Undefined for anything but a known event. */
function readEvent(data: unknown): WireEvent | undefined {
  try {
    return wireEvent.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}

/** Lifecycle actions that change no presence. All others, unknown ones too, are worth a look. */
const idle = /^instance-(exec|console|console-.*|file-.*|log-.*|metadata-.*|backup-.*|snapshot-.*)$/;

/** Whether an event may concern an instance of these projects. */
export function isWorthALook({ type, project, metadata }: WireEvent, projects: Projects): boolean {
  if (type === "operation") return isOurs(project, projects) && isTurn(metadata);
  if (type !== "lifecycle" || metadata.action === undefined) return false;
  if (metadata.action.startsWith("instance-")) return isOurs(project, projects) && !idle.test(metadata.action);
  return /^(network|profile|project|cluster-member|image-alias)-/.test(metadata.action);
}

/** The beginning or the end of an operation for which an instance is out. Its failure has no lifecycle event; what it has done has one too. */
function isTurn({ description = "", status_code = 0 }: WireEvent["metadata"]): boolean {
  return isEnding(description) && (status_code === pending || status_code >= 200);
}
const pending = 105;

/** The instances that an event worth a look names. Undefined if it names none, so that it may concern any. */
export function namedBy({ type, project, metadata }: WireEvent): { project: string; names: string[] } | undefined {
  const { action = "", source = "", context, resources } = metadata;
  const isOfInstance = type === "operation" || action.startsWith("instance-");
  const names = instancesOf(type === "operation" ? { resources } : { resources: { instances: [source] } });
  if (action === "instance-renamed") names.push(...(context?.old_name ? [context.old_name] : []));
  const isWhole = names.length >= (action === "instance-renamed" ? 2 : 1);
  return project && isOfInstance && isWhole ? { project, names } : undefined;
}

/** The instances whose stop, or another end, has failed: of one that ends after that Incus tells by no event (seen on 6.0.4). */
export function failedEnd({ type, metadata }: WireEvent): string[] {
  const { description = "", status_code = 0, resources } = metadata;
  return type === "operation" && status_code >= 400 && isEnding(description) ? instancesOf({ resources }) : [];
}

/** The instance whose name an event says is no longer in use: it was deleted or renamed. */
export function goneInstance({ type, project = "default", metadata }: WireEvent) {
  const { action, source = "", context } = metadata;
  const [, last] = /^\/1\.0\/[a-z-]+\/([A-Za-z0-9-]+)(?:\?|$)/.exec(source) ?? [];
  const name = action === "instance-renamed" ? context?.old_name : action === "instance-deleted" ? last : undefined;
  return type === "lifecycle" && name !== undefined ? { project, name } : undefined;
}

/** Whether an event may have changed what a look only reads now and then: the networks' subnets, the images' aliases. */
export function touchesRest({ metadata }: WireEvent): boolean {
  return /^(network|image-alias)-/.test(metadata.action ?? "");
}

function isOurs(project: string | undefined, projects: Projects): boolean {
  return !project || hasProject(projects, project);
}
