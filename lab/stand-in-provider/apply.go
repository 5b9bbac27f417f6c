package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// patience is the limit for any single step; the real provider has the same fixed limit for its waits.
const patience = 3 * time.Minute

// ApplyResourceChange creates, changes or deletes. A step that has begun is finished even if Terraform is interrupted; only waiting
// for addresses ends at once. An error comes with the state reached so far. That of a new instance has its name and, on LXD, its place, and
// nothing else, as with the real provider; Terraform taints it. Without the image, an untainted one is replaced all the same.
func (p *provider) ApplyResourceChange(ctx context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if request.TypeName != p.resource {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: request.PriorState, Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	prior, err := decode(request.PriorState, p.instanceType())
	if err != nil {
		return nil, err
	}
	planned, err := decode(request.PlannedState, p.instanceType())
	if err != nil {
		return nil, err
	}
	verb, name, state := "update", planned.text("name"), object(nil)
	switch {
	case planned == nil:
		verb, name = "delete", prior.text("name")
		if err = p.deleteInstance(ctx, prior); err != nil {
			state = prior
		}
	case prior == nil:
		verb = "create"
		state, err = p.createInstance(ctx, planned)
	default:
		state, err = p.updateInstance(ctx, prior, planned)
	}
	answer := &tfprotov6.ApplyResourceChangeResponse{}
	if err != nil {
		summary := fmt.Sprintf("Failed to %s instance %q", verb, name)
		if errors.As(err, new(noImage)) {
			summary = fmt.Sprintf("Failed to retrieve image info for instance %q", name)
		}
		answer.Diagnostics = failure(summary, err)
	}
	answer.NewState, err = encode(state, p.instanceType())
	return answer, err
}

func steadily(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// createInstance returns the state of what it made, also with an error; nil if it made nothing.
func (p *provider) createInstance(ctx context.Context, planned object) (object, error) {
	at, err := p.place(planned)
	if err != nil {
		return nil, err
	}
	steady, cancel := steadily(ctx)
	defer cancel()
	source := map[string]any{"type": "none"}
	if planned.text("image") != "" {
		image, err := p.localImage(planned)
		if err != nil {
			return nil, err
		}
		fingerprint, err := at.fingerprint(steady, image)
		if err != nil {
			return nil, err
		}
		source = map[string]any{"type": "image", "fingerprint": fingerprint}
	}
	query := at.query()
	if target := planned.text("target"); target != "" {
		query.Set("target", target)
	}
	wanted := map[string]any{"name": at.name, "type": planned.text("type"), "source": source}
	maps.Copy(wanted, p.changeable(planned))
	if err := at.call(steady, http.MethodPost, "/instances", query, wanted, nil); err != nil {
		return nil, err
	}
	bare := p.bareState("", "", "")
	for _, name := range p.half {
		bare[name] = planned[name]
	}
	if planned.flag("running") {
		if err := at.startAndWait(ctx, planned); err != nil {
			return bare, err
		}
		if err := at.writeContent(ctx, nil, planned, true); err != nil {
			return bare, err
		}
	}
	return p.stateAfter(ctx, at, planned, bare, nil)
}

// changeable is the part of an instance that a configuration describes and that can change in place.
func (f flavour) changeable(planned object) map[string]any {
	devices := map[string]map[string]string{}
	for _, block := range planned.blocks("device") {
		properties := block.textMap("properties")
		properties["type"] = block.text("type")
		if f.stamp != "" {
			properties[managedBy] = f.stamp
		}
		devices[block.text("name")] = properties
	}
	return map[string]any{
		"description": planned.text("description"),
		"ephemeral":   planned.flag("ephemeral"),
		"profiles":    planned.texts("profiles"),
		"config":      planned.textMap("config"),
		"devices":     devices,
	}
}

func (at place) startAndWait(ctx context.Context, planned object) error {
	steady, cancel := steadily(ctx)
	defer cancel()
	if err := at.start(steady); err != nil {
		return err
	}
	at.settle(ctx)
	return at.waitFor(ctx, planned)
}

// updateInstance removes config keys that others added, except the daemon's own, and starts or stops the instance as planned. A device that
// LXD's provider added stays, even if the configuration no longer has it: for the real provider it may be one of lxd_instance_device.
func (p *provider) updateInstance(ctx context.Context, prior, planned object) (object, error) {
	at, err := p.place(prior)
	if err != nil {
		return prior, err
	}
	if planned["target"].IsKnown() && !planned["target"].Equal(prior["target"]) {
		return prior, errors.New("a change of target: not done by the stand-in provider")
	}
	steady, cancel := steadily(ctx)
	defer cancel()
	present, err := at.get(steady)
	if err != nil {
		return prior, err
	}
	if to := planned.text("name"); to != at.name {
		if err := at.rename(steady, to, &present, planned.flag("allow_restart")); err != nil {
			return prior, err
		}
		at.name = to
		prior = maps.Clone(prior)
		prior["name"] = planned["name"]
	}
	wanted := p.changeable(planned)
	config := maps.Clone(present.Config)
	maps.DeleteFunc(config, func(key, _ string) bool { return !p.ownedByDaemon(key) })
	maps.Copy(config, planned.textMap("config"))
	wanted["config"], wanted["architecture"] = config, present.Architecture
	devices := maps.Clone(present.Devices)
	maps.DeleteFunc(devices, func(_ string, device map[string]string) bool { return !p.managed(device) })
	maps.Copy(devices, wanted["devices"].(map[string]map[string]string))
	wanted["devices"] = devices
	if err := at.call(steady, http.MethodPut, at.path(), at.query(), wanted, nil); err != nil {
		return prior, err
	}
	switch {
	case planned.flag("running") && present.Status == "Stopped":
		err = at.startAndWait(ctx, planned)
	case !planned.flag("running") && present.Status == "Running":
		err = at.stop(steady, false)
	}
	if err == nil && planned.flag("running") {
		err = at.writeContent(ctx, prior, planned, present.Status == "Stopped")
	}
	return p.stateAfter(ctx, at, planned, prior, err)
}

// rename needs a stopped instance. A running one is stopped only if the configuration allows it.
func (at place) rename(ctx context.Context, to string, present *wireInstance, allowed bool) error {
	if present.Status != "Stopped" {
		if !allowed {
			return errors.New("a running instance is renamed only with allow_restart = true")
		}
		if err := at.stop(ctx, false); err != nil {
			return err
		}
		present.Status = "Stopped"
	}
	return at.call(ctx, http.MethodPost, at.path(), at.query(), map[string]any{"name": to}, nil)
}

// deleteInstance stops by force, without a grace period, and deletes. It is no error if the instance is already gone.
func (p *provider) deleteInstance(ctx context.Context, prior object) error {
	at, err := p.place(prior)
	if err != nil {
		return err
	}
	steady, cancel := steadily(ctx)
	defer cancel()
	present, err := at.get(steady)
	if err == nil && present.Status != "Stopped" {
		err = at.stop(steady, true)
	}
	if err == nil {
		err = at.call(steady, http.MethodDelete, at.path(), at.query(), nil, nil)
	}
	if missing(err) {
		return nil
	}
	return err
}
