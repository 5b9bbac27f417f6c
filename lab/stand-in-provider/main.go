// Command terraform-provider-lxd is a stand-in provider, a test fixture: it takes the place of terraform-lxd/lxd 3.0.2 where that
// one can't be had, under the same source address and with the same schema. Of the resources it does lxd_instance only, through
// LXD's REST API on a unix socket. It is never to be used for anything but rollcall's tests.
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
