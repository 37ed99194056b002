package backend

import (
	"context"
	"errors"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// directoryRetries is how often a transient failure of a look-up is tried again: the check that asked waits
// for it, and the next check asks anew.
const directoryRetries = 1

// directoryEntry is everything of a directory that changes together.
type directoryEntry struct {
	version
	ID                 string               `json:"id"`
	Basis              int64                `json:"basis"` // new with everything that its login depends on
	Kind               oracle.DirectoryKind `json:"type"`
	URL                string               `json:"url"`
	User               string               `json:"user"`   // user name, or client ID
	Secret             string               `json:"secret"` // password, or client secret
	LoggedIn           bool                 `json:"logged_in,omitempty"`
	KnownUser          bool                 `json:"known_user,omitempty"`
	Previous           string               `json:"previous,omitempty"`
	Own                bool                 `json:"own,omitempty"` // the engine drew the secret
	Candidates         []candidateEntry     `json:"candidates,omitempty"`
	Rotation           rotationEntry        `json:"rotation,omitzero"`
	AllowedUsernames   []string             `json:"allowed_usernames"`
	AllowedServerHosts []string             `json:"allowed_server_hosts,omitempty"`
	CACert             string               `json:"ca_cert,omitempty"`
	Timeout            time.Duration        `json:"timeout"`
	Modified           time.Time            `json:"modified"`
	Writes             int64                `json:"writes"`
}

func (e directoryEntry) withoutSecret() directoryEntry {
	keys := e.keys().withoutSecrets()
	e.Secret, e.Previous, e.Candidates, e.Rotation = "", keys.Previous, keys.Candidates, e.Rotation.withoutSecrets()
	return e
}

func (e directoryEntry) account() rotation.Account { return rotation.AccountOf(e.User, e.URL) }

// keys is every password of the directory's own user.
func (e directoryEntry) keys() keysEntry {
	return keysEntry{
		Username: e.User, Password: e.Secret, Basis: e.Basis, LoggedIn: e.LoggedIn, KnownUser: e.KnownUser,
		Previous: e.Previous, Candidates: e.Candidates, Own: e.Own,
	}
}

// withKeys takes over what a rotation made of them.
func (e directoryEntry) withKeys(h rotation.Holding) directoryEntry {
	keys := e.keys().with(h.Current)
	e.Secret, e.Basis, e.LoggedIn, e.KnownUser = keys.Password, keys.Basis, keys.LoggedIn, keys.KnownUser
	e.Previous, e.Candidates, e.Rotation, e.Own = keys.Previous, keys.Candidates, e.Rotation.with(h), keys.Own
	e.Writes++
	return e
}

// openRotation says whether which of its own passwords is live is not settled.
func (e directoryEntry) openRotation() bool { return e.Rotation.state(e.keys()).Open() }

func (e directoryEntry) clone() directoryEntry {
	e.AllowedUsernames, e.AllowedServerHosts = slices.Clone(e.AllowedUsernames), slices.Clone(e.AllowedServerHosts)
	e.Candidates = slices.Clone(e.Candidates)
	return e
}

// forRotation is the entry in the words of the decisions.
func (e directoryEntry) forRotation(name string) rotation.Directory {
	return rotation.Directory{
		Name: name, ID: e.ID, Basis: e.Basis, Kind: e.Kind, URL: e.URL, User: e.User,
		AllowedUsernames: e.AllowedUsernames, AllowedServerHosts: e.AllowedServerHosts,
		Phase: e.Rotation.phase(), Rotating: e.openRotation(), RotatingSince: e.Rotation.turn().Begun, ProbeUser: probeUser(e),
	}
}

// door is what a request to the directory needs.
func (b *backend) door(e directoryEntry) oracle.Directory {
	return oracle.Directory{
		Kind: e.Kind,
		Endpoint: oracle.Endpoint{
			ServerURL: e.URL, CACert: e.CACert, AllowedHosts: b.view.settings().AllowedHosts,
			Timeout: e.Timeout, RetryAttempts: directoryRetries,
		},
		Login: oracle.Login{Username: e.User, Password: secret.New(e.Secret)},
	}
}

// knownDirectory is one directory in memory.
type knownDirectory struct {
	entry  directoryEntry // without its secret
	health rotation.Health
}

func (v *view) directory(name string) (knownDirectory, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k, found := v.directories[name]
	return k, found
}

func (v *view) directoryNames() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	names := make([]string, 0, len(v.directories))
	for name := range v.directories {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// setDirectory takes over what was just stored; nil: it is gone. It names the integrations that share, or no longer share,
// their account with it.
func (v *view) setDirectory(name string, k *knownDirectory) (sharers []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++
	var before, after rotation.Account
	if known, found := v.directories[name]; found {
		before = known.entry.account()
		v.doors[before]--
	}
	if k == nil {
		delete(v.directories, name)
	} else {
		k.entry = k.entry.withoutSecret()
		after = k.entry.account()
		v.directories[name] = *k
		v.doors[after]++
	}
	if before == after {
		return nil
	}
	for _, account := range []rotation.Account{before, after} {
		if owner, owned := v.owners[account]; owned {
			sharers = append(sharers, owner)
		}
	}
	return sharers
}

// takeDirectory is setDirectory by a person, who may have changed whose account it is.
func (b *backend) takeDirectory(name string, k *knownDirectory) {
	sharers := b.view.setDirectory(name, k)
	b.view.touch(sharers)
	for _, sharer := range sharers {
		b.sweeper.Touch(sharer)
	}
}

// watcherOf is the ID of the directory that the integration of an account names; empty: none.
func (v *view) watcherOf(account rotation.Account) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.directories[v.integrations[v.owners[account]].entry.Directory].entry.ID
}

// uses says whether an integration or a directory logs in with an account.
func (v *view) uses(account rotation.Account) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	_, owned := v.owners[account]
	return owned || v.doors[account] > 0
}

