package backend

import (
	"context"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func (b *backend) pathStatus() *framework.Path {
	path := b.readPath(nounStatus, "status", "Read what is known of an integration; never a secret.", statusContent(), b.statusRead, `
The last known truth: state, reason, and one sentence on what to do next. Reading it
asks Oracle nothing.

    vault read oracle-financials/status/gl-prod
    vault list -detailed oracle-financials/status
`)
	read, _ := path.Operations[logical.ReadOperation].(*framework.PathOperation)
	read.ForwardPerformanceStandby = true // the sweep's memory is on the active node
	return path
}

func (b *backend) pathStatusList() *framework.Path {
	path := b.listPath(nounStatus, "List the integrations with their states.", b.statusList)
	list, _ := path.Operations[logical.ListOperation].(*framework.PathOperation)
	list.ForwardPerformanceStandby = true
	list.Responses = answers("The names, and what matters most of each.", map[string]*framework.FieldSchema{
		"keys":     {Type: framework.TypeStringSlice, Description: "The names."},
		"key_info": {Type: framework.TypeMap, Description: "For each name: state, severity, username, server_url, password_expiry_time, next_check_time."},
	})
	return path
}

func (b *backend) statusRead(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	return b.statusOf(req.name)
}

// statusOf is the answer of status and check.
func (b *backend) statusOf(name string) (*logical.Response, error) {
	snapshot, found := b.view.snapshot(name)
	if !found {
		return nil, unknownName(nounIntegrations, name)
	}
	entry, _ := b.view.integration(name)
	return &logical.Response{Data: b.status(snapshot, entry, time.Now())}, nil
}

func (b *backend) statusList(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	names := b.view.names()
	info := map[string]any{}
	for _, name := range names {
		snapshot, found := b.view.snapshot(name)
		if !found {
			continue
		}
		_, verdict := rotation.Advance(snapshot, now)
		row := map[string]any{
			"state": string(verdict.State), "severity": string(verdict.Severity),
			"username": snapshot.Integration.Username, "server_url": snapshot.Integration.ServerURL,
		}
		if !verdict.Expiry.IsZero() {
			row["password_expiry_time"] = stamp(verdict.Expiry)
		}
		if next := nextCheck(snapshot, now); !next.IsZero() {
			row["next_check_time"] = stamp(next)
		}
		info[name] = row
	}
	return logical.ListResponseWithInfo(names, info), nil
}
