import type { FileSources } from "../../server/file-sources.ts";
import { noRoutes } from "../../server/routes/parse-routes.ts";
import { aborted } from "../../server/sources/wake.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { declare } from "../support/server/literals.ts";
import type { Wires } from "./wires.ts";

/** The group files of one history. There are no route files. */
export interface Files {
  readonly groups: () => readonly DeclaredGroup[];
  declare(groups: readonly DeclaredGroup[]): void;
  /** For a server that starts, with what its disk remembers. */
  open(kept: readonly DeclaredGroup[]): FileSources;
}

export function createFiles(first: readonly DeclaredGroup[], wires: Wires): Files {
  let groups = first;
  let declared = declare(...groups);
  let read = () => {};
  const common = { lookAgain() {}, readAgain: async () => false };
  return {
    groups: () => groups,
    declare(next) {
      // A directory without a group is refused.
      if (next.length === 0) return;
      groups = [...next].sort((a, b) => (a.name < b.name ? -1 : 1));
      declared = declare(...groups);
      read();
    },
    open: (kept) => ({
      reload: async () => {},
      first: { declared: declare(...kept), routes: noRoutes },
      groups: {
        ...{ name: "groups", ...common },
        async run(report, signal) {
          read = () => wires.send("files", 500, () => !signal.aborted && report(declared));
          read();
          await aborted(signal);
        },
      },
      routes: {
        ...{ name: "routes", ...common },
        async run(report, signal) {
          report(noRoutes);
          await aborted(signal);
        },
      },
    }),
  };
}
