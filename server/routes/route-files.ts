import type { ListingOptions } from "../../files/list-files.ts";
import { readsYaml } from "../../files/reads-yaml.ts";

/**
 * Which files of the directory are read: those that Traefik's file provider reads, in subdirectories too, with endings in any case,
 * following links to files but not to directories (seen on 3.7.15); except TOML and names that begin with a dot.
 */
export const routeListing: ListingOptions = {
  recursive: true,
  reads: (name) =>
    /\.toml$/i.test(name) ? "is TOML, which is not read here; write it as YAML, with the same keys" : readsYaml(name),
};
