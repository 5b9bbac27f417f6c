import type { ListingOptions } from "./list-files.ts";

/** `*.yaml` and `*.yml` in any case, but not what editors leave behind (`web.yaml~`). */
export const readsYaml: ListingOptions["reads"] = (name) =>
  /\.json$/i.test(name)
    ? { remark: "is JSON, so it is not read; JSON is YAML too: name it .yaml if it should be" }
    : /\.ya?ml$/i.test(name);
