import type { Instance } from "../../server/roll-call/observed.ts";
import { tags } from "../../shared/tags.ts";

/** A container as it is, whatever anyone has heard of it. */
export interface Machine {
  readonly name: string;
  /** Another one for each that is made under its name. */
  readonly uuid: string;
  state: "running" | "stopped" | "frozen";
  address: string;
  /** Whether its service answers. */
  opens: boolean;
  /** What its platform does to it, if that ends it. */
  ending: string | undefined;
}

/** Every name that is ever declared or made. `box` is no group: its instances declare themselves by labels. */
export const names = ["api-0", "api-1", "web-0", "web-1", "web-2", "web-3", "box-0", "box-1"] as const;

const labels = {
  "user.traefik.enable": "true",
  "user.traefik.http.routers.box.rule": "Host(`box.example.com`)",
  "user.traefik.http.routers.box.entrypoints": "web",
  "user.traefik.http.services.box.loadbalancer.server.port": "80",
};

/** The machines as they are: the world of one history, of which the server only knows what it is told. */
export interface Truth {
  readonly machines: Map<string, Machine>;
  /** Makes one, under a new uuid, at its previous address or at a free one. */
  make(name: string, address: "previous" | "other"): Machine;
  /** A free address for it. */
  otherAddress(name: string): string;
  /** Whether something answers there. */
  answersAt(address: string): Machine | undefined;
  end(name: string): void;
}

export function createTruth(): Truth {
  const machines = new Map<string, Machine>();
  const lastAddress = new Map<string, string>();
  let made = 0;
  let turn = 0;
  const isFree = (address: string) => ![...machines.values()].some((one) => one.address === address);
  /** Few addresses, so that one that is free again is soon another machine's. */
  function otherAddress() {
    for (;;) {
      const address = `10.0.0.${1 + (turn++ % 11)}`;
      if (isFree(address)) return address;
    }
  }
  return {
    machines,
    otherAddress,
    make(name, where) {
      const previous = lastAddress.get(name);
      const address = where === "previous" && previous && isFree(previous) ? previous : otherAddress();
      const machine: Machine = {
        ...{ name, uuid: `${name}#${made++}`, state: "running", address, opens: false, ending: undefined },
      };
      machines.set(name, machine);
      lastAddress.set(name, address);
      return machine;
    },
    answersAt: (address) =>
      [...machines.values()].find((one) => one.address === address && one.state === "running" && one.opens),
    end: (name) => void machines.delete(name),
  };
}

/** What a good listing says of a machine. */
export function listed({ name, uuid, state, address, opens, ending }: Machine): Instance {
  const addresses = state === "running" ? [{ address, tentative: false }] : [];
  return {
    name,
    uuid,
    state,
    keys: isLabelled(name) ? labels : { [tags.group]: groupOf(name) },
    nics: [{ name: "eth0", addresses, problem: undefined }],
    leaving: ending,
    saysReady: opens,
  };
}

/** Which machine of its history one is, counted from 0. */
export const madeAs = (uuid = "") => Number(uuid.split("#")[1]);

export const isLabelled = (name: string) => name.startsWith("box-");

export function groupOf(name: string): string {
  return name.replace(/-\d+$/, "");
}
