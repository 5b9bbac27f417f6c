import { snapshot } from "../../server/document/snapshot.ts";
import { noMemory } from "../../server/roll-call/memory.ts";
import { callRoll } from "../../server/roll-call/roll-call.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { labelWalk } from "../support/server/labels.ts";
import { declare, group, instance, see } from "../support/server/literals.ts";
import { median, type Result } from "./report.ts";

/** The milliseconds of one roll call with its snapshot, everyone present. */
function timeAt(groups: number, replicas: number, rounds: number): number {
  const declared = declare(...Array.from({ length: groups }, (_, index) => group(`group${index}`, replicas)));
  const names = declared.groups.flatMap(replicaNames);
  const observed = see(
    ...names.map((name, index) =>
      instance(name, { address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` }),
    ),
  );
  let { memory } = callRoll(noMemory, declared, observed);
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    const called = callRoll(memory, declared, observed);
    snapshot(called.plan);
    memory = called.memory;
    return performance.now() - began;
  });
  return median(times.slice(rounds >> 2));
}

/** The milliseconds from a listing of instances that declare themselves, five a service, to what is served of them. */
function timeLabelled(instances: number, rounds: number): number {
  const observed = see(
    ...Array.from({ length: instances }, (_, index) => {
      const app = `app${Math.floor(index / 5)}`;
      const keys = {
        "user.traefik.enable": "true",
        [`user.traefik.http.routers.${app}.rule`]: `Host(\`${app}.example.com\`)`,
        [`user.traefik.http.routers.${app}.middlewares`]: app,
        [`user.traefik.http.middlewares.${app}.stripprefix.prefixes`]: "/app",
        [`user.traefik.http.services.${app}.loadbalancer.server.port`]: "3000",
      };
      return instance(`${app}-${index % 5}`, { keys, address: `10.0.${index >> 8}.${index & 255}` });
    }),
  );
  const walk = labelWalk();
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    walk(observed);
    return performance.now() - began;
  });
  return median(times.slice(rounds >> 2));
}

export function pureFunctions(): Result[] {
  const [few, many] = [timeLabelled(1000, 20), timeLabelled(4000, 12)];
  const small = timeAt(20, 50, 80);
  const large = timeAt(200, 50, 20);
  return [
    { name: "roll call and snapshot of 1,000 replicas", value: small, unit: "ms" },
    { name: "roll call and snapshot of 10,000 replicas", value: large, unit: "ms" },
    { name: "10,000 replicas against 1,000 (10 is linear)", value: large / small, unit: "times", target: { most: 15 } },
    { name: "what 1,000 instances declare by labels", value: few, unit: "ms" },
    { name: "4,000 instances against 1,000 (4 is linear)", value: many / few, unit: "times", target: { most: 6 } },
  ];
}
