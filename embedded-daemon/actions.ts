import type { StateBody } from "./bodies.ts";
import { alone, type Core, draw, operate, tell } from "./core.ts";
import { boot, die, shutDown, told } from "./life.ts";
import { DaemonError, type Operation } from "./operations.ts";
import { type Instance, touch } from "./state.ts";
import { snapshotView } from "./views.ts";

const RESTART_GAP = 20;

/** `PUT /1.0/instances/NAME/state`. */
export function changeState(core: Core, instance: Instance, body: StateBody): Operation {
  const begin = (description: string, work: () => Promise<void>) => operate(core, instance, description, false, work);
  // LXD takes no patience, which is also what a body without `timeout` says, for force.
  const timeout = body.force === true ? 0 : (body.timeout ?? 0);
  switch (body.action) {
    case "start":
      return begin("Starting instance", () => start(core, instance));
    case "stop":
      return begin("Stopping instance", () => stop(core, instance, timeout));
    case "restart":
      return begin("Restarting instance", () => restart(core, instance, timeout));
    case "freeze":
      return begin("Freezing instance", async () => freeze(core, instance));
    case "unfreeze":
      return begin("Unfreezing instance", async () => unfreeze(core, instance));
    default:
      throw new DaemonError(400, `Unknown action: '${body.action}'`);
  }
}

async function start(core: Core, instance: Instance): Promise<void> {
  if (instance.busy?.action === "start") return instance.busy.done;
  if (instance.status !== "Stopped") throw new DaemonError(400, "The instance is already running");
  await alone(instance, "start", async () => {
    await core.clock.after(draw(core, core.options.startDelay));
    boot(core, instance);
    tell(core, instance, "started");
  });
}

async function stop(core: Core, instance: Instance, timeout: number): Promise<void> {
  if (instance.status === "Stopped") throw new DaemonError(400, "The instance is already stopped");
  const action = timeout === 0 ? "stopped" : "shutdown";
  const { busy } = instance;
  if (busy?.action === "stop" || busy?.action === "restart") {
    // It joins the one that goes on, and cuts that short if it is forced. After a restart there is nothing to tell.
    if (timeout === 0) die(core, instance);
    await busy.done;
    if (busy.action === "stop") tell(core, instance, action);
    return;
  }
  await alone(instance, "stop", async () => {
    await end(core, instance, timeout);
    await told(core, instance, action, true);
  });
}

async function restart(core: Core, instance: Instance, timeout: number): Promise<void> {
  if (instance.busy?.action === "stop") await instance.busy.done;
  else if (instance.status === "Stopped") throw new DaemonError(400, "The instance is already stopped");
  else if (instance.status === "Frozen" && timeout !== 0) throw new DaemonError(400, "Instance is not running");
  await alone(instance, "restart", async () => {
    await end(core, instance, timeout);
    await core.clock.after(RESTART_GAP + draw(core, core.options.stopDelay) + draw(core, core.options.startDelay));
    boot(core, instance);
    tell(core, instance, "restarted");
  });
}

async function end(core: Core, instance: Instance, timeout: number): Promise<void> {
  if (instance.status === "Frozen" && timeout !== 0 && core.state.flavour.stopThaws) unfreeze(core, instance);
  if (timeout === 0) die(core, instance);
  else if (!(await shutDown(core, instance, timeout))) {
    throw new DaemonError(
      400,
      `Failed shutting down instance, status is "Running": ${core.state.flavour.words.stopTooLate}`,
    );
  }
}

function freeze(core: Core, instance: Instance): void {
  if (instance.status === "Stopped") throw new DaemonError(400, core.state.flavour.words.notRunning);
  if (instance.status === "Frozen") throw new DaemonError(400, "The container is already frozen");
  instance.guest?.freeze();
  instance.status = "Frozen";
  touch(instance);
  tell(core, instance, "paused");
}

function unfreeze(core: Core, instance: Instance): void {
  if (instance.status === "Stopped") throw new DaemonError(400, "The container isn't running");
  if (instance.status === "Running") throw new DaemonError(400, "The container is already running");
  instance.guest?.thaw();
  instance.status = "Running";
  touch(instance);
  tell(core, instance, "resumed");
}

/** `POST /1.0/instances/NAME/snapshots`: a running instance is frozen meanwhile, and says so in listings and events. */
export function snapshot(core: Core, instance: Instance, name: string | undefined): Operation {
  const chosen = name ?? `snap${instance.snapshots.length}`;
  return operate(core, instance, "Snapshotting instance", true, async () => {
    if (instance.snapshots.some((each) => each.name === chosen)) {
      const reason = 'Add snapshot info to the database: This "instances_snapshots" entry already exists';
      throw new DaemonError(400, `Failed creating instance snapshot record "${chosen}": ${reason}`);
    }
    await alone(instance, "snapshot", async () => {
      instance.snapshots.push(snapshotView(core.state, instance, chosen, core.clock.now()));
      touch(instance);
      tell(core, instance, "snapshot-created", { asked: false, snapshot: chosen });
      if (instance.status !== "Running") return;
      const { guest } = instance;
      freeze(core, instance);
      await core.clock.after(core.faults.snapshotFreeze);
      if (instance.guest === guest && instance.guest !== undefined) unfreeze(core, instance);
    });
  });
}
