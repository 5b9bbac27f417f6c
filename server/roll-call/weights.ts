import { heaviest, type Protocol } from "../../shared/group-service.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { weightKey } from "../../shared/tags.ts";
import { isBare, type Listing } from "./observed.ts";
import type { ReplicaPlan } from "./plan.ts";

export interface WeighingOptions {
  /** The declaration whose settings are served. */
  readonly group: DeclaredGroup;
  /** The protocol of the replicas that are served. */
  readonly protocol: Protocol;
  readonly listingFor: (row: ReplicaPlan) => Listing | undefined;
  /** The weight that an instance asked for when it was last seen. */
  readonly remembered: (row: ReplicaPlan) => number | undefined;
}

/** Gives rows their weights: the instance's own, else the file's. A weight that is ignored gets a remark. */
export function withWeights({
  group,
  protocol,
  listingFor,
  remembered,
}: WeighingOptions): (row: ReplicaPlan) => ReplicaPlan {
  const { weights, loadBalancer } = group.service;

  function ofInstance(row: ReplicaPlan): { readonly weight?: number | undefined; readonly remark?: string } {
    const instances = listingFor(row)?.instances;
    const instance = instances?.get(row.replica);
    if (!instances || (instance && isBare(instance))) return { weight: remembered(row) };
    const written = instance?.keys[weightKey];
    if (written === undefined) return {};
    if (protocol !== "http") return { remark: ignored(`${protocol.toUpperCase()} servers have no weight in Traefik`) };
    const weight = readWeight(written);
    if (weight === undefined) return { remark: ignored(`it is not a whole number from 0 to ${heaviest}`) };
    if (balancesBlindly(loadBalancer) && weight > 0)
      return { remark: ignored("strategy p2c ignores every weight but 0") };
    return { weight };
  }

  return (row) => {
    if (row.state === "surplus") return row;
    const { weight, remark } = ofInstance(row);
    const ofFile =
      protocol === "http" && weights && Object.hasOwn(weights, row.replica) ? weights[row.replica] : undefined;
    if (weight !== undefined) return { ...row, weight, weightFrom: "instance" };
    return {
      ...row,
      ...(ofFile !== undefined && { weight: ofFile, weightFrom: "file" }),
      ...(remark !== undefined && { remark }),
    };
  };
}

/** Whether a load balancer ignores weights, even a weight of 0. (Seen on 3.7.15.) */
export function balancesBlindly(loadBalancer: object | undefined): boolean {
  return loadBalancer !== undefined && "strategy" in loadBalancer && loadBalancer.strategy === "p2c";
}

const ignored = (why: string) => `${weightKey} is ignored: ${why}`;

function readWeight(written: string): number | undefined {
  const weight = /^(0|[1-9]\d{0,4})$/.test(written) ? Number(written) : Number.NaN;
  return weight <= heaviest ? weight : undefined;
}
