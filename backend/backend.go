package backend

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// operationPrefix names our operations in Vault's OpenAPI document.
const operationPrefix = "oracle-financials"

// The nouns of the paths.
const (
	nounPolicies     = "policies"
	nounDirectories  = "directories"
	nounIntegrations = "integrations"
	nounCreds        = "creds"
	nounConnector    = "connector"
	nounCheck        = "check"
	nounReconcile    = "reconcile"
	nounStatus       = "status"
	nounHistory      = "history"
)

const helpText = `
The Oracle Financials secrets engine stores the user names and passwords of Oracle
Fusion integration users, proves each by a login before it stores it, checks it on a
schedule without ever locking the account, and reports a refused or expiring password.

    vault write oracle-financials/integrations/gl-prod \
        server_url=https://abcd.fa.us2.oraclecloud.com username=API_USER password=@password.txt
    vault read oracle-financials/creds/gl-prod
    vault read oracle-financials/status/gl-prod
`

// Options are what a backend is built of.
type Options struct {
	Version Version
	// Oracle is who is asked; nil means Oracle itself.
	Oracle Oracle
}

// Oracle is what the engine asks of Oracle.
type Oracle interface {
	rotation.Knocker
	rotation.Surveyor
	rotation.LookUps
}

// Version says which build this is.
type Version struct {
	Name, Version, Commit, BuildTime, SDKVersion string
}

// backend is the engine of one mount.
type backend struct {
	*framework.Backend
	version Version
	store   store
	view    *view
	names   nameLocks
	usage   usage
	oracle  Oracle
	prover  *rotation.Prover
	viewer  *rotation.Viewer
	prints  fingerprints
	checker *rotation.Checker
	sweeper *rotation.Sweeper
	life    lifecycle
	close   func()
}

// New gives a factory of backends: Vault calls it once for each mount that a process serves.
func New(options Options) logical.Factory {
	return func(ctx context.Context, config *logical.BackendConfig) (logical.Backend, error) {
		b := newBackend(options, config.StorageView)
		if err := b.Setup(ctx, config); err != nil {
			return nil, fmt.Errorf("set up the engine: %w", err)
		}
		return b, nil
	}
}

func newBackend(options Options, storage logical.Storage) *backend {
	b := &backend{version: options.Version, store: store{storage}, close: func() {}}
	b.view = &view{store: b.store, loading: make(chan struct{}, 1), complain: func(text string, facts ...any) { b.Logger().Error(text, facts...) }}
	b.life.work, b.life.abort = context.WithCancel(context.Background())
	b.oracle = options.Oracle
	if b.oracle == nil {
		client := oracle.NewClient()
		b.oracle, b.close = client, client.Close
	}
	b.prints.store = b.store
	b.prover = rotation.NewProver(b.oracle, b)
	b.viewer = rotation.NewViewer(b, b.oracle, b.prover, b.loginContext, b.view.complain)
	b.checker = rotation.NewChecker(b, b.prover, b.oracle, b.viewer)
	b.sweeper = rotation.NewSweeper(b)
	b.Backend = &framework.Backend{
		Help:           helpText,
		BackendType:    logical.TypeLogical,
		RunningVersion: options.Version.Version,
		PathsSpecial: &logical.Paths{
			SealWrapStorage: []string{integrationPrefix, directoryPrefix, fingerprintKey},
		},
		Paths:          b.paths(),
		InitializeFunc: b.initialize,
		Clean:          b.clean,
		Invalidate:     b.invalidate,
	}
	return b
}

func (b *backend) paths() []*framework.Path {
	return []*framework.Path{
		b.pathConfig(),
		b.pathPoliciesList(), b.pathPolicies(),
		b.pathDirectoriesList(), b.pathDirectories(),
		b.pathIntegrationsList(), b.pathIntegrations(),
		b.pathCredsList(), b.pathCreds(),
		b.pathConnector(),
		b.pathCheck(),
		b.pathReconcile(),
		b.pathStatusList(), b.pathStatus(),
		b.pathHistory(),
		b.pathReport(),
		b.pathSweep(),
		b.pathInfo(),
	}
}

// LoadLedger implements rotation.Ledgers. It asks storage, not memory: a login is spent on the answer.
func (b *backend) LoadLedger(ctx context.Context, account rotation.Account) (rotation.Ledger, error) {
	ledger, err := b.store.loadLedger(ctx, account)
	if err == nil {
		b.ledgerIs(account, ledger)
	}
	return ledger, err
}

