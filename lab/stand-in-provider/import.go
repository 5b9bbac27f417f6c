package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ImportResourceState takes `[remote:][project/]name[,image=IMAGE]`. Without the image the next apply replaces the instance, as
// with the real provider, because neither daemon records the image name that was used.
func (p *provider) ImportResourceState(_ context.Context, request *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	if request.TypeName != p.resource {
		return &tfprotov6.ImportResourceStateResponse{Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	id, image, _ := strings.Cut(request.ID, ",image=")
	remote, rest, named := strings.Cut(id, ":")
	if !named {
		remote, rest = "", id
	}
	project, name, named := strings.Cut(rest, "/")
	if !named {
		project, name = "default", rest
	}
	if name == "" || strings.ContainsAny(name, "/,=") {
		err := fmt.Errorf("%q is not [remote:][project/]name[,image=IMAGE]", request.ID)
		return &tfprotov6.ImportResourceStateResponse{Diagnostics: failure("Failed to import an instance", err)}, nil
	}
	state := p.bareState(name, project, remote)
	if image != "" {
		state["image"] = textValue(image)
	}
	encoded, err := encode(state, p.instanceType())
	imported := &tfprotov6.ImportedResource{TypeName: request.TypeName, State: encoded}
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{imported}}, err
}

// bareState has an instance's name and its place, and nothing else.
func (p *provider) bareState(name, project, remote string) object {
	state := object{}
	for attribute, kind := range p.instanceType().AttributeTypes {
		state[attribute] = tftypes.NewValue(kind, nil)
		if kind.Is(tftypes.Set{}) {
			state[attribute] = tftypes.NewValue(kind, []tftypes.Value{})
		}
	}
	for attribute, text := range map[string]string{"name": name, "project": project, "remote": remote} {
		if text != "" {
			state[attribute] = textValue(text)
		}
	}
	return state
}
