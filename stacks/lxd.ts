import { Instance } from "@cdktf/provider-lxd/lib/instance";
import { LxdProvider } from "@cdktf/provider-lxd/lib/provider";
import { added, attributesOf } from "./instance-attributes.ts";
import { literal } from "./literal.ts";
import type { Platform } from "./platform.ts";
import { defined, execsOf } from "./spec-attributes.ts";

/**
 * LXD through terraform-lxd/lxd 3. Its `wait_for` is left out: it gives up after three minutes and taints the instance, and the roll
 * call waits for the address anyway. A device that is removed from a group's file stays on the instance; `deploy` and `status` say how to
 * remove it. (Both as of 3.0.2.)
 */
export const lxd: Platform = {
  addProvider(scope, { name, urls = [], url = urls[0] ?? "unix://", tls = {} }) {
    const known = Object.entries({
      clientCertificateFile: tls.certificate,
      clientKeyFile: tls.key,
      bearerTokenFile: tls.token,
      serverCertificateFingerprint: tls.fingerprint,
    }).flatMap(([key, value]) => (value === undefined ? [] : [[key, literal(value)]]));
    const remote = { name, address: literal(url), ...Object.fromEntries(known) };
    new LxdProvider(scope, "lxd", { defaultRemote: name, remote: [remote] });
  },

  addInstance(scope, props) {
    const { allowRestart, timeouts } = props.spec;
    const own = defined({ allowRestart, timeouts: timeouts && defined(timeouts), execs: execsOf(props.spec) });
    return added(new Instance(scope, props.name, { ...attributesOf(props), ...own }), props);
  },
};
