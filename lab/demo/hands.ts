import { replicaNames } from "../../shared/replica-names.ts";
import type { Fleet } from "./fleet.ts";
import { list, type Say } from "./say.ts";
import type { Rollcall } from "./server.ts";
import type { Stage } from "./stage.ts";

/** A replica with its group. */
export interface Replica {
  readonly name: string;
  readonly group: Fleet["hero"];
}

/** What makes the instances: commands like `lxc launch`, or rollcall's verbs, which run terraform. */
export interface Hands {
  /** Whether they are rollcall's verbs. */
  readonly verbs: boolean;
  /** The replicas that are missing when the server starts. */
  late(fleet: Fleet): Replica[];
  /** Makes replicas that are declared and missing; prints the command. */
  make(replicas: readonly Replica[]): Promise<void>;
  /** Changes the number of replicas of the group that the story is about, in its file; prints how. */
  scale(fleet: Fleet, replicas: number): Promise<void>;
}

/** Replicas are launched one by one; the last one of each group comes late. */
export function byHand(stage: Stage, say: Say): Hands {
  return {
    verbs: false,
    late: ({ groups }) =>
      groups.flatMap((group) => {
        const name = replicaNames(group).at(-1);
        return name === undefined ? [] : [{ name, group }];
      }),
    async make(replicas) {
      showLaunch(say, stage, replicas);
      await Promise.all(replicas.map(({ name, group }) => stage.launch(name, group)));
    },
    async scale({ hero, file, scale }, replicas) {
      say.tell(`An edit of ${file}:`);
      scale(replicas);
      say.output(`-replicas: ${hero.replicas}`, `+replicas: ${replicas}`);
    },
  };
}

/** `rollcall deploy` makes what is missing, so at the start that is everything. */
export function byVerbs(rollcall: () => Rollcall, say: Say): Hands {
  return {
    verbs: true,
    late: ({ groups }) => groups.flatMap((group) => replicaNames(group).map((name) => ({ name, group }))),
    async make() {
      await showVerb(rollcall(), say, "deploy", "--yes");
    },
    async scale({ hero }, replicas) {
      await showVerb(rollcall(), say, "scale", `${hero.name}=${replicas}`);
    },
  };
}

/** Runs a verb and prints it with what it prints; of its progress only the last line. Throws if it fails. */
export async function showVerb(rollcall: Rollcall, say: Say, ...words: readonly string[]): Promise<void> {
  say.command(`rollcall ${words.join(" ")} --config ${rollcall.config}`);
  const { code, stdout, stderr } = await rollcall.run(...words);
  if (code !== 0) throw new Error(`rollcall ${words.join(" ")} ended with ${code}: ${stderr.trim()}`);
  say.output(...lines(stdout), ...lines(stderr).slice(-1));
}

export function lines(text: string): string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}

/** Prints how replicas are launched; if that takes more than one line, only for the first. */
function showLaunch(say: Say, stage: Stage, replicas: readonly Replica[]): void {
  const commands = replicas.map(({ name, group }) => stage.typed.launch(name, group));
  const short = commands.every(({ length }) => length === 1);
  say.command(...(short ? commands.flat() : (commands[0] ?? [])));
  const others = replicas.slice(1).map(({ name }) => name);
  if (!short && others.length > 0) say.tell(`and likewise for ${list(others)}.`);
}
