import type { IncomingMessage, ServerResponse } from "node:http";
import { changeState, snapshot } from "./actions.ts";
import { type Answer, readBody } from "./answers.ts";
import { aliasBody, createBody, projectBody, snapshotBody, stateBody, updateBody } from "./bodies.ts";
import { type Core, instanceNamed, projectNamed, ROOT } from "./core.ts";
import { create, remove } from "./creation.ts";
import { aliasView, imageOf, imageView, moveAlias } from "./images.ts";
import { listInstances, recursionOf } from "./listing.ts";
import { DaemonError } from "./operations.ts";
import { serverView } from "./server-view.ts";
import { createProject } from "./state.ts";
import { patch, replace } from "./updates.ts";
import { fullView, instanceView, networkView, projectView, stateView } from "./views.ts";

/** One request, taken apart. */
export interface Call {
  method: string;
  /** The path's segments after `/1.0`. */
  path: string[];
  query: URLSearchParams;
  request: IncomingMessage;
  response: ServerResponse;
}

/** Finds the route of a call and answers it. */
export async function route(core: Core, call: Call): Promise<Answer> {
  const [root, name, part, detail] = call.path;
  const target = call.query.get("target") ?? "";
  if (root === undefined && call.method === "GET" && core.faults.hungMembers.has(target)) return { kind: "none" };
  if (root === undefined && call.method === "GET")
    return { kind: "sync", metadata: serverView(core.state, core.options.name) };
  const hasBoth = root === "containers" && core.state.flavour.containers;
  if ((root === "instances" || hasBoth) && name === undefined) return instances(core, call);
  if (root === "instances" && name !== undefined && detail === undefined) return instance(core, call, name, part);
  if (root === "operations" && name === undefined && call.method === "GET") return operations(core, call);
  if (root === "operations" && name !== undefined) return operation(core, call, name, part);
  if (root === "projects" && part === undefined) return projects(core, call, name);
  if (root === "networks" && part === undefined && call.method === "GET") return networks(core, call, name);
  if (root === "images") return await images(core, call, name, part);
  if (root === "profiles" && part === undefined && call.method === "GET") return profiles(core, call, name);
  if (root === "storage-pools" && name === undefined && call.method === "GET") return pools(call);
  if (root === "cluster" && name === "members" && part === undefined) return members(core, call);
  throw new DaemonError(404, "not found");
}

async function instances(core: Core, call: Call): Promise<Answer> {
  if (call.method === "GET") return listInstances(core, call.query, call.response);
  if (call.method !== "POST") throw new DaemonError(501, "not implemented");
  const body = await readBody(call.request, createBody);
  const target = call.query.get("target") ?? undefined;
  return { kind: "async", operation: create(core, projectOf(call), body, target) };
}

async function instance(core: Core, call: Call, name: string, part: string | undefined): Promise<Answer> {
  const { method, request } = call;
  const words =
    part === undefined || part === "state" ? core.state.flavour.words.instance(name, projectOf(call)) : undefined;
  const found = instanceNamed(core, projectOf(call), name, words);
  if (core.faults.hungMembers.has(found.location)) return { kind: "none" };
  if (core.faults.offlineMembers.has(found.location))
    throw new DaemonError(500, "Missing event connection with target cluster member");
  switch (`${method} ${part ?? ""}`) {
    case "GET ": {
      const view = recursionOf(call.query) > 0 ? fullView : instanceView;
      return { kind: "sync", metadata: view(core.state, found) };
    }
    case "GET state":
      return { kind: "sync", metadata: stateView(core.state, found) };
    case "PUT state":
      return { kind: "async", operation: changeState(core, found, await readBody(request, stateBody)) };
    case "PUT ":
      return { kind: "async", operation: replace(core, found, await readBody(request, updateBody)) };
    case "PATCH ":
      patch(core, found, await readBody(request, updateBody));
      return { kind: "sync", metadata: {} };
    case "DELETE ":
      return { kind: "async", operation: remove(core, found) };
    case "POST snapshots": {
      const body = await readBody(request, snapshotBody);
      return { kind: "async", operation: snapshot(core, found, body.name) };
    }
  }
  throw part === undefined || part === "state"
    ? new DaemonError(501, "not implemented")
    : new DaemonError(404, "not found");
}

function operations(core: Core, call: Call): Answer {
  if (core.faults.refuseOperations) throw new DaemonError(403, "not authorized");
  const all = core.operations.list(projectOf(call));
  if (recursionOf(call.query) > 0) return { kind: "sync", metadata: all };
  const urls = Object.entries(all).map(([status, some]) => [status, some.map(({ id }) => `/1.0/operations/${id}`)]);
  return { kind: "sync", metadata: Object.fromEntries(urls) };
}

