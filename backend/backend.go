package backend

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/secret"
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
	nounRotate       = "rotate"
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
	// Jitter gives a factor for the delay of a retry, from rotation.MinRetryJitter to MaxRetryJitter; nil means a
	// random one.
	Jitter func() float64
}

// Oracle is what the engine asks of Oracle.
type Oracle interface {
	rotation.Knocker
	rotation.Surveyor
	rotation.LookUps
	rotation.Setter
}

// Version says which build this is.
type Version struct {
	Name, Version, Commit, BuildTime, SDKVersion string
}

// backend is the engine of one mount.
type backend struct {
	*framework.Backend
	version Version
	jitter  func() float64
	store   store
	served  *served
	view    *view
	names   nameLocks
	usage   usage
	oracle  Oracle
	prover  *rotation.Prover
	viewer  *rotation.Viewer
	prints  fingerprints
	checker *rotation.Checker
	rotator *rotation.Rotator
	sweeper *rotation.Sweeper
	placing sync.Mutex
	placed  int64 // the load of the view that the sweeper was told of
	tally   tally
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
	kept := &served{doubts: make(chan struct{}, 1)}
	b := &backend{version: options.Version, jitter: options.Jitter, store: store{storage, kept}, served: kept, close: func() {}}
	if b.jitter == nil {
		b.jitter = randomJitter
	}
	b.view = &view{store: b.store, loading: make(chan struct{}, 1), dropped: make(chan struct{}, 1)}
	b.view.complain = func(text string, facts ...any) { b.Logger().Error(text, facts...) }
	b.life.work, b.life.abort = context.WithCancel(context.Background())
	b.oracle = options.Oracle
	if b.oracle == nil {
		client := oracle.NewClient()
		b.oracle, b.close = client, client.Close
	}
	b.prints.store, b.prints.reading = b.store, make(chan struct{}, 1)
	b.prover = rotation.NewProver(b.oracle, b)
	b.viewer = rotation.NewViewer(b, b.oracle, b.prover, b.loginContext, b.view.complain)
	b.checker = rotation.NewChecker(b, b.prover, b.oracle, b.viewer)
	b.rotator = rotation.NewRotator(b, b.prover, b.oracle, b.viewer, b.oracle, b)
	b.sweeper = rotation.NewSweeper(b)
	b.Backend = &framework.Backend{
		Help:           helpText,
		BackendType:    logical.TypeLogical,
		RunningVersion: options.Version.Version,
		PathsSpecial: &logical.Paths{
			SealWrapStorage: []string{integrationPrefix, directoryPrefix, fingerprintKey},
		},
		Paths:            b.paths(),
		InitializeFunc:   b.initialize,
		Clean:            b.clean,
		Invalidate:       b.invalidate,
		RotateCredential: b.rotateForManager,
	}
	return b
}

func (b *backend) paths() []*framework.Path {
	return []*framework.Path{
		b.pathCreds(), b.pathConnector(), // the framework tries each pattern in turn, and these are asked for most
		b.pathConfig(),
		b.pathPoliciesList(), b.pathPolicies(),
		b.pathDirectoriesList(), b.pathDirectoryRotate(), b.pathDirectoryReconcile(), b.pathDirectories(),
		b.pathIntegrationsList(), b.pathIntegrations(),
		b.pathCredsList(),
		b.pathCheck(),
		b.pathRotate(), b.pathReconcile(),
		b.pathStatusList(), b.pathStatus(),
		b.pathHistory(),
		b.pathReport(),
		b.pathSweep(),
		b.pathInfo(),
	}
}

// LoadLedger implements rotation.Ledgers. It asks storage, not memory, however lately this process wrote: a login is spent
// on the answer, and a process that was stopped and goes on beside this one may have charged one.
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
	owner, changed := b.view.putLedger(account, ledger)
	if !changed {
		return
	}
	if owner != "" {
		b.sweeper.Touch(owner)
	}
	for _, directory := range b.view.directoriesOf(account) { // a kept password of its own may be due
		b.sweeper.Touch(directoryPrefix + directory)
	}
}

// AccountOf implements rotation.Integrations.
func (b *backend) AccountOf(ctx context.Context, name string, side rotation.Side) (rotation.Account, error) {
	if err := b.view.ensure(ctx); err != nil {
		return "", err
	}
	entry, found := b.view.integration(name)
	if !found {
		var err error
		if entry, err = b.integration(ctx, name); err != nil { // which says that it is unknown
			return "", err
		}
	}
	if side == rotation.SideStandby && entry.Standby != nil {
		return entry.accounts()[1], nil
	}
	return entry.account(), nil
}