// directoriesOf names the directories that log in with an account.
func (v *view) directoriesOf(account rotation.Account) []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	var names []string
	if v.doors[account] == 0 {
		return names
	}
	for name, k := range v.directories {
		if k.entry.account() == account {
			names = append(names, name)
		}
	}
	return names
}

// shared says whether more than one integration or directory logs in with an account.
func (v *view) shared(accounts ...rotation.Account) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.sharedLocked(accounts)
}

func (v *view) sharedLocked(accounts []rotation.Account) bool {
	return slices.ContainsFunc(accounts, func(a rotation.Account) bool {
		_, owned := v.owners[a]
		return v.doors[a] > 1 || owned && v.doors[a] > 0
	})
}

// ledger is the account of a directory's own logins.
func (v *view) ledger(account rotation.Account) rotation.Ledger {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.ledgers[account]
}

func (v *view) readDirectories(ctx context.Context, m *mounted) error {
	names, err := v.store.list(ctx, directoryPrefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := v.readDirectory(ctx, m, name); err != nil {
			return err
		}
	}
	return nil
}

// readDirectory reads one directory with its health; one that cannot be read is left out.
func (v *view) readDirectory(ctx context.Context, m *mounted, name string) error {
	var entry directoryEntry
	_, err := v.store.get(ctx, directoryPrefix+name, &entry)
	if errors.Is(err, errUndecodable) {
		v.complain("a directory cannot be read and is left out; deleting it by name is possible", "directory", name, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	var health healthEntry
	if _, err := v.store.get(ctx, healthPrefix+name, &health); err != nil && !errors.Is(err, errUndecodable) {
		return err
	}
	if health.DirectoryID != entry.ID {
		health = healthEntry{}
	}
	m.directories[name] = knownDirectory{entry: entry.withoutSecret(), health: health.Health}
	m.doors[entry.account()]++
	return nil
}

// LoadDirectory implements rotation.Directories. Unlike a served password, the secret is read for each
// use and not kept.
func (b *backend) LoadDirectory(ctx context.Context, name string) (rotation.Directory, oracle.Directory, rotation.Policy, error) {
	var entry directoryEntry
	found, err := b.store.get(ctx, directoryPrefix+name, &entry)
	if err == nil && !found {
		err = unknownName(nounDirectories, name)
	}
	if err != nil {
		return rotation.Directory{}, oracle.Directory{}, rotation.Policy{}, err
	}
	policy, _ := b.view.policy(defaultPolicy)
	directory, err := b.fingerprinted(ctx, name, entry)
	return directory, b.door(entry), policy, err
}

// fingerprinted is an entry, whose secret is at hand, in the words of the decisions.
func (b *backend) fingerprinted(ctx context.Context, name string, entry directoryEntry) (rotation.Directory, error) {
	directory := entry.forRotation(name)
	directory.WatchedBy = b.view.watcherOf(directory.Account())
	fingerprint, err := b.prints.of(ctx, directory.Account(), entry.Secret)
	directory.Fingerprint = fingerprint
	return directory, err
}

// SaveHealth implements rotation.Directories.
func (b *backend) SaveHealth(ctx context.Context, seen rotation.Directory, look oracle.LookUp, now time.Time) error {
	unlock, err := b.names.lock(ctx, directoryPrefix+seen.Name)
	if err != nil {
		return err
	}
	defer unlock()
	known, found := b.view.directory(seen.Name)
	if !found || known.entry.ID != seen.ID || known.entry.Basis != seen.Basis {
		return nil
	}
	if look.Login == oracle.LoginAccepted && known.entry.Kind == oracle.FusionDirectory && !known.entry.LoggedIn {
		if err := b.noteDirectoryLogin(ctx, seen.Name, &known); err != nil {
			return err
		}
	}
	next, worth := known.health.After(seen, look, now)
	if worth {
		if err := b.store.put(ctx, healthPrefix+seen.Name, &healthEntry{DirectoryID: seen.ID, Health: next}); err != nil {
			return err
		}
		if next.State != known.health.State {
			b.Logger().Info("directory changed state", "directory", seen.Name, "from", string(known.health.State), "to", string(next.State))
		}
	} else {
		next.LastSuccess = known.health.LastSuccess // what memory shows, storage has
	}
	known.health = next
	b.view.setDirectory(seen.Name, &known)
	return nil
}

// noteDirectoryLogin notes with the passwords that the stored one has logged in, once. The caller holds the name's
// lock.
func (b *backend) noteDirectoryLogin(ctx context.Context, name string, k *knownDirectory) error {
	var entry directoryEntry
	found, err := b.store.get(ctx, directoryPrefix+name, &entry)
	if err != nil || !found || entry.ID != k.entry.ID || entry.Basis != k.entry.Basis {
		return err
	}
	entry.LoggedIn, entry.KnownUser = true, true
	entry.Writes++
	if err := b.store.put(ctx, directoryPrefix+name, &entry); err != nil {
		b.view.drop()
		return err
	}
	k.entry = entry.withoutSecret()
	return nil
}

// directoryStatus says how a directory is.
func (b *backend) directoryStatus(name string, k knownDirectory, now time.Time) rotation.DirectoryStatus {
	d := k.entry.forRotation(name)
	policy, _ := b.view.policy(defaultPolicy)
	return rotation.DirectoryStatusOf(d, k.health, b.view.ledger(d.Account()), policy, now)
}
