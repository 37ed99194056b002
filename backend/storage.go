package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// storageVersion is written into every entry. An entry with a higher one was written by a later engine.
const storageVersion = 1

// Every key of the mount's storage.
const (
	configKey         = "config"
	policyPrefix      = "policy/"
	integrationPrefix = "integration/" // holds passwords: seal-wrapped
	recordPrefix      = "record/"
	ledgerPrefix      = "ledger/"
	historyPrefix     = "history/"
	directoryPrefix   = "directory/" // holds secrets: seal-wrapped
	healthPrefix      = "health/"    // of directories
	fingerprintKey    = "fingerprint_key"
)

// version is part of every stored struct.
type version struct {
	StorageVersion int `json:"storage_version"`
}

func (v *version) stored() *int { return &v.StorageVersion }

// versioned is a stored struct.
type versioned interface{ stored() *int }

type configEntry struct {
	version
	AllowedHosts     []string  `json:"allowed_hosts"`
	MaxChecks        int       `json:"max_concurrent_checks"`
	MaxChecksPerHost int       `json:"max_concurrent_checks_per_host"`
	DisableSweep     bool      `json:"disable_automated_sweep"`
	Modified         time.Time `json:"modified,omitzero"`
}

type policyEntry struct {
	version
	Policy rotation.Policy `json:"policy"`
}

// integrationEntry is everything that changes together when a credential changes.
type integrationEntry struct {
	version
	ID                string            `json:"id"`
	ServerURL         string            `json:"server_url"`
	keysEntry                           // what applications read
	Standby           *keysEntry        `json:"standby,omitempty"` // the other account of a pair
	Rotation          rotationEntry     `json:"rotation,omitzero"`
	CredentialVersion int               `json:"credential_version"`
	BecameCurrent     time.Time         `json:"became_current"` // last_vault_rotation
	Timeout           time.Duration     `json:"timeout"`
	RetryAttempts     int               `json:"retry_attempts"`
	Modules           []oracle.Module   `json:"modules"`
	Probes            map[string]string `json:"probes,omitempty"`
	Policy            string            `json:"policy"`
	Directory         string            `json:"directory,omitempty"`
	SelfManaged       bool              `json:"self_managed,omitempty"`
	CACert            string            `json:"ca_cert,omitempty"`
	PausedUntil       time.Time         `json:"paused_until,omitzero"`
	PauseReason       string            `json:"pause_reason,omitempty"`
	Modified          time.Time         `json:"modified"`
	// Writes counts the writes of this entry, so that two of them never overwrite each other unseen.
	Writes int64 `json:"writes"`
}

type recordEntry struct {
	version
	Record  rotation.Record  `json:"record"`
	Standby *rotation.Record `json:"standby,omitzero"` // of the other account of a pair
	// Events are the newest ones, of the integration of which Record speaks: its count and they are one write. They
	// are missing where an earlier version of the engine wrote the entry; it stored all of them in the history.
	Events []rotation.Event `json:"events,omitempty"`
}

// results is the entry as memory keeps it.
func (e recordEntry) results() results {
	recent := rotation.History{IntegrationID: e.Record.Of.IntegrationID, Events: e.Events}
	return results{record: e.Record, other: e.Standby, recent: recent}
}

type historyEntry struct {
	version
	History rotation.History `json:"history"`
}

type healthEntry struct {
	version
	DirectoryID string          `json:"directory_id"`
	Health      rotation.Health `json:"health"`
}

type ledgerEntry struct {
	version
	Account rotation.Account `json:"account"`
	Ledger  rotation.Ledger  `json:"ledger"`
}

// withoutPassword is the entry as the view keeps it.
func (e integrationEntry) withoutPassword() integrationEntry {
	e.keysEntry = e.withoutSecrets()
	if e.Standby != nil {
		standby := e.Standby.withoutSecrets()
		e.Standby = &standby
	}
	e.Rotation = e.Rotation.withoutSecrets()
	return e
}

func (e integrationEntry) login() oracle.Login {
	return oracle.Login{Username: e.Username, Password: secret.New(e.Password)}
}

func (e integrationEntry) account() rotation.Account {
	return rotation.AccountOf(e.Username, e.ServerURL)
}

// accounts are those whose logins this integration spends.
func (e integrationEntry) accounts() []rotation.Account {
	accounts := []rotation.Account{e.account()}
	if e.Standby != nil {
		accounts = append(accounts, rotation.AccountOf(e.Standby.Username, e.ServerURL))
	}
	return accounts
}

// forRotation is the entry in the words of the decisions.
func (e integrationEntry) forRotation(name string) rotation.Integration {
	probes := map[oracle.Module]string{}
	for module, probe := range e.Probes {
		probes[oracle.Module(module)] = probe
	}
	return rotation.Integration{
		Name: name, ID: e.ID, CredentialVersion: e.CredentialVersion, Basis: e.Basis, ServerURL: e.ServerURL, Username: e.Username,
		BecameCurrent: e.BecameCurrent, Modules: e.Modules, Probes: probes, PasswordSet: e.PasswordSetTime, Directory: e.Directory,
		PausedUntil: e.PausedUntil, PauseReason: e.PauseReason, Modified: e.Modified, Rotation: e.rotationState(),
	}
}