// StoreLedger implements rotation.Ledgers.
func (b *backend) StoreLedger(ctx context.Context, account rotation.Account, ledger rotation.Ledger) error {
	if err := b.store.storeLedger(ctx, account, ledger); err != nil {
		b.rereadLedger(ctx, account)
		return err
	}
	b.ledgerIs(account, ledger)
	return nil
}

// rereadLedger asks storage what a ledger is, after a write of it failed: it may have been made all the same.
func (b *backend) rereadLedger(ctx context.Context, account rotation.Account) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), rereadLimit)
	defer cancel()
	if _, err := b.LoadLedger(late, account); err != nil {
		b.view.drop()
	}
}

// DeleteLedger implements rotation.Ledgers.
func (b *backend) DeleteLedger(ctx context.Context, account rotation.Account) error {
	if err := b.store.delete(ctx, ledgerKey(account)); err != nil {
		b.rereadLedger(ctx, account)
		return err
	}
	b.ledgerIs(account, rotation.Ledger{})
	return nil
}

// ledgerIs takes over what storage holds; what is due next depends on it.
func (b *backend) ledgerIs(account rotation.Account, ledger rotation.Ledger) {
	if owner, changed := b.view.putLedger(account, ledger); changed && owner != "" {
		b.sweeper.Touch(owner)
	}
}

// LoadIntegration implements rotation.Integrations.
func (b *backend) LoadIntegration(ctx context.Context, name string) (rotation.Snapshot, rotation.Credential, error) {
	if err := b.view.ensure(ctx); err != nil {
		return rotation.Snapshot{}, rotation.Credential{}, err
	}
	entry, err := b.integration(ctx, name)
	if err != nil {
		return rotation.Snapshot{}, rotation.Credential{}, err
	}
	record, err := b.view.record(ctx, name)
	if err != nil {
		return rotation.Snapshot{}, rotation.Credential{}, err
	}
	credential := b.credential(entry)
	credential.Fingerprint, err = b.prints.of(ctx, entry.account(), entry.Password)
	return b.view.snapshotWith(name, entry, record), credential, err
}

// integration reads an integration with its password from storage.
func (b *backend) integration(ctx context.Context, name string) (integrationEntry, error) {
	var entry integrationEntry
	found, err := b.store.get(ctx, integrationPrefix+name, &entry)
	if err == nil && !found {
		err = unknownName(nounIntegrations, name)
	}
	return entry, err
}

func (b *backend) credential(entry integrationEntry) rotation.Credential {
	return rotation.Credential{
		Endpoint: oracle.Endpoint{
			ServerURL: entry.ServerURL, CACert: entry.CACert, AllowedHosts: b.view.settings().AllowedHosts,
			Timeout: entry.Timeout, RetryAttempts: entry.RetryAttempts,
		},
		Login: entry.login(),
	}
}

// SaveRecord implements rotation.Integrations.
func (b *backend) SaveRecord(ctx context.Context, seen rotation.Snapshot, ledger rotation.Ledger, change rotation.Change) error {
	name := seen.Integration.Name
	if err := b.view.ensure(ctx); err != nil {
		return err
	}
	unlock, err := b.names.lock(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	now, found := b.view.snapshot(name)
	if !found || now.Integration.Subject() != seen.Integration.Subject() {
		return nil
	}
	before, after := now, now
	before.Ledger, after.Ledger = seen.Ledger, ledger
	after.Record = change.Decide(after)
	after.Record.Shown = rotation.Step(before, after, change.At)
	if change.Always {
		after.Record.Shown = after.Record.Shown.Counted(before, change.At)
	}
	if err := b.storeRecord(ctx, before, after, change); err != nil {
		b.reread(ctx, name)
		return err
	}
	b.view.put(name, func(k *known) { k.record = after.Record })
	b.sweeper.Touch(name)
	return nil
}

// reread asks storage what a name is, after a write of it failed: it may have been made all the same.
func (b *backend) reread(ctx context.Context, name string) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), rereadLimit)
	defer cancel()
	k, found, err := b.view.load(late, name)
	switch {
	case err != nil:
		b.view.drop()
	case found:
		b.view.put(name, func(known *known) { known.entry, known.record = k.entry, k.record })
	default:
		b.view.remove(name)
	}
	b.sweeper.Touch(name)
}
