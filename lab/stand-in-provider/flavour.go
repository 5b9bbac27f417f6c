package main

import (
	_ "embed"
	"strings"
)

// The one committed copy of each real provider's attribute facts, in the form of `terraform providers schema -json`, is
// stacks/providers/NAME.json. lab/provider.sh puts them here before it builds.
//
//go:embed lxd.json
var lxdSchema []byte

//go:embed incus.json
var incusSchema []byte

// flavour is everything in which the two providers differ. What only one of them has is also in only one of the schemas.
type flavour struct {
	title, address, resource string
	schema                   []byte
	// sockets are searched after those of SOCKET and DIR with this prefix in the environment.
	environment string
	sockets     []string
	// daemonKeys are prefixes of the config keys that the daemon writes.
	daemonKeys []string
	// forcesReplacement has the attributes of which a change replaces the instance; the old one is deleted first, unless the
	// configuration says otherwise. The last ones count only if the configuration has them.
	forcesReplacement, forcesIfConfigured []string
	// stamp is the device property by which the provider tells its own devices from those that people add; without one it takes away
	// each device that the configuration doesn't have.
	stamp string
	// half is what the state of a new instance has if its creation failed.
	half []string
}

var flavours = map[string]flavour{
	"lxd": {
		title: "LXD", address: "registry.terraform.io/terraform-lxd/lxd", resource: "lxd_instance", schema: lxdSchema,
		environment:       "LXD_",
		sockets:           []string{"/var/snap/lxd/common/lxd/unix.socket", "/var/lib/lxd/unix.socket"},
		daemonKeys:        []string{"image.", "volatile."},
		forcesReplacement: []string{"ephemeral", "image", "project", "type"},
		stamp:             "terraform-lxd-provider",
		half:              []string{"name", "project", "remote"},
	},
	"incus": {
		title: "Incus", address: "registry.terraform.io/lxc/incus", resource: "incus_instance", schema: incusSchema,
		environment:        "INCUS_",
		sockets:            []string{"/var/lib/incus/unix.socket"},
		daemonKeys:         []string{"environment.", "image.", "oci.", "volatile."},
		forcesReplacement:  []string{"architecture", "ephemeral", "image", "name", "project", "remote", "type"},
		forcesIfConfigured: []string{"target"},
		half:               []string{"name"},
	},
}

// ownedByDaemon reports whether the daemon writes the config key itself: such keys are left out of the state, unless the configuration
// has them.
func (f flavour) ownedByDaemon(key string) bool {
	for _, prefix := range f.daemonKeys {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

const managedBy = "user.managed-by"

func (f flavour) managed(device map[string]string) bool {
	return f.stamp != "" && device[managedBy] == f.stamp
}