async function operation(core: Core, call: Call, id: string, part: string | undefined): Promise<Answer> {
  const found = core.operations.find(id);
  if (found === undefined || call.method !== "GET") throw new DaemonError(404, "Operation not found");
  if (part === "wait") {
    const timeout = Number(call.query.get("timeout") ?? -1);
    await (timeout < 0 ? found.ended : Promise.race([found.ended, core.clock.after(timeout * 1000)]));
  }
  return { kind: "sync", metadata: found.view };
}

async function projects(core: Core, call: Call, name: string | undefined): Promise<Answer> {
  const { method, request, query } = call;
  const known = core.state.projects;
  const told = (action: string, of: string) =>
    core.events.publish("lifecycle", of, "none", { action, source: `/1.0/projects/${of}`, requestor: ROOT });
  if (name === undefined && method === "GET") {
    const all = [...known.values()];
    const metadata = recursionOf(query) > 0 ? all.map(projectView) : all.map((each) => `/1.0/projects/${each.name}`);
    return { kind: "sync", metadata };
  }
  if (name === undefined && method === "POST") {
    const body = await readBody(request, projectBody);
    if (known.has(body.name)) {
      const reason = 'Failed adding database record: This "projects" entry already exists';
      throw new DaemonError(409, `Failed creating project "${body.name}": ${reason}`);
    }
    known.set(body.name, createProject(body.name, body.config ?? {}, body.description ?? ""));
    told("project-created", body.name);
    return { kind: "sync", metadata: {}, status: 201 };
  }
  const project = projectNamed(core, name ?? "", method === "GET" ? "" : `Fetch project "${name}": `);
  if (method === "GET") return { kind: "sync", metadata: projectView(project) };
  if (method !== "DELETE") throw new DaemonError(501, "not implemented");
  if (project.name === "default") throw new DaemonError(403, "The 'default' project cannot be deleted");
  if (project.instances.size > 0) throw new DaemonError(400, "Only empty projects can be removed");
  known.delete(project.name);
  told("project-deleted", project.name);
  return { kind: "sync", metadata: {} };
}

function networks(core: Core, call: Call, name: string | undefined): Answer {
  const project = projectOf(call);
  projectNamed(core, project, `Failed to load project "${project}": `);
  const all = core.state.networks;
  if (name === undefined && recursionOf(call.query) === 0) {
    return { kind: "sync", metadata: all.map((each) => `/1.0/networks/${each.name}`) };
  }
  if (name === undefined) return { kind: "sync", metadata: all.map((each) => networkView(core.state, each)) };
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new DaemonError(404, "Network not found");
  return { kind: "sync", metadata: networkView(core.state, found) };
}

async function images(core: Core, call: Call, name: string | undefined, part: string | undefined): Promise<Answer> {
  const { state } = core;
  if (name === "aliases" && part !== undefined && call.method === "PUT") {
    moveAlias(state, part, (await readBody(call.request, aliasBody)).target);
    const metadata = { action: "image-alias-updated", source: `/1.0/images/aliases/${part}`, requestor: ROOT };
    core.events.publish("lifecycle", projectOf(call), "none", metadata);
    return { kind: "sync", metadata: {} };
  }
  if (call.method !== "GET") throw new DaemonError(501, "not implemented");
  if (name === "aliases" && part !== undefined) return { kind: "sync", metadata: aliasView(state, part) };
  if (name !== undefined) return { kind: "sync", metadata: imageView(state, imageOf(state, { fingerprint: name })) };
  const all = state.images;
  if (recursionOf(call.query) === 0)
    return { kind: "sync", metadata: all.map(({ fingerprint }) => `/1.0/images/${fingerprint}`) };
  return { kind: "sync", metadata: all.map((image) => imageView(state, image)) };
}

function profiles(core: Core, call: Call, name: string | undefined): Answer {
  const view = { name: "default", description: "Default LXD profile", used_by: [], ...core.state.profile };
  if (name === undefined)
    return { kind: "sync", metadata: recursionOf(call.query) === 0 ? ["/1.0/profiles/default"] : [view] };
  if (name !== "default") throw new DaemonError(404, "Profile not found");
  return { kind: "sync", metadata: view };
}

function pools(call: Call): Answer {
  const view = { name: "default", driver: "dir", description: "", config: {}, status: "Created", used_by: [] };
  return { kind: "sync", metadata: recursionOf(call.query) === 0 ? ["/1.0/storage-pools/default"] : [view] };
}

function members(core: Core, call: Call): Answer {
  const all = core.state.members;
  if (all.includes("none")) throw new DaemonError(500, "Server is not clustered");
  if (recursionOf(call.query) === 0) {
    return { kind: "sync", metadata: all.map((each) => `/1.0/cluster/members/${each}`) };
  }
  const view = (server: string) => ({
    server_name: server,
    ...(core.faults.offlineMembers.has(server)
      ? { status: "Offline", message: "No heartbeat for 20.5s" }
      : { status: "Online", message: "Fully operational" }),
  });
  return { kind: "sync", metadata: all.map(view) };
}

function projectOf(call: Call): string {
  return call.query.get("project") ?? "default";
}
