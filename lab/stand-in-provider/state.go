package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// readInstance returns the state updated from the instance; nil if the instance no longer exists. It includes keys, devices and
// profiles that others changed, so that a plan shows them, but no device that the provider added and the state doesn't have.
func (p *provider) readInstance(ctx context.Context, state object) (object, error) {
	at, err := p.place(state)
	if err != nil {
		return nil, err
	}
	present, err := at.get(ctx)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fresh := maps.Clone(state)
	fresh.set("description", textValue(present.Description))
	fresh.set("type", textValue(present.Type))
	if p.attribute("project").Computed {
		fresh.set("project", textValue(at.project))
	}
	fresh.set("ephemeral", flagValue(present.Ephemeral))
	fresh.set("profiles", textsValue(present.Profiles))
	if restart, has := fresh["allow_restart"]; has && restart.IsNull() {
		fresh.set("allow_restart", defaults["allow_restart"])
	}
	known := state.textMap("config")
	config := maps.Clone(present.Config)
	maps.DeleteFunc(config, func(key, _ string) bool {
		_, ours := known[key]
		return p.ownedByDaemon(key) && !ours
	})
	fresh.set("config", textMapValue(config))
	devices := maps.Clone(present.Devices)
	maps.DeleteFunc(devices, func(name string, device map[string]string) bool {
		return p.managed(device) && !slices.ContainsFunc(state.blocks("device"), func(block object) bool { return block.text("name") == name })
	})
	fresh.set("device", p.devicesValue(devices))
	return fresh, p.observe(ctx, at, present, fresh)
}

// stateAfter is the state after an apply: the plan, with what can only be observed, or `otherwise` if that can't be observed.
func (p *provider) stateAfter(ctx context.Context, at place, planned, otherwise object, failed error) (object, error) {
	steady, cancel := steadily(ctx)
	defer cancel()
	state := maps.Clone(planned)
	present, err := at.get(steady)
	if err == nil {
		err = p.observe(steady, at, present, state)
	}
	if failed == nil {
		failed = err
	}
	if err == nil {
		return state, failed
	}
	return otherwise, failed
}

// observe fills in what only the instance knows. Addresses are those of the NIC that `user.access_interface` names, else of eth0,
// else of the first by name, never of lo.
func (p *provider) observe(ctx context.Context, at place, present wireInstance, state object) error {
	seen, err := at.state(ctx)
	if err != nil {
		return err
	}
	delete(seen.Network, "lo")
	location := present.Location
	if location == "none" {
		location = ""
	}
	nic := seen.Network[accessNic(present.Config, seen)]
	state.set("status", textValue(present.Status))
	state.set("running", flagValue(present.Status == "Running"))
	state.set("location", textValue(location))
	if p.attribute("target").Computed {
		state.set("target", textValue(location))
	}
	state.set("architecture", textValue(present.Architecture))
	state.set("mac_address", textOrNull(nic.Hwaddr))
	state.set("ipv4_address", textOrNull(nic.global("inet")))
	state.set("ipv6_address", textOrNull(nic.global("inet6")))
	if _, has := state["interfaces"]; has {
		state.set("interfaces", p.interfacesValue(seen))
	}
	return nil
}

func accessNic(config map[string]string, seen wireState) string {
	names := sortedKeys(seen.Network)
	for _, name := range []string{config["user.access_interface"], "eth0"} {
		if slices.Contains(names, name) {
			return name
		}
	}
	return strings.Join(names[:min(1, len(names))], "")
}

// global is the NIC's first global address of a family, "inet" or "inet6"; empty if it has none.
func (n wireNic) global(family string) string {
	for _, each := range n.Addresses {
		if each.Family == family && each.Scope == "global" {
			return each.Address
		}
	}
	return ""
}

func (p *provider) interfacesValue(seen wireState) tftypes.Value {
	kind := p.instanceType().AttributeTypes["interfaces"].(tftypes.Map)
	nic := kind.ElementType.(tftypes.Object)
	ips := nic.AttributeTypes["ips"].(tftypes.List)
	values := map[string]tftypes.Value{}
	for name, each := range seen.Network {
		addresses := []tftypes.Value{}
		for _, ip := range each.Addresses {
			addresses = append(addresses, tftypes.NewValue(ips.ElementType, map[string]tftypes.Value{
				"address": textValue(ip.Address), "family": textValue(ip.Family), "scope": textValue(ip.Scope),
			}))
		}
		values[name] = tftypes.NewValue(nic, map[string]tftypes.Value{
			"name": textValue(name), "state": textValue(each.State), "type": textValue(each.Type),
			"ips": tftypes.NewValue(ips, addresses),
		})
	}
	return tftypes.NewValue(kind, values)
}

func (p *provider) devicesValue(devices map[string]map[string]string) tftypes.Value {
	kind := p.instanceType().AttributeTypes["device"].(tftypes.Set)
	values := []tftypes.Value{}
	for _, name := range sortedKeys(devices) {
		properties := maps.Clone(devices[name])
		delete(properties, "type")
		delete(properties, managedBy)
		values = append(values, tftypes.NewValue(kind.ElementType, map[string]tftypes.Value{
			"name": textValue(name), "type": textValue(devices[name]["type"]), "properties": textMapValue(properties),
		}))
	}
	return tftypes.NewValue(kind, values)
}
