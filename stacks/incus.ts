import { Instance } from "@cdktf/provider-incus/lib/instance";
import { IncusProvider } from "@cdktf/provider-incus/lib/provider";
import { added, attributesOf } from "./instance-attributes.ts";
import { literal } from "./literal.ts";
import type { Platform } from "./platform.ts";
import { defined, execsOf } from "./spec-attributes.ts";

/**
 * Incus through lxc/incus 1. Its `wait_for` is left out for the reason that LXD's is. A change of the source's name replaces every
 * instance of a stack: the remote is a part of the instance there. (Both as of 1.1.1.)
 */
export const incus: Platform = {
  addProvider(scope, { name, urls = [], url = urls[0] ?? "unix://" }) {
    new IncusProvider(scope, "incus", { defaultRemote: name, remote: [{ name, address: literal(url) }] });
  },

  addInstance(scope, props) {
    const own = defined({ exec: execsOf(props.spec) });
    return added(new Instance(scope, props.name, { ...attributesOf(props), ...own }), props);
  },
};
