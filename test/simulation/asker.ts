import type { Ask } from "../../server/probes/question.ts";
import type { Target } from "../../server/roll-call/answers.ts";
import type { Truth } from "./truth.ts";
import type { Wires } from "./wires.ts";

/**
 * Asks what answers at an address now; its answer is on its way until the question's time is over. `heard` is told of each answer that
 * the probes take, with the uuid of what gave it, and of each failure.
 */
export function createAsker(truth: Truth, wires: Wires, heard: (target: Target, by: string | undefined) => void): Ask {
  return (target, told) => {
    const by = truth.answersAt(target.address)?.uuid;
    const takeBack = wires.send(`${target.instance} answers`, Number.POSITIVE_INFINITY, () => {
      clearTimeout(timer);
      heard(target, by);
      told(by === undefined ? { is: "bad", detail: "refused" } : { is: "good" });
    });
    const timer = setTimeout(() => {
      takeBack();
      heard(target, undefined);
      told({ is: "late", detail: "no answer" });
    }, target.question.timeout);
    return () => {
      clearTimeout(timer);
      takeBack();
    };
  };
}
