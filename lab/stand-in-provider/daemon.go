package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// client speaks the REST API of LXD or Incus. `where` is what its errors say of the place.
type client struct {
	base, where, title string
	http               http.Client
}

// refusal is an error that the daemon answered.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return r.text }

func missing(err error) bool {
	var refused *refusal
	return errors.As(err, &refused) && refused.code == http.StatusNotFound
}

func newSocketClient(socket, title string) *client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return newClient("http://lxd", "unix socket "+socket, title, &http.Transport{DialContext: dial})
}

func newClient(base, where, title string, transport *http.Transport) *client {
	// LXD's own client does the same. Go's transport may open a connection and then use another one that has become free; LXD 5.0.2 reads
	// the first byte of each new connection before it accepts the next one, so it blocks for all clients until that connection is closed.
	transport.DisableKeepAlives = true
	return &client{base: base, where: where, title: title, http: http.Client{Transport: transport}}
}

// call sends a request, and reads the answer's metadata into `into` unless that is nil. It waits for a background operation to end,
// and returns the operation's error.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body, into any) error {
	answer, err := c.request(ctx, method, "/1.0"+path+"?"+query.Encode(), body)
	if err != nil {
		return err
	}
	if answer.Type == "async" {
		if answer, err = c.request(ctx, http.MethodGet, answer.waiting(), nil); err != nil {
			return err
		}
		var ended struct {
			StatusCode int `json:"status_code"`
			Err        string
		}
		if err := json.Unmarshal(answer.Metadata, &ended); err != nil {
			return err
		}
		if ended.StatusCode != http.StatusOK {
			return &refusal{code: ended.StatusCode, text: ended.Err}
		}
		return nil
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer.Metadata, into)
}

type envelope struct {
	Type, Operation, Error string
	ErrorCode              int `json:"error_code"`
	Metadata               json.RawMessage
}

// waiting is the path that answers once the operation has ended. LXD 5.0.2 adds a project to the operation's path if a target was named.
func (e envelope) waiting() string {
	operation, _, _ := strings.Cut(e.Operation, "?")
	return operation + "/wait?timeout=-1"
}

func (c *client) request(ctx context.Context, method, path string, body any) (envelope, error) {
	var answer envelope
	content, err := json.Marshal(body)
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(content))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return answer, fmt.Errorf("%s does not answer at %s: %w", c.title, c.where, err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("the answer of %s at %s is not JSON: %w", c.title, c.where, err)
	}
	if answer.Type == "error" {
		return answer, &refusal{code: answer.ErrorCode, text: answer.Error}
	}
	return answer, nil
}

// wireInstance has the fields of an instance that its resource uses.
type wireInstance struct {
	Name, Description, Status, Location, Type, Architecture string
	Ephemeral                                               bool
	Config                                                  map[string]string
	Devices                                                 map[string]map[string]string
	Profiles                                                []string
}

// wireState is the network state of a running instance, by the NIC's name in the guest.
type wireState struct {
	Network map[string]wireNic
}

type wireNic struct {
	Addresses           []wireAddress
	Hwaddr, State, Type string
}

type wireAddress struct{ Family, Address, Scope string }

// noImage is the daemon's answer about an image that it does not have. It doesn't name the image.
type noImage struct{ error }

// place is one instance in one project of one daemon.
type place struct {
	*client
	project, name string
}

func (p place) query() url.Values { return url.Values{"project": {p.project}} }
func (p place) path() string      { return "/instances/" + url.PathEscape(p.name) }

func (p place) get(ctx context.Context) (found wireInstance, err error) {
	return found, p.call(ctx, http.MethodGet, p.path(), p.query(), nil, &found)
}

func (p place) state(ctx context.Context) (found wireState, err error) {
	return found, p.call(ctx, http.MethodGet, p.path()+"/state", p.query(), nil, &found)
}

func (p place) start(ctx context.Context) error {
	return p.act(ctx, map[string]any{"action": "start", "timeout": -1})
}

func (p place) stop(ctx context.Context, force bool) error {
	return p.act(ctx, map[string]any{"action": "stop", "timeout": 180, "force": force})
}

func (p place) act(ctx context.Context, what map[string]any) error {
	return p.call(ctx, http.MethodPut, p.path()+"/state", p.query(), what, nil)
}

// fingerprint resolves an image's alias or (the beginning of) its fingerprint, as seen from the instance's project.
func (p place) fingerprint(ctx context.Context, image string) (string, error) {
	var alias struct{ Target string }
	err := p.call(ctx, http.MethodGet, "/images/aliases/"+url.PathEscape(image), p.query(), nil, &alias)
	if !missing(err) {
		return alias.Target, err
	}
	var found struct{ Fingerprint string }
	err = p.call(ctx, http.MethodGet, "/images/"+url.PathEscape(image), p.query(), nil, &found)
	if missing(err) {
		return "", noImage{err}
	}
	return found.Fingerprint, err
}
