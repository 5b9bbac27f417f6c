import { setMaxListeners } from "node:events";
import { watchDocument } from "../../server/outputs/etcd/watch-document.ts";
import { sharedNow } from "./children.ts";

/** So many watchers of this process. */
export interface StartWatchers {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly count: number;
}

/** When each document came since the last question, by `sharedNow`, and what was said meanwhile of an etcd that does not answer. */
export interface Arrivals {
  readonly came: readonly number[];
  readonly problems: readonly string[];
}

let came: number[] = [];
let problems: string[] = [];
const { signal } = new AbortController();
setMaxListeners(0, signal);

process.on("message", (asked: StartWatchers | { readonly message: "ask" }) => {
  if ("message" in asked) {
    process.send?.({ came, problems } satisfies Arrivals);
    came = [];
    problems = [];
    return;
  }
  const { endpoints, prefix, count } = asked;
  const onDocument = () => void came.push(sharedNow());
  const onProblem = (said: string | undefined) => {
    if (said !== undefined) problems.push(said);
  };
  for (let i = 0; i < count; i++) void watchDocument({ endpoints }, { prefix, onDocument, onProblem, signal });
});
process.send?.("ready");
process.on("disconnect", () => process.exit());
