package main

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// object is the value of a resource, a block or the provider's configuration, by attribute; nil is null. What isn't known
// yet reads as empty, so code that has to tell these apart checks the value itself.
type object map[string]tftypes.Value

func decode(value *tfprotov6.DynamicValue, kind tftypes.Type) (object, error) {
	if value == nil {
		return nil, nil
	}
	whole, err := value.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	return toObject(whole), nil
}

func encode(value object, kind tftypes.Type) (*tfprotov6.DynamicValue, error) {
	whole := tftypes.NewValue(kind, nil)
	if value != nil {
		whole = tftypes.NewValue(kind, map[string]tftypes.Value(value))
	}
	encoded, err := tfprotov6.NewDynamicValue(kind, whole)
	return &encoded, err
}

func toObject(value tftypes.Value) object {
	var attributes map[string]tftypes.Value
	if value.IsNull() || !value.IsKnown() || value.As(&attributes) != nil {
		return nil
	}
	return attributes
}

// read returns the Go value of an attribute, the zero value if it is null or not known.
func read[T string | bool | big.Float | []tftypes.Value | map[string]tftypes.Value](value tftypes.Value) (found T) {
	if value.IsKnown() && !value.IsNull() {
		if err := value.As(&found); err != nil {
			panic(fmt.Sprintf("the schema and the stand-in provider do not agree: %v", err))
		}
	}
	return found
}

func (o object) text(name string) string { return read[string](o[name]) }
func (o object) flag(name string) bool   { return read[bool](o[name]) }

func (o object) texts(name string) []string {
	list := []string{}
	for _, each := range read[[]tftypes.Value](o[name]) {
		list = append(list, read[string](each))
	}
	return list
}

func (o object) textMap(name string) map[string]string {
	found := map[string]string{}
	for key, each := range read[map[string]tftypes.Value](o[name]) {
		found[key] = read[string](each)
	}
	return found
}

// blocks are the nested blocks of that name, in Terraform's order.
func (o object) blocks(name string) []object {
	var found []object
	for _, each := range read[[]tftypes.Value](o[name]) {
		found = append(found, toObject(each))
	}
	return found
}

// set sets an attribute, if the schema has it.
func (o object) set(name string, value tftypes.Value) {
	if _, known := o[name]; known {
		o[name] = value
	}
}

func (o object) equal(other object) bool {
	return maps.EqualFunc(o, other, tftypes.Value.Equal)
}

func textValue(text string) tftypes.Value { return tftypes.NewValue(tftypes.String, text) }
func textOrNull(text string) tftypes.Value {
	if text == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return textValue(text)
}

func flagValue(flag bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, flag) }

func textsValue(texts []string) tftypes.Value {
	values := []tftypes.Value{}
	for _, text := range texts {
		values = append(values, textValue(text))
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, values)
}

func textMapValue(texts map[string]string) tftypes.Value {
	values := map[string]tftypes.Value{}
	for key, text := range texts {
		values[key] = textValue(text)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, values)
}

func sortedKeys[V any](from map[string]V) []string { return slices.Sorted(maps.Keys(from)) }
