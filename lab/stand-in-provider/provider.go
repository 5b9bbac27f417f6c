package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// provider answers Terraform. Requests are concurrent; `remotes` is written once, by ConfigureProvider.
type provider struct {
	noMore
	schemas schemas
	lock    sync.Mutex
	remotes *remotes
}

func (p *provider) instanceSchema() *tfprotov6.SchemaBlock {
	return p.schemas.resources[p.resource].Block
}

func (p *provider) instanceType() tftypes.Object {
	return p.instanceSchema().ValueType().(tftypes.Object)
}

// attribute is one of the resource's; an empty one if the schema doesn't have it.
func (p *provider) attribute(name string) tfprotov6.SchemaAttribute {
	for _, each := range p.instanceSchema().Attributes {
		if each.Name == name {
			return *each
		}
	}
	return tfprotov6.SchemaAttribute{}
}

func (p *provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	answer := &tfprotov6.GetMetadataResponse{ServerCapabilities: capabilities()}
	for _, name := range sortedKeys(p.schemas.resources) {
		answer.Resources = append(answer.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for _, name := range sortedKeys(p.schemas.data) {
		answer.DataSources = append(answer.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return answer, nil
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: capabilities(),
		Provider:           p.schemas.provider,
		ResourceSchemas:    p.schemas.resources,
		DataSourceSchemas:  p.schemas.data,
	}, nil
}

func capabilities() *tfprotov6.ServerCapabilities {
	return &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true, PlanDestroy: true}
}

func (p *provider) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (p *provider) ConfigureProvider(_ context.Context, request *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	config, err := decode(request.Config, p.schemas.provider.ValueType())
	if err != nil {
		return nil, err
	}
	found, err := newRemotes(config, p.flavour)
	if err != nil {
		return &tfprotov6.ConfigureProviderResponse{Diagnostics: failure("The provider's configuration is not complete", err)}, nil
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.remotes = found
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

// StopProvider has nothing to do: the library that calls it cancels the contexts of all requests.
func (p *provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceConfig(_ context.Context, request *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if request.TypeName != p.resource {
		return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	config, err := decode(request.Config, p.instanceType())
	if err != nil {
		return nil, err
	}
	answer := &tfprotov6.ValidateResourceConfigResponse{}
	if err := p.validateInstance(config); err != nil {
		answer.Diagnostics = failure(fmt.Sprintf("Cannot do instance %q", config.text("name")), err)
	}
	return answer, nil
}

// UpgradeResourceState reads what Terraform stored; there is only one version, so nothing changes.
func (p *provider) UpgradeResourceState(_ context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	schema, known := p.schemas.resources[request.TypeName]
	if !known {
		return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	stored, err := request.RawState.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	upgraded, err := tfprotov6.NewDynamicValue(schema.ValueType(), stored)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &upgraded}, err
}

// ReadResource reads the instance; one that is gone is removed from the state.
func (p *provider) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if request.TypeName != p.resource {
		return &tfprotov6.ReadResourceResponse{Diagnostics: p.onlyInstances(request.TypeName)}, nil
	}
	state, err := decode(request.CurrentState, p.instanceType())
	if err != nil {
		return nil, err
	}
	fresh, err := p.readInstance(ctx, state)
	if err != nil {
		summary := fmt.Sprintf("Failed to retrieve instance %q", state.text("name"))
		return &tfprotov6.ReadResourceResponse{NewState: request.CurrentState, Diagnostics: failure(summary, err)}, nil
	}
	encoded, err := encode(fresh, p.instanceType())
	return &tfprotov6.ReadResourceResponse{NewState: encoded}, err
}

// failure is a diagnostic like the real provider's: what failed, and why.
func failure(summary string, err error) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: err.Error()}}
}

func (n noMore) onlyInstances(name string) []*tfprotov6.Diagnostic {
	return failure("No "+name+" here", fmt.Errorf("the stand-in provider does only %s", n.resource))
}
