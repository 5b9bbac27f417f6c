import type { CreateBody } from "./bodies.ts";
import { checkConfig, idmap } from "./config.ts";
import { alone, type Core, operate, projectNamed, tell } from "./core.ts";
import { type Image, imageConfig, imageOf } from "./images.ts";
import { setVolatile } from "./interfaces.ts";
import { bury } from "./life.ts";
import { DaemonError, type Operation } from "./operations.ts";
import { type Instance, touch } from "./state.ts";

/** `POST /1.0/instances`. */
export function create(core: Core, projectName: string, body: CreateBody, target?: string): Operation {
  if (!/^[a-zA-Z0-9-]+$/.test(body.name)) {
    throw new DaemonError(400, "Invalid instance name: Name can only contain alphanumeric and hyphen characters");
  }
  const project = projectNamed(core, projectName, "Failed loading project: ");
  const { words } = core.state.flavour;
  const image = imageOf(core.state, body.source, words.alias);
  const { members } = core.state;
  core.state.born += 1;
  const number = core.state.born;
  const location = target ?? members[number % members.length] ?? "none";
  const where = { name: body.name, project: projectName, location };
  return operate(core, where, "Creating instance", true, async (report) => {
    if (project.instances.has(body.name)) {
      const reason = `Add instance info to the database: ${words.nameTaken}`;
      throw new DaemonError(400, `Failed creating instance record: ${reason}`);
    }
    const instance = newborn(core, body, image, { ...where, number });
    // The name is taken from here on, though the address is not there yet.
    project.instances.set(body.name, instance);
    await alone(instance, "create", async () => {
      instance.lease = await core.leases.take();
      for (const percent of ["32", "100"])
        report({ create_instance_from_image_unpack_progress: `Unpack: ${percent}%` });
      touch(instance);
      const { namedEvents } = core.state.flavour;
      const context = { "storage-pool": "default", type: "container", ...(namedEvents && { location }) };
      tell(core, instance, "created", { asked: namedEvents, context });
    });
  });
}

function newborn(
  core: Core,
  body: CreateBody,
  image: Image,
  who: Pick<Instance, "name" | "project" | "location" | "number">,
): Instance {
  checkConfig(body.config ?? {});
  const instance: Instance = {
    ...who,
    version: image.version,
    config: { ...imageConfig(image), ...idmap("next"), ...body.config },
    devices: { ...body.devices },
    profiles: body.profiles ?? ["default"],
    description: body.description ?? "",
    ephemeral: body.ephemeral ?? false,
    createdAt: core.clock.now(),
    lastUsedAt: "1970-01-01T00:00:00Z",
    status: "Stopped",
    lease: "",
    interfaces: null,
    guest: undefined,
    busy: undefined,
    snapshots: [],
    rendered: undefined,
  };
  instance.config["volatile.uuid"] = core.clock.uuid();
  instance.config["volatile.cloud-init.instance-id"] = core.clock.uuid();
  setVolatile(core.state, instance);
  return instance;
}

/** `DELETE /1.0/instances/NAME`. */
export function remove(core: Core, instance: Instance): Operation {
  if (instance.status !== "Stopped") throw new DaemonError(400, "Instance is running");
  return operate(core, instance, "Deleting instance", true, () =>
    alone(instance, "delete", async () => {
      for (const { name } of instance.snapshots)
        tell(core, instance, "snapshot-deleted", { asked: false, snapshot: name });
      bury(core, instance);
    }),
  );
}
