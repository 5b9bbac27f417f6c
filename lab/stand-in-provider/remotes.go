package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/http"
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
	flavour  flavour
	clients  map[string]*client
}

func newRemotes(config object, of flavour) (*remotes, error) {
	found := &remotes{byName: map[string]object{}, clients: map[string]*client{}, standard: config.text("default_remote"), flavour: of}
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
	// The remotes of Incus have no place for keys.
	if _, hasKeys := block["client_key_file"]; hasKeys && strings.HasPrefix(address, "https://") {
		if r.clients[name] == nil {
			settings, err := secured(block)
			if err != nil {
				return nil, fmt.Errorf("remote %q: %w", name, err)
			}
			r.clients[name] = newClient(strings.TrimSuffix(address, "/"), address, r.flavour.title, &http.Transport{TLSClientConfig: settings})
		}
		return r.clients[name], nil
	}
	path, unix := strings.CutPrefix(address, "unix://")
	if !unix || block.text("protocol") == "simplestreams" {
		return nil, fmt.Errorf("remote %q is %s, and the stand-in provider speaks to unix sockets, and to LXD by https", name, address)
	}
	if path == "" {
		if path = r.flavour.standardSocket(); path == "" {
			return nil, fmt.Errorf("remote %q names no socket, and that of %s is not in any of the standard places", name, r.flavour.title)
		}
	}
	if r.clients[path] == nil {
		r.clients[path] = newSocketClient(path, r.flavour.title)
	}
	return r.clients[path], nil
}

// secured are the TLS settings of an https remote. The server is the one with the pinned certificate, else one that the system's
// authorities vouch for; another one is sent nothing.
func secured(block object) (*tls.Config, error) {
	settings := &tls.Config{}
	if block.text("bearer_token_file") != "" {
		return nil, fmt.Errorf("bearer_token_file: not done by the stand-in provider")
	}
	if file := block.text("client_certificate_file"); file != "" {
		pair, err := tls.LoadX509KeyPair(file, block.text("client_key_file"))
		if err != nil {
			return nil, err
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	if pinned := block.text("server_certificate_fingerprint"); pinned != "" {
		settings.InsecureSkipVerify = true
		settings.VerifyConnection = func(state tls.ConnectionState) error {
			if shown := fmt.Sprintf("%x", sha256.Sum256(state.PeerCertificates[0].Raw)); shown != pinned {
				return fmt.Errorf("it shows the certificate %s, not the pinned %s", shown, pinned)
			}
			return nil
		}
	}
	return settings, nil
}

func (f flavour) standardSocket() string {
	places := []string{os.Getenv(f.environment + "SOCKET")}
	if directory := os.Getenv(f.environment + "DIR"); directory != "" {
		places = append(places, filepath.Join(directory, "unix.socket"))
	}
	for _, path := range append(places, f.sockets...) {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	return ""
}

// place finds the daemon that a resource is on.
func (p *provider) place(resource object) (place, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.remotes == nil {
		return place{}, fmt.Errorf("the provider was not configured")
	}
	daemon, err := p.remotes.client(p.remotes.name(resource.text("remote")))
	project := resource.text("project")
	if project == "" {
		project = "default"
	}
	return place{client: daemon, project: project, name: resource.text("name")}, err
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
