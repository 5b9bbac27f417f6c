package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// remotes are those in the provider's configuration. A bad one is an error only when it is used, because a plan may configure a
// provider with values that aren't known yet.
type remotes struct {
	byName   map[string]object
	first    string
	standard string
	clients  map[string]*client
}

func newRemotes(config object) (*remotes, error) {
	found := &remotes{byName: map[string]object{}, clients: map[string]*client{}, standard: config.text("default_remote")}
	for _, block := range config.blocks("remote") {
		name := block.text("name")
		if found.first == "" {
			found.first = name
		}
		found.byName[name] = block
	}
	if len(found.byName) == 0 && config["remote"].IsKnown() {
		return nil, fmt.Errorf("at least one remote must be defined")
	}
	return found, nil
}

// name is the remote for a resource with `given`: the default one if that is empty.
func (r *remotes) name(given string) string {
	for _, each := range []string{given, r.standard} {
		if each != "" {
			return each
		}
	}
	return r.first
}

// client returns the client for a remote by name. The caller holds the provider's lock.
func (r *remotes) client(name string) (*client, error) {
	block, known := r.byName[name]
	if !known {
		return nil, fmt.Errorf("the provider's configuration has no remote %q", name)
	}
	if !block["address"].IsKnown() {
		return nil, fmt.Errorf("the address of remote %q is not known yet", name)
	}
	address := block.text("address")
	path, unix := strings.CutPrefix(address, "unix://")
	if !unix || block.text("protocol") == "simplestreams" {
		return nil, fmt.Errorf("remote %q is %s, and the stand-in provider speaks to unix sockets only", name, address)
	}
	if path == "" {
		if path = standardSocket(); path == "" {
			return nil, fmt.Errorf("remote %q names no socket, and LXD's is not in any of the standard places", name)
		}
	}
	if r.clients[path] == nil {
		r.clients[path] = newClient(path)
	}
	return r.clients[path], nil
}

func standardSocket() string {
	places := []string{os.Getenv("LXD_SOCKET")}
	if directory := os.Getenv("LXD_DIR"); directory != "" {
		places = append(places, filepath.Join(directory, "unix.socket"))
	}
	for _, path := range append(places, "/var/snap/lxd/common/lxd/unix.socket", "/var/lib/lxd/unix.socket") {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	return ""
}

// place finds the LXD that a resource is on.
func (p *provider) place(resource object) (place, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.remotes == nil {
		return place{}, fmt.Errorf("the provider was not configured")
	}
	lxd, err := p.remotes.client(p.remotes.name(resource.text("remote")))
	project := resource.text("project")
	if project == "" {
		project = "default"
	}
	return place{client: lxd, project: project, name: resource.text("name")}, err
}

// localImage removes the remote from an image's name, `remote:alias`: it has to be the instance's own remote.
func (p *provider) localImage(resource object) (string, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	image := resource.text("image")
	remote, alias, named := strings.Cut(image, ":")
	if !named {
		return image, nil
	}
	if remote != p.remotes.name(resource.text("remote")) {
		return "", fmt.Errorf("image %q is of another remote: not done by the stand-in provider", image)
	}
	return alias, nil
}
