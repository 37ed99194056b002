package backend

import (
	"context"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

func (b *backend) pathInfo() *framework.Path {
	text := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeString, Description: description}
	}
	return &framework.Path{
		Pattern:      "info$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.info), Summary: "Read which version of the plugin runs.",
				Responses: answers("The version.", map[string]*framework.FieldSchema{
					"name": text("The plugin's name."), "version": text("Its version."), "commit": text("The commit it was built from."),
					"build_time": text("When that commit was made."), "sdk_version": text("The version of Vault's SDK in it."),
				}),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "info"},
			},
		},
		HelpSynopsis:    "Which version of the plugin runs.",
		HelpDescription: "\n    vault read oracle-financials/info\n",
	}
}

func (b *backend) info(context.Context, request) (*logical.Response, error) {
	return &logical.Response{Data: map[string]any{
		"name": b.version.Name, "version": b.version.Version, "commit": b.version.Commit,
		"build_time": b.version.BuildTime, "sdk_version": b.version.SDKVersion,
	}}, nil
}
