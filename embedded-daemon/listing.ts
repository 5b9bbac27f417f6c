import type { ServerResponse } from "node:http";
import { type Answer, envelope, errorEnvelope, sendJson } from "./answers.ts";
import type { Core } from "./core.ts";
import type { ListingFault } from "./faults.ts";
import { DaemonError } from "./operations.ts";
import { sorted } from "./state.ts";
import { entriesJson } from "./views.ts";

/** How long a listing waits for a member that hangs. */
const HANGS = 30_000;

/** `GET /1.0/instances`, with whatever fault is due. A listing is in flight until it is answered, or given up. */
export async function listInstances(core: Core, query: URLSearchParams, response: ServerResponse): Promise<Answer> {
  const { counts, faults, state, clock } = core;
  counts.listings += 1;
  counts.listingsInFlight += 1;
  counts.maxListingsInFlight = Math.max(counts.maxListingsInFlight, counts.listingsInFlight);
  let over = false;
  const end = () => {
    if (!over) counts.listingsInFlight -= 1;
    over = true;
  };
  response.once("close", end);
  // Taken before the delay, so that faults meet listings in the order in which these arrive.
  const fault = faults.takeListingFault();
  if (faults.listingDelay > 0) await clock.after(faults.listingDelay);
  const instances = sorted(state, wantedProject(query));
  const recursion = recursionOf(query);
  const { hungMembers, offlineMembers } = faults;
  const isOf = (members: Set<string>) => instances.filter(({ location }) => members.has(location));
  if (recursion > 0 && isOf(hungMembers).some(({ location }) => !offlineMembers.has(location)))
    await clock.after(HANGS);
  const stubs = new Set([...faults.errorStubs, ...[hungMembers, offlineMembers].flatMap(isOf).map(({ name }) => name)]);
  const whole = () => envelope(entriesJson(state, instances, recursion, stubs));
  if (fault !== undefined) return fail(fault, response, whole);
  // Not at "close", which comes when a quick client has already asked again.
  end();
  return { kind: "json", text: whole() };
}

/** The project that a query asks for, or undefined for all of them. */
export function wantedProject(query: URLSearchParams): string | undefined {
  const all = ["1", "true", "yes", "on"].includes(query.get("all-projects") ?? "");
  const project = query.get("project");
  if (all && project !== null) throw new DaemonError(400, "Cannot specify a project when requesting all projects");
  return all ? undefined : (project ?? "default");
}

/** LXD reads whatever is not a number, such as `2;fields=state.network`, as 0. */
export function recursionOf(query: URLSearchParams): number {
  const text = query.get("recursion") ?? "";
  return /^\d+$/.test(text) ? Math.min(Number(text), 2) : 0;
}

function fail(fault: ListingFault, response: ServerResponse, whole: () => string): Answer {
  if (typeof fault === "object") {
    if ("status" in fault) sendJson(response, fault.status, fault.body);
    else if ("rewrite" in fault) sendJson(response, 200, fault.rewrite(whole()));
    else cut(response, whole(), fault.cutAt);
    return { kind: "none" };
  }
  switch (fault) {
    case "error-500":
      sendJson(response, 500, errorEnvelope(500, "Failed to begin transaction: context deadline exceeded"));
      break;
    case "not-json":
      sendJson(response, 200, "<html><body>not LXD</body></html>\n");
      break;
    case "wrong-shape":
      sendJson(response, 200, envelope('[{"name":7,"status":["Running"]}]'));
      break;
    case "empty":
      sendJson(response, 200, envelope("[]"));
      break;
    case "cut":
      cut(response, whole(), whole().length / 2);
      break;
  }
  // "hang" answers nothing: the response is over when the client gives up or the daemon ends.
  return { kind: "none" };
}

function cut(response: ServerResponse, text: string, at: number): void {
  const body = Buffer.from(text);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  response.write(body.subarray(0, at), () => response.destroy());
}
