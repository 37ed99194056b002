package backend

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

func (b *backend) pathCreds() *framework.Path {
	content := map[string]*framework.FieldSchema{
		"server_url":          {Type: framework.TypeString, Required: true, Description: "The pod's address."},
		"rest_api_url":        {Type: framework.TypeString, Required: true, Description: "Where the REST resources begin."},
		"username":            {Type: framework.TypeString, Required: true, Description: "The user name."},
		"password":            {Type: framework.TypeString, Required: true, Description: "The password.", DisplayAttrs: &framework.DisplayAttributes{Sensitive: true}},
		"timeout":             {Type: framework.TypeInt, Required: true, Description: "Seconds a request may take."},
		"retry_attempts":      {Type: framework.TypeInt, Required: true, Description: "How often to try a transient failure again; never a 401."},
		"modules":             {Type: framework.TypeStringSlice, Required: true, Description: "The selected finance modules."},
		"credential_version":  {Type: framework.TypeInt, Required: true, Description: "1 at create, one more with every new password."},
		"last_vault_rotation": {Type: framework.TypeString, Required: true, Description: "When this user name and password became current, RFC 3339."},
	}
	maps.Copy(content, rotationSchema())
	return b.readPath(nounCreds, "credentials", "Read the user name and password that applications log in with.", content, b.credsRead, `
Served in every state, without a lease. Everything but the password is also what the
application needs to call the REST API.

    vault read oracle-financials/creds/gl-prod
    vault read -field=password oracle-financials/creds/gl-prod
`)
}

// readPath is a read-only path with a name.
func (b *backend) readPath(noun, suffix, synopsis string, content map[string]*framework.FieldSchema, do operation, help string) *framework.Path {
	return &framework.Path{
		Pattern:      noun + "/" + namePattern + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:       map[string]*framework.FieldSchema{"name": nameField("integration")},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(do), Summary: synopsis, Responses: answers("OK", content),
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: suffix},
			},
		},
		HelpSynopsis:    synopsis,
		HelpDescription: help,
	}
}

func (b *backend) pathCredsList() *framework.Path {
	return b.listPath(nounCreds, "List the names under which credentials are read.", b.integrationList)
}

func (b *backend) pathConnector() *framework.Path {
	text := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeString, Required: true, Description: description}
	}
	content := map[string]*framework.FieldSchema{
		"oracle-financials-server-url":     text("The pod's address."),
		"oracle-financials-username":       text("The user name."),
		"oracle-financials-password":       {Type: framework.TypeString, Required: true, Description: "The password.", DisplayAttrs: &framework.DisplayAttributes{Sensitive: true}},
		"oracle-financials-timeout":        {Type: framework.TypeInt, Required: true, Description: "Seconds a request may take."},
		"oracle-financials-retry-attempts": {Type: framework.TypeInt, Required: true, Description: "How often to try a transient failure again."},
	}
	return b.readPath(nounConnector, "connector-credentials", "Read the credential under the connector's own field names.", content, b.connectorRead, `
The same as creds/, for tools that copy a secret's fields as they are.

    vault read oracle-financials/connector/gl-prod
`)
}

// readCredential reads what is served, and notes who read it.
func (b *backend) readCredential(ctx context.Context, req request) (integrationEntry, oracle.Login, error) {
	entry, err := b.served.read(ctx, req.name, b.integration)
	if err != nil {
		return integrationEntry{}, oracle.Login{}, err
	}
	b.usage.read(req.name, req.EntityID, time.Now())
	return entry, entry.login(), nil
}

func (b *backend) credsRead(ctx context.Context, req request) (*logical.Response, error) {
	entry, login, err := b.readCredential(ctx, req)
	if err != nil {
		return nil, err
	}
	data := map[string]any{
		"server_url": entry.ServerURL, "rest_api_url": oracle.RESTAPIURL(entry.ServerURL),
		"username": login.Username, "password": login.Password.Reveal(),
		"timeout": seconds(entry.Timeout), "retry_attempts": entry.RetryAttempts,
		"modules": moduleCodes(entry.Modules), "credential_version": entry.CredentialVersion,
		"last_vault_rotation": stamp(entry.BecameCurrent),
	}
	b.addSchedule(ctx, req.name, entry, data)
	return &logical.Response{Data: data}, nil
}

// addSchedule adds when to read again. Reading a password never waits until the mount is read, and never fails for this:
// it is absent where storage does not answer.
func (b *backend) addSchedule(ctx context.Context, name string, entry integrationEntry, data map[string]any) {
	if entry.way() == rotation.WayNone {
		return
	}
	snapshot, err := b.view.snapshotSoon(ctx, name, entry)
	if err != nil {
		return
	}
	for field, value := range rotationFields(snapshot.Policy, snapshot.RotationBasis(), time.Now()) {
		data[field] = value
	}
}

func (b *backend) connectorRead(ctx context.Context, req request) (*logical.Response, error) {
	entry, login, err := b.readCredential(ctx, req)
	if err != nil {
		return nil, err
	}
	return &logical.Response{Data: map[string]any{
		"oracle-financials-server-url": entry.ServerURL, "oracle-financials-username": login.Username,
		"oracle-financials-password": login.Password.Reveal(), "oracle-financials-timeout": seconds(entry.Timeout),
		"oracle-financials-retry-attempts": entry.RetryAttempts,
	}}, nil
}

func moduleCodes(modules []oracle.Module) []string {
	codes := make([]string, len(modules))
	for i, m := range modules {
		codes[i] = string(m)
	}
	return codes
}