// LoadIntegration implements rotation.Integrations.
func (b *backend) LoadIntegration(ctx context.Context, name string, side rotation.Side) (rotation.Snapshot, rotation.Credential, error) {
	if err := b.view.ensure(ctx); err != nil {
		return rotation.Snapshot{}, rotation.Credential{}, err
	}
	entry, err := b.integration(ctx, name)
	if err != nil {
		return rotation.Snapshot{}, rotation.Credential{}, err
	}
	seen, found := b.view.known(name)
	if !found || seen.entry.ID != entry.ID || seen.entry.Writes != entry.Writes {
		b.catchUp(ctx, name) // else what the check finds would be taken for another's
		if seen.results, err = b.view.results(ctx, name); err != nil {
			return rotation.Snapshot{}, rotation.Credential{}, err
		}
	}
	snapshot := b.view.snapshotOfKnown(name, known{entry: entry, results: seen.results})
	keys := entry.keysEntry
	if side == rotation.SideStandby && entry.Standby != nil {
		snapshot, keys = *snapshot.Standby, *entry.Standby
	}
	credential := b.credential(entry)
	credential.Login = oracle.Login{Username: keys.Username, Password: secret.New(keys.Password)}
	credential.Fingerprint, err = b.prints.of(ctx, snapshot.Integration.Account(), keys.Password)
	return snapshot, credential, err
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
	stored, found := b.view.known(name)
	if !found {
		return nil
	}
	if !change.LoggedIn.IsZero() {
		if stored, err = b.noteLogin(ctx, name, seen, stored, change.LoggedIn); err != nil {
			return err
		}
	}
	snapshot := b.view.snapshotOfKnown(name, stored)
	before, after := snapshot, snapshot
	switch of := seen.Integration.Subject(); {
	case snapshot.Integration.Subject() == of:
		before.Ledger, after.Ledger = seen.Ledger, ledger
		after.Record = change.Decide(after)
	case snapshot.Standby != nil && snapshot.Standby.Integration.Subject() == of:
		other := *snapshot.Standby
		other.Ledger = ledger
		other.Record = change.Decide(other)
		after.Standby, after.Record = &other, after.Current()
	default:
		return nil // another one by now
	}
	after.Record.Shown = rotation.Step(before, after, change.At)
	if change.Always {
		after.Record.Shown = after.Record.Shown.Counted(before, change.At)
	}
	if after.Standby != nil {
		stored.results = stored.withStandby(after.Standby.Record)
	}
	results, err := b.storeResults(ctx, before, after, stored.results, change)
	if err != nil {
		b.reread(ctx, name)
		return err
	}
	b.view.put(name, func(k *known) { k.results = results })
	b.sweeper.Touch(name)
	return nil
}

// noteLogin notes with the passwords that the stored one has logged in, once: from then on it is kept when another
// is written, and the user may be rotated.
func (b *backend) noteLogin(ctx context.Context, name string, seen rotation.Snapshot, stored known, at time.Time) (known, error) {
	keys := stored.entry.keysOf(seen.Integration)
	if keys == nil || keys.provedAlready(at) {
		return stored, nil
	}
	entry, err := b.integration(ctx, name)
	if err != nil {
		return stored, err
	}
	if keys = entry.keysOf(seen.Integration); keys == nil {
		return stored, nil
	}
	*keys = keys.loggedIn(at)
	entry.Writes++
	if err := b.store.put(ctx, integrationPrefix+name, &entry); err != nil {
		b.reread(ctx, name)
		return stored, err
	}
	b.view.put(name, func(k *known) { k.entry = entry })
	stored.entry = entry.withoutPassword()
	return stored, nil
}

// keysOf gives the passwords of the account that an integration in the words of the decisions speaks of; nil: they
// are others by now.
func (e *integrationEntry) keysOf(seen rotation.Integration) *keysEntry {
	switch {
	case e.ID != seen.ID:
	case e.Basis == seen.Basis:
		return &e.keysEntry
	case e.Standby != nil && e.Standby.Basis == seen.Basis:
		return e.Standby
	}
	return nil
}

// reread asks storage what a name is: after a write of it failed, which may have been made all the same, and when another
// process was found to have written it.
func (b *backend) reread(ctx context.Context, name string) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), rereadLimit)
	defer cancel()
	b.served.forgetOne(name)
	k, found, err := b.view.load(late, name)
	switch {
	case err != nil:
		b.view.drop()
	case found:
		b.view.put(name, func(now *known) { now.entry, now.results = k.entry, k.results })
	default:
		b.view.remove(name)
	}
	b.sweeper.Touch(name)
}
