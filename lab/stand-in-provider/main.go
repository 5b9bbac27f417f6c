// Command terraform-provider-lxd is a stand-in provider, a test fixture: it replaces terraform-lxd/lxd 3.0.2 where that is not
// available, with the same source address and schema. It implements only the resource lxd_instance, through LXD's REST API on a
// unix socket. Never use it for anything but rollcall's tests.
package main

import (
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

func main() {
	schemas, err := readSchemas(schemaFile)
	if err != nil {
		log.Fatalf("the stand-in provider cannot read its schema: %v", err)
	}
	serve := func() tfprotov6.ProviderServer { return &provider{schemas: schemas} }
	if err := tf6server.Serve("registry.terraform.io/terraform-lxd/lxd", serve); err != nil {
		log.Fatal(err)
	}
}
