package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The defaults of attributes that a configuration leaves out. Without profiles it is `default`; with [] there are none.
var defaults = map[string]tftypes.Value{
	"description":   textValue(""),
	"type":          textValue("container"),
	"project":       textValue("default"),
	"ephemeral":     flagValue(false),
	"running":       flagValue(true),
	"allow_restart": flagValue(false),
	"profiles":      textsValue([]string{"default"}),
	"config":        textMapValue(nil),
}

// The types of devices, in the real provider's order.
var deviceTypes = []string{
	"none", "disk", "nic", "unix-char", "unix-block", "usb", "gpu", "infiniband", "proxy", "unix-hotplug", "tpm", "pci",
}

// validateInstance refuses what only the real provider implements, and what neither of them does.
func (f flavour) validateInstance(config object) error {
	for _, key := range sortedKeys(config.textMap("config")) {
		if strings.HasPrefix(key, "volatile.") || strings.HasPrefix(key, "image.") {
			return fmt.Errorf(`Config key cannot have "volatile." or "image." prefix. Got: %q.`, key)
		}
	}
	for _, device := range config.blocks("device") {
		if device["type"].IsKnown() && !slices.Contains(deviceTypes, device.text("type")) {
			return fmt.Errorf("the type of device %q must be one of %q, got: %q", device.text("name"), deviceTypes, device.text("type"))
		}
		for key, value := range device.textMap("properties") {
			if value == "" {
				return fmt.Errorf("property %q of device %q must not be empty", key, device.text("name"))
			}
		}
	}
	for _, each := range config.execs() {
		if each.flag("record_output") {
			return fmt.Errorf("record_output: not done by the stand-in provider")
		}
	}
	for _, block := range config.blocks("file") {
		if !block["source_path"].IsNull() {
			return fmt.Errorf("source_path: not done by the stand-in provider")
		}
	}
	for _, name := range []string{"source_file", "source_instance"} {
		if value, has := config[name]; has && value.IsKnown() && !value.IsNull() && !emptyCollection(value) {
			return fmt.Errorf("%s: not done by the stand-in provider", name)
		}
	}
	for _, wait := range config.blocks("wait_for") {
		switch kind := wait["type"]; {
		case !kind.IsKnown() || slices.Contains([]string{"ipv4", "ipv6"}, wait.text("type")):
		case wait.text("type") == "delay":
			if _, err := time.ParseDuration(wait.text("delay")); err != nil && wait["delay"].IsKnown() {
				return fmt.Errorf("wait_for: a delay needs a duration: %w", err)
			}
		case slices.Contains([]string{"ready", "agent", "cloud-init"}, wait.text("type")):
			return fmt.Errorf("wait_for %s: not done by the stand-in provider", wait.text("type"))
		default:
			return fmt.Errorf("wait_for: unknown type %q", wait.text("type"))
		}
	}
	return nil
}

func emptyCollection(value tftypes.Value) bool {
	switch kind := value.Type(); {
	case kind.Is(tftypes.Map{}):
		return len(read[map[string]tftypes.Value](value)) == 0
	case kind.Is(tftypes.Set{}):
		return len(read[[]tftypes.Value](value)) == 0
	}
	return false
}

func (p *provider) PlanResourceChange(_ context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if request.TypeName != p.resource {
		return &tfprotov6.PlanResourceChangeResponse{Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	config, err := decode(request.Config, p.instanceType())
	if err != nil {
		return nil, err
	}
	prior, err := decode(request.PriorState, p.instanceType())
	if err != nil {
		return nil, err
	}
	planned, err := decode(request.ProposedNewState, p.instanceType())
	if err != nil {
		return nil, err
	}
	if planned == nil {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: request.ProposedNewState}, nil
	}
	answer := &tfprotov6.PlanResourceChangeResponse{RequiresReplace: p.planInstance(config, prior, planned)}
	answer.PlannedState, err = encode(planned, p.instanceType())
	return answer, err
}

// planInstance completes a plan in place, and returns the attributes that force a replacement. Any difference makes all attributes
// that are only computed unknown, with the addresses: the real provider doesn't keep them either.
func (p *provider) planInstance(config, prior, planned object) []*tftypes.AttributePath {
	for name, value := range defaults {
		if p.attribute(name).Computed && config[name].IsNull() {
			planned.set(name, value)
		}
	}
	completeContent(config, planned)
	if prior != nil && planned.equal(prior) {
		return nil
	}
	for _, attribute := range p.instanceSchema().Attributes {
		name := attribute.Name
		_, defaulted := defaults[name]
		isGiven := attribute.Optional && (defaulted || !config[name].IsNull())
		isKept := name == "architecture" && prior != nil && !prior[name].IsNull()
		if attribute.Computed && !isGiven && !isKept {
			planned[name] = tftypes.NewValue(attribute.ValueType(), tftypes.UnknownValue)
		}
	}
	forgetResults(planned)
	var replace []*tftypes.AttributePath
	for _, name := range append(p.forcesReplacement, p.forcesIfConfigured...) {
		counts := slices.Contains(p.forcesReplacement, name) || !config[name].IsNull()
		if prior != nil && counts && !planned[name].Equal(prior[name]) {
			replace = append(replace, tftypes.NewAttributePath().WithAttributeName(name))
		}
	}
	return replace
}
