import { instance, provider } from "@cdktf/provider-lxd";
import { literal, literals } from "./literal.ts";
import type { Platform } from "./platform.ts";

/**
 * LXD through terraform-lxd/lxd 3. Its `wait_for` is left out: it gives up after three minutes and taints the instance, and the roll
 * call waits for the address anyway. A device that is removed from a group's file stays on the instance; `deploy` and `status` say how to
 * remove it. (Both as of 3.0.2.)
 */
export const lxd: Platform = {
  addProvider(scope, { name, url = "unix://" }) {
    new provider.LxdProvider(scope, "lxd", { defaultRemote: name, remote: [{ name, address: literal(url) }] });
  },

  addInstance(scope, { name, remote, project, spec, tags, family }) {
    const made = new instance.Instance(scope, name, {
      name,
      remote,
      project,
      image: literal(spec.image),
      type: spec.type,
      profiles: spec.profiles,
      config: literals({ ...spec.config, ...tags }),
      device: Object.entries(spec.devices).map(([device, { type = "", ...properties }]) => ({
        name: device,
        type: literal(type),
        properties: literals(properties),
      })),
    });
    // The address in the state is the replica's name: renaming a construct then never replaces an instance.
    made.overrideLogicalId(name);
    return { address: family === "ipv4" ? made.ipv4Address : made.ipv6Address };
  },
};
