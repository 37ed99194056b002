package backend

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Bounds of the settings.
const (
	defaultMaxChecks        = 16
	defaultMaxChecksPerHost = 4
	// maxChecks keeps a mistyped number from opening a connection for each integration at once.
	maxChecks = 256
	// maxHostPatterns bounds allowed_hosts; each request is held against all of them.
	maxHostPatterns = 256
)

func defaultConfig() configEntry {
	return configEntry{
		AllowedHosts: []string{"*.oraclecloud.com"}, MaxChecks: defaultMaxChecks, MaxChecksPerHost: defaultMaxChecksPerHost,
	}
}

func configFields() map[string]*framework.FieldSchema {
	return map[string]*framework.FieldSchema{
		"allowed_hosts": {
			Type:        framework.TypeCommaStringSlice,
			Description: `Hosts to which passwords may be sent: names in which * stands for any characters. Applied when an integration is written, and again before every request. Exact names are safer than the default "*.oraclecloud.com".`,
		},
		"max_concurrent_checks": {
			Type: framework.TypeInt, Description: "How many checks may ask Oracle at once (1 to 256, default 16).",
		},
		"max_concurrent_checks_per_host": {
			Type: framework.TypeInt, Description: "How many checks may ask one pod at once (1 to 256, default 4).",
		},
		"disable_automated_sweep": {
			Type: framework.TypeBool, Description: "Stop the engine's own sweep; checks then run when sweep or check is written (default false).",
		},
	}
}

func (b *backend) pathConfig() *framework.Path {
	return &framework.Path{
		Pattern:      "config",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields:       configFields(),
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{
				Callback: handle(b.configRead), Summary: "Read the mount's settings.",
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "read", OperationSuffix: "configuration"},
				Responses:    answers("The settings in force.", configFields()),
			},
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.configWrite), Summary: "Change the mount's settings; what is left out is kept.",
				DisplayAttrs:              &framework.DisplayAttributes{OperationVerb: "configure"},
				Responses:                 noAnswer(),
				ForwardPerformanceStandby: true,
			},
			logical.DeleteOperation: &framework.PathOperation{
				Callback: handle(b.configDelete), Summary: "Restore the default settings.",
				DisplayAttrs:              &framework.DisplayAttributes{OperationVerb: "reset", OperationSuffix: "configuration"},
				Responses:                 noAnswer(),
				ForwardPerformanceStandby: true,
			},
		},
		HelpSynopsis: "Settings of this mount: the hosts passwords may be sent to, and how many checks run at once.",
		HelpDescription: `
A password is only ever sent to a host that allowed_hosts permits. Name your pods
exactly: a pattern lets whoever may write integrations choose any host below it.

    vault write oracle-financials/config allowed_hosts=abcd.fa.us2.oraclecloud.com
    vault read oracle-financials/config
`,
	}
}

func (b *backend) configRead(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	config := b.view.settings()
	return &logical.Response{Data: map[string]any{
		"allowed_hosts": config.AllowedHosts, "max_concurrent_checks": config.MaxChecks,
		"max_concurrent_checks_per_host": config.MaxChecksPerHost, "disable_automated_sweep": config.DisableSweep,
	}}, nil
}

func (b *backend) configWrite(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	unlock, err := b.names.lock(ctx, configKey)
	if err != nil {
		return nil, err
	}
	defer unlock()
	config, err := mergeConfig(b.view.settings(), req.fields)
	if err != nil {
		return nil, err
	}
	return nil, b.storeConfig(ctx, config)
}

func mergeConfig(config configEntry, f fields) (configEntry, error) {
	byDefault := defaultConfig()
	set(f, "allowed_hosts", &config.AllowedHosts, byDefault.AllowedHosts)
	set(f, "max_concurrent_checks", &config.MaxChecks, byDefault.MaxChecks)
	set(f, "max_concurrent_checks_per_host", &config.MaxChecksPerHost, byDefault.MaxChecksPerHost)
	set(f, "disable_automated_sweep", &config.DisableSweep, byDefault.DisableSweep)
	if len(config.AllowedHosts) == 0 || len(config.AllowedHosts) > maxHostPatterns {
		return config, badRequest("allowed_hosts must name from 1 to %d hosts", maxHostPatterns)
	}
	patterns := make([]string, len(config.AllowedHosts))
	for i, text := range config.AllowedHosts {
		pattern, err := oracle.ParseHostPattern(text)
		if err != nil {
			return config, badRequest("allowed_hosts: %v", err)
		}
		patterns[i] = pattern
	}
	config.AllowedHosts = slices.Compact(patterns)
	if config.MaxChecks < 1 || config.MaxChecks > maxChecks || config.MaxChecksPerHost < 1 || config.MaxChecksPerHost > maxChecks {
		return config, badRequest("max_concurrent_checks and max_concurrent_checks_per_host must be from 1 to %d", maxChecks)
	}
	return config, nil
}

func (b *backend) configDelete(ctx context.Context, _ request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	unlock, err := b.names.lock(ctx, configKey)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return nil, b.storeConfig(ctx, defaultConfig())
}

func (b *backend) storeConfig(ctx context.Context, config configEntry) error {
	config.Modified = time.Now().UTC()
	if err := b.store.put(ctx, configKey, &config); err != nil {
		b.view.drop() // a failed write may have been made all the same
		return err
	}
	b.view.mu.Lock()
	b.view.config = config
	b.view.writes++
	b.view.mu.Unlock()
	names := b.view.names()
	b.view.touch(names)
	b.sweeper.TouchAll(names)
	return nil
}

// answers describes a 200 for OpenAPI. A duration is written in any form, and answered in whole seconds.
func answers(description string, content map[string]*framework.FieldSchema) map[int][]framework.Response {
	fields := maps.Clone(content)
	for name, field := range fields {
		if field.Type == framework.TypeDurationSecond {
			inSeconds := *field
			inSeconds.Type = framework.TypeInt64
			fields[name] = &inSeconds
		}
	}
	return map[int][]framework.Response{http.StatusOK: {{Description: description, Fields: fields}}}
}

// noAnswer describes a 204.
func noAnswer() map[int][]framework.Response {
	return map[int][]framework.Response{http.StatusNoContent: {{Description: http.StatusText(http.StatusNoContent)}}}
}

// nameField is the schema of a path's name.
func nameField(noun string) *framework.FieldSchema {
	return &framework.FieldSchema{Type: framework.TypeString, Required: true, Description: fmt.Sprintf("Name of the %s: %s.", noun, strings.TrimPrefix(nameRule, "names are "))}
}
