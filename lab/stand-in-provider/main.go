// Command terraform-provider-lxd, or by another name terraform-provider-incus, is a stand-in provider, a test fixture: it replaces
// terraform-lxd/lxd 3.0.2 and lxc/incus 1.1.1 where these are not available, with the same source addresses and schemas. It implements
// only the resources lxd_instance and incus_instance, through the REST API on a unix socket or by https. Never use it for anything but rollcall's
// tests.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

func main() {
	called, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-"), "_v")
	flavour, known := flavours[called]
	if !known {
		log.Fatalf("the stand-in provider is called terraform-provider-lxd or terraform-provider-incus, not %s", os.Args[0])
	}
	schemas, err := readSchemas(flavour)
	if err != nil {
		log.Fatalf("the stand-in provider cannot read its schema: %v", err)
	}
	serve := func() tfprotov6.ProviderServer { return &provider{noMore: noMore{flavour}, schemas: schemas} }
	if err := tf6server.Serve(flavour.address, serve); err != nil {
		log.Fatal(err)
	}
}
