package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// schemas is the part of a schema file for one provider.
type schemas struct {
	provider  *tfprotov6.Schema
	resources map[string]*tfprotov6.Schema
	data      map[string]*tfprotov6.Schema
}

type jsonSchema struct {
	Version int64
	Block   jsonBlock
}

type jsonBlock struct {
	Attributes map[string]jsonAttribute
	BlockTypes map[string]jsonNestedBlock `json:"block_types"`
}

type jsonAttribute struct {
	Type       json.RawMessage
	NestedType *struct {
		Attributes  map[string]jsonAttribute
		NestingMode string `json:"nesting_mode"`
	} `json:"nested_type"`
	Required, Optional, Computed, Sensitive, Deprecated bool
	WriteOnly                                           bool `json:"write_only"`
}

type jsonNestedBlock struct {
	Block       jsonBlock
	NestingMode string `json:"nesting_mode"`
	MinItems    int64  `json:"min_items"`
	MaxItems    int64  `json:"max_items"`
}

// readSchemas returns the schemas of the only provider in the file. What it can't express is an error, never left out.
func readSchemas(of flavour) (schemas, error) {
	var content struct {
		ProviderSchemas map[string]struct {
			Provider    jsonSchema
			Resources   map[string]jsonSchema `json:"resource_schemas"`
			DataSources map[string]jsonSchema `json:"data_source_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(of.schema, &content); err != nil {
		return schemas{}, err
	}
	if len(content.ProviderSchemas) != 1 {
		return schemas{}, fmt.Errorf("it is about %d providers, not one", len(content.ProviderSchemas))
	}
	var found schemas
	for _, facts := range content.ProviderSchemas {
		var err error
		if found.provider, err = facts.Provider.convert(); err != nil {
			return schemas{}, fmt.Errorf("provider: %w", err)
		}
		if found.resources, err = convertAll(facts.Resources); err != nil {
			return schemas{}, err
		}
		if found.data, err = convertAll(facts.DataSources); err != nil {
			return schemas{}, err
		}
	}
	if found.resources[of.resource] == nil {
		return schemas{}, fmt.Errorf("it has no %s", of.resource)
	}
	return found, nil
}

func convertAll(each map[string]jsonSchema) (map[string]*tfprotov6.Schema, error) {
	converted := make(map[string]*tfprotov6.Schema, len(each))
	for name, schema := range each {
		var err error
		if converted[name], err = schema.convert(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return converted, nil
}

func (s jsonSchema) convert() (*tfprotov6.Schema, error) {
	block, err := s.Block.convert()
	return &tfprotov6.Schema{Version: s.Version, Block: block}, err
}

func (b jsonBlock) convert() (*tfprotov6.SchemaBlock, error) {
	attributes, err := convertAttributes(b.Attributes)
	if err != nil {
		return nil, err
	}
	block := &tfprotov6.SchemaBlock{Attributes: attributes}
	for _, name := range slices.Sorted(maps.Keys(b.BlockTypes)) {
		nested := b.BlockTypes[name]
		nesting, known := blockNestings[nested.NestingMode]
		if !known {
			return nil, fmt.Errorf("%s: unknown nesting mode %q of a block", name, nested.NestingMode)
		}
		inner, err := nested.Block.convert()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		block.BlockTypes = append(block.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nesting, MinItems: nested.MinItems, MaxItems: nested.MaxItems,
		})
	}
	return block, nil
}

func convertAttributes(each map[string]jsonAttribute) ([]*tfprotov6.SchemaAttribute, error) {
	var converted []*tfprotov6.SchemaAttribute
	for _, name := range slices.Sorted(maps.Keys(each)) {
		from := each[name]
		to := &tfprotov6.SchemaAttribute{
			Name: name, Required: from.Required, Optional: from.Optional, Computed: from.Computed,
			Sensitive: from.Sensitive, Deprecated: from.Deprecated, WriteOnly: from.WriteOnly,
		}
		var err error
		if from.NestedType == nil {
			to.Type, err = readType(from.Type)
		} else {
			nesting, known := objectNestings[from.NestedType.NestingMode]
			if !known {
				return nil, fmt.Errorf("%s: unknown nesting mode %q of an attribute", name, from.NestedType.NestingMode)
			}
			to.NestedType = &tfprotov6.SchemaObject{Nesting: nesting}
			to.NestedType.Attributes, err = convertAttributes(from.NestedType.Attributes)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		converted = append(converted, to)
	}
	return converted, nil
}

var blockNestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle, "list": tfprotov6.SchemaNestedBlockNestingModeList,
	"set": tfprotov6.SchemaNestedBlockNestingModeSet, "map": tfprotov6.SchemaNestedBlockNestingModeMap,
}

var objectNestings = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle, "list": tfprotov6.SchemaObjectNestingModeList,
	"set": tfprotov6.SchemaObjectNestingModeSet, "map": tfprotov6.SchemaObjectNestingModeMap,
}

// readType reads a type as Terraform writes it: "string", ["list", TYPE], or ["object", {NAME: TYPE}].
func readType(text json.RawMessage) (tftypes.Type, error) {
	var name string
	if json.Unmarshal(text, &name) == nil {
		simple := map[string]tftypes.Type{"string": tftypes.String, "bool": tftypes.Bool, "number": tftypes.Number}
		if found, known := simple[name]; known {
			return found, nil
		}
	}
	var pair [2]json.RawMessage
	if json.Unmarshal(text, &pair) != nil || json.Unmarshal(pair[0], &name) != nil {
		return nil, fmt.Errorf("unknown type %s", text)
	}
	if name == "object" {
		return readObject(pair[1])
	}
	element, err := readType(pair[1])
	switch {
	case err != nil:
		return nil, err
	case name == "list":
		return tftypes.List{ElementType: element}, nil
	case name == "set":
		return tftypes.Set{ElementType: element}, nil
	case name == "map":
		return tftypes.Map{ElementType: element}, nil
	}
	return nil, fmt.Errorf("unknown type %s", text)
}

func readObject(text json.RawMessage) (tftypes.Type, error) {
	var each map[string]json.RawMessage
	if err := json.Unmarshal(text, &each); err != nil {
		return nil, err
	}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	for name, attribute := range each {
		var err error
		if object.AttributeTypes[name], err = readType(attribute); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return object, nil
}
