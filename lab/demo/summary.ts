import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { replicaNames } from "../../shared/replica-names.ts";
import { lines, showVerb } from "./hands.ts";
import type { Cast } from "./story.ts";

export async function tellOfTheStatus({ say, rollcall }: Cast): Promise<void> {
  say.heading("The roll call, as rollcall reports it");
  say.command(`rollcall status --config ${rollcall.config}`);
  say.output(...lines((await rollcall.run("status")).stdout));
}

export async function tellOfAnswers({ say, fleet, rollcall }: Cast): Promise<void> {
  say.heading("Questions, and a mistake");
  await showVerb(rollcall, say, "explain", `http://${fleet.host}/`);
  const wrong = join(dirname(rollcall.config), "mistake");
  mkdirSync(wrong);
  const text = readFileSync(fleet.file, "utf8").replace("replicas:", "replica:");
  writeFileSync(join(wrong, "web.yaml"), text);
  say.tell("A file with a mistake changes nothing that is served. `check` finds it before that:");
  say.command(`rollcall check ${wrong}`);
  say.output(...lines((await rollcall.run("check", wrong)).stdout));
}

export function tellWhereThingsAre({ say, front, rollcall, fleet }: Cast): void {
  const { traefik } = front;
  const browser = (host: string, path = "/") => traefik?.web.replace("127.0.0.1", host).replace(/\/$/, path);
  const shop = fleet.others.map(({ host, path }) => browser(host, path)).join("  ");
  say.heading("Where everything is");
  if (traefik !== undefined)
    say.tell(
      `${fleet.hero.name}, through Traefik   ${browser(fleet.host)}  (or curl -H 'Host: ${fleet.host}' ${traefik.web})`,
      `the shop               ${shop}`,
      `Traefik's dashboard    ${traefik.dashboard}`,
    );
  say.tell(
    `what Traefik polls     ${rollcall.endpoint}`,
    `rollcall's status      ${rollcall.admin}/api/status`,
    `                       ${rollcall.admin}/healthz  /readyz  /metrics`,
  );
}

export function tellWhatToTry({ say, stage, fleet }: Cast): void {
  const [first = fleet.hero.name] = replicaNames(fleet.hero);
  say.heading("What to try next");
  say.tell("Stop a replica, and start it again:");
  say.command(stage.typed.stop(first), stage.typed.start(first));
  say.tell("Change the number of replicas:");
  say.command(`\${EDITOR:-vi} ${fleet.file}`);
  say.tell("Ctrl-C ends the demo. Until then, it prints what changes for Traefik:");
}