// forStandby is the other account of a pair in the words of the decisions.
func (e integrationEntry) forStandby(name string) rotation.Integration {
	integration := e.forRotation(name)
	integration.Basis, integration.Username, integration.PasswordSet = e.Standby.Basis, e.Standby.Username, e.Standby.PasswordSetTime
	integration.BecameCurrent = e.Standby.PasswordSetTime
	integration.Rotation.Standby, integration.Rotation.Kept = true, e.Standby.kept()
	integration.Rotation.KeptUntil, _ = e.Standby.keptUntil()
	integration.Rotation.LoggedIn, integration.Rotation.Previous = e.Standby.LoggedIn, e.Standby.Previous != ""
	return integration
}

func (e integrationEntry) way() rotation.Way {
	switch {
	case e.Directory != "":
		return rotation.WayDirectory
	case e.SelfManaged:
		return rotation.WaySelf
	}
	return rotation.WayNone
}

func (e integrationEntry) rotationState() rotation.Standing {
	keys := e.keysEntry
	if e.Standby != nil {
		keys = *e.Standby
	}
	state := e.Rotation.state(keys)
	state.Way, state.Pair, state.Kept = e.way(), e.Standby != nil, e.kept()
	state.KeptUntil, _ = e.keptUntil()
	state.LoggedIn, state.Previous = e.LoggedIn, e.Previous != ""
	return state
}

// clone keeps a merge from writing into the entry that memory holds.
func (e integrationEntry) clone() integrationEntry {
	e.Modules, e.Probes = slices.Clone(e.Modules), maps.Clone(e.Probes)
	e.Candidates = slices.Clone(e.Candidates)
	if e.Standby != nil {
		standby := *e.Standby
		standby.Candidates = slices.Clone(standby.Candidates)
		e.Standby = &standby
	}
	return e
}

// errUndecodable is an entry that this engine did not write so.
var errUndecodable = errors.New("the entry is not what this version of the engine wrote; delete the name to be rid of it")

// store reads and writes entries.
type store struct {
	storage logical.Storage
	served  *served // hears of every write; nil: nobody does
}

// get reads an entry into target and says whether there was one.
func (s store) get(ctx context.Context, key string, target versioned) (bool, error) {
	entry, err := s.storage.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read %s from storage: %w", kind(key), err)
	}
	if entry == nil {
		return false, nil
	}
	if err := entry.DecodeJSON(target); err != nil {
		// The decoder's own error may quote what it read.
		return false, fmt.Errorf("read %s from storage: %w", kind(key), errUndecodable)
	}
	if found := *target.stored(); found > storageVersion {
		return false, fmt.Errorf("read %s from storage: it was written by a later version of the engine (storage version %d, this one knows %d); upgrade the plugin",
			kind(key), found, storageVersion)
	}
	return true, nil
}

func (s store) put(ctx context.Context, key string, value versioned) error {
	*value.stored() = storageVersion
	entry, err := logical.StorageEntryJSON(key, value)
	if err != nil {
		return fmt.Errorf("encode %s for storage: %w", kind(key), err)
	}
	if err := s.served.write(key, func() error { return s.storage.Put(ctx, entry) }); err != nil {
		return fmt.Errorf("write %s to storage: %w", kind(key), err)
	}
	return nil
}

func (s store) delete(ctx context.Context, key string) error {
	if err := s.served.write(key, func() error { return s.storage.Delete(ctx, key) }); err != nil {
		return fmt.Errorf("delete %s from storage: %w", kind(key), err)
	}
	return nil
}

func (s store) list(ctx context.Context, prefix string) ([]string, error) {
	names, err := s.storage.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("list %s in storage: %w", kind(prefix), err)
	}
	return names, nil
}

func (s store) loadLedger(ctx context.Context, account rotation.Account) (rotation.Ledger, error) {
	var entry ledgerEntry
	_, err := s.get(ctx, ledgerKey(account), &entry)
	return entry.Ledger, err
}

func (s store) storeLedger(ctx context.Context, account rotation.Account, ledger rotation.Ledger) error {
	return s.put(ctx, ledgerKey(account), &ledgerEntry{Account: account, Ledger: ledger})
}

// ledgerKey hashes the account because user names may hold any character.
func ledgerKey(account rotation.Account) string {
	sum := sha256.Sum256([]byte(account))
	return ledgerPrefix + hex.EncodeToString(sum[:])
}

// kind names an entry for people without its hash.
func kind(key string) string {
	if len(key) > len(ledgerPrefix) && key[:len(ledgerPrefix)] == ledgerPrefix {
		return "a login ledger"
	}
	return key
}
