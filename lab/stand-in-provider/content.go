package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The defaults of what a command leaves out.
var execDefaults = object{
	"environment": textMapValue(nil), "working_dir": textValue(""), "trigger": textValue("on_change"),
	"enabled": flagValue(true), "record_output": flagValue(false), "fail_on_error": flagValue(false),
}

// What is only known of a command once it has run.
var execResults = []string{"exit_code", "run_count", "stderr", "stdout"}

func numberValue(number int) tftypes.Value { return tftypes.NewValue(tftypes.Number, number) }

func (o object) number(name string) int {
	value := read[big.Float](o[name])
	number, _ := value.Int64()
	return int(number)
}

// execs are the commands of a resource, by name. Incus's provider has another name for them, no defaults and no results.
func (o object) execs() map[string]object {
	found := map[string]object{}
	for _, attribute := range []string{"exec", "execs"} {
		for name, each := range read[map[string]tftypes.Value](o[attribute]) {
			found[name] = toObject(each)
		}
	}
	return found
}

// setExecs changes the commands of LXD's provider.
func (o object) setExecs(execs map[string]object) {
	if len(read[map[string]tftypes.Value](o["execs"])) == 0 {
		return
	}
	kind := o["execs"].Type().(tftypes.Map)
	values := map[string]tftypes.Value{}
	for name, each := range execs {
		values[name] = tftypes.NewValue(kind.ElementType, map[string]tftypes.Value(each))
	}
	o["execs"] = tftypes.NewValue(kind, values)
}

// completeContent fills in what commands and files leave out.
func completeContent(config, planned object) {
	given, execs := config.execs(), planned.execs()
	for name, each := range execs {
		if _, hasResults := each["run_count"]; !hasResults {
			continue
		}
		for attribute, value := range execDefaults {
			if given[name][attribute].IsNull() {
				each.set(attribute, value)
			}
		}
	}
	planned.setExecs(execs)
	files := config.blocks("file")
	if len(files) == 0 {
		return
	}
	kind := planned["file"].Type().(tftypes.Set)
	values := []tftypes.Value{}
	for _, each := range files {
		if each["mode"].IsNull() {
			each.set("mode", textValue("0644"))
		}
		each.set("append", flagValue(false))
		values = append(values, tftypes.NewValue(kind.ElementType, map[string]tftypes.Value(each)))
	}
	planned["file"] = tftypes.NewValue(kind, values)
}

// forgetResults makes the results of commands unknown, as those of a plan with a difference are.
func forgetResults(planned object) {
	execs := planned.execs()
	for _, each := range execs {
		for _, name := range execResults {
			if value, known := each[name]; known {
				each[name] = tftypes.NewValue(value.Type(), tftypes.UnknownValue)
			}
		}
	}
	planned.setExecs(execs)
}

// writeContent writes the files of a running instance, removes those that the configuration no longer has, and runs the commands. It puts
// their results into `planned`.
func (at place) writeContent(interruptible context.Context, prior, planned object, started bool) error {
	ctx, cancel := steadily(interruptible)
	defer cancel()
	now := planned.blocks("file")
	for _, each := range prior.blocks("file") {
		target := each.text("target_path")
		if !slices.ContainsFunc(now, func(one object) bool { return one.text("target_path") == target }) {
			query := at.query()
			query.Set("path", target)
			if err := at.call(ctx, http.MethodDelete, at.path()+"/files", query, nil, nil); err != nil && !missing(err) {
				return err
			}
		}
	}
	for _, each := range now {
		if err := at.writeFile(ctx, each); err != nil {
			return fmt.Errorf("file %s: %w", each.text("target_path"), err)
		}
	}
	before, execs := prior.execs(), planned.execs()
	for _, name := range sortedKeys(execs) {
		each, runs := execs[name], before[name].number("run_count")
		isNew := before[name] == nil
		triggers := map[string]bool{"": true, "on_change": true, "on_start": started, "once": isNew}
		_, canBeOff := each["enabled"]
		code := tftypes.NewValue(tftypes.Number, nil)
		if triggers[each.text("trigger")] && (!canBeOff || each.flag("enabled")) {
			found, err := at.exec(ctx, each)
			if err == nil && found != 0 && each.flag("fail_on_error") {
				err = fmt.Errorf("exit code %d", found)
			}
			if err != nil {
				return fmt.Errorf("command %s: %w", name, err)
			}
			code, runs = numberValue(found), runs+1
		}
		each.set("exit_code", code)
		each.set("run_count", numberValue(runs))
		each.set("stdout", textOrNull(""))
		each.set("stderr", textOrNull(""))
	}
	planned.setExecs(execs)
	return nil
}

func (at place) writeFile(ctx context.Context, file object) error {
	target := file.text("target_path")
	if file.flag("create_directories") {
		parts := strings.Split(strings.Trim(path.Dir(target), "/"), "/")
		for index := range parts {
			if err := at.putFile(ctx, "/"+path.Join(parts[:index+1]...), "directory", "0755", "", nil); err != nil {
				return err
			}
		}
	}
	owners := map[string]tftypes.Value{"uid": file["uid"], "gid": file["gid"]}
	return at.putFile(ctx, target, "file", file.text("mode"), file.text("content"), owners)
}

// putFile sends the headers of both platforms; neither minds the other's.
func (at place) putFile(ctx context.Context, target, kind, mode, content string, owners map[string]tftypes.Value) error {
	query := at.query()
	query.Set("path", target)
	address := "http://lxd/1.0" + at.path() + "/files?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(content))
	if err != nil {
		return err
	}
	headers := map[string]string{"type": kind, "mode": mode, "write": "overwrite"}
	for name, value := range owners {
		if !value.IsNull() {
			number := read[big.Float](value)
			headers[name] = number.Text('f', 0)
		}
	}
	for name, value := range headers {
		request.Header.Set("X-LXD-"+name, value)
		request.Header.Set("X-Incus-"+name, value)
	}
	response, err := at.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer envelope
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Type == "error" {
		return &refusal{code: answer.ErrorCode, text: answer.Error}
	}
	return nil
}

// exec runs a command, waits for it, and returns its exit code.
func (at place) exec(ctx context.Context, command object) (int, error) {
	body := map[string]any{
		"command": command.texts("command"), "environment": command.textMap("environment"), "cwd": command.text("working_dir"),
		"user": command.number("uid"), "group": command.number("gid"), "interactive": false, "wait-for-websocket": false,
	}
	answer, err := at.request(ctx, http.MethodPost, "/1.0"+at.path()+"/exec?"+at.query().Encode(), body)
	if err != nil {
		return 0, err
	}
	if answer, err = at.request(ctx, http.MethodGet, answer.waiting(), nil); err != nil {
		return 0, err
	}
	var ended struct {
		Err      string
		Metadata struct{ Return *int }
	}
	if err := json.Unmarshal(answer.Metadata, &ended); err != nil {
		return 0, err
	}
	if ended.Metadata.Return == nil {
		return 0, errors.New(ended.Err)
	}
	return *ended.Metadata.Return, nil
}
