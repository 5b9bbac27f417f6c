import { nearest } from "../files/did-you-mean.ts";

const removal =
  "`rollcall scale GROUP=0 --deploy` removes the instances of a group; then remove its file. `rollcall destroy` removes all";
const plan = "`rollcall deploy` shows the plan, and asks before it applies anything";
const list = "`rollcall status` lists the replicas, `rollcall routes` the routers";

/** What verbs of other tools are called here. */
const elsewhere: Readonly<Record<string, string>> = {
  ...{ delete: removal, remove: removal, rm: removal, down: removal },
  ...{ plan, preview: plan, apply: "it is `rollcall deploy`", up: "it is `rollcall deploy`" },
  ...{ list, ls: list, ps: list, get: list, logs: "the log is the standard error of `rollcall serve`" },
  ...{ describe: "it is `rollcall explain`", validate: "it is `rollcall check`", lint: "it is `rollcall check`" },
  ...{ start: "it is `rollcall serve`", run: "it is `rollcall serve`", reload: "send SIGHUP to `rollcall serve`" },
  ...{ undo: "it is `rollcall rollout GROUP --undo`", rollback: "it is `rollcall rollout GROUP --undo`" },
};

/** What to say of a verb that does not exist: what to use instead, as far as it can be told. */
export function unknownVerb(verb: string, verbs: readonly string[]): string {
  const known = Object.hasOwn(elsewhere, verb) ? elsewhere[verb] : undefined;
  if (known !== undefined) return `unknown command '${verb}': ${known}`;
  const meant = nearest(verb, verbs);
  return `unknown command '${verb}'${meant === undefined ? "" : ` (Did you mean ${meant}?)`}`;
}
