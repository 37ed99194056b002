package backend

import (
	"crypto/rand"
	"reflect"
	"slices"
	"sort"
	"sync"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxTombstones bounds the deleted names that are remembered for report; past it a report starts anew.
const maxTombstones = 10_000

// view is the mount in memory, without passwords: what status, report and the sweep ask. It is read from
// storage once, and every write of this process goes to storage first and then here.
type view struct {
	store    store
	complain func(text string, facts ...any) // into Vault's log

	loading chan struct{} // one place: who is in it reads storage
	dropped chan struct{} // one place: memory was dropped

	mu     sync.RWMutex
	loaded bool
	writes int64 // counts what was taken over, so that a load knows whether it is old
	drops  int64 // counts how often it was dropped, for the same
	loads  int64 // counts how often the mount was read
	mounted
	// epoch and revision number the changes for report: a revision of another epoch is not comparable.
	epoch    string
	revision int64
	deleted  map[string]int64
	changes  []change // in the order of their revisions; of one name all but the last may be gone
}

// change is a name that got a revision.
type change struct {
	revision int64
	name     string
}

// mounted is what storage holds.
type mounted struct {
	config       configEntry
	policies     map[string]rotation.Policy
	integrations map[string]known
	directories  map[string]knownDirectory
	ledgers      map[rotation.Account]rotation.Ledger
	owners       map[rotation.Account]string // which integration holds an account
	doors        map[rotation.Account]int    // how many directories log in with an account
}

// known is one integration in memory.
type known struct {
	entry integrationEntry // without its passwords
	results
	revision int64
}

// results is what the entry of an integration's record holds.
type results struct {
	record rotation.Record
	other  *rotation.Record // of the other account of a pair; nil: none, which is most of a large mount
	recent rotation.History // the events that are not in the history yet
}

// standby is the record of the other account of a pair.
func (r results) standby() rotation.Record {
	if r.other == nil {
		return rotation.Record{}
	}
	return *r.other
}

// withStandby is what is known with another record of a pair's other account.
func (r results) withStandby(record rotation.Record) results {
	r.other = &record
	return r
}

// policy gives a policy by name; default always exists.
func (v *view) policy(name string) (rotation.Policy, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.policyLocked(name)
}

func (v *view) policyLocked(name string) (rotation.Policy, bool) {
	p, found := v.policies[name]
	if !found && name == defaultPolicy {
		return rotation.DefaultPolicy(), true
	}
	return p, found
}

// snapshot gives what a decision about an integration needs.
func (v *view) snapshot(name string) (rotation.Snapshot, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k, found := v.integrations[name]
	if !found {
		return rotation.Snapshot{}, false
	}
	return v.snapshotOf(name, k), true
}

// known gives what memory holds of an integration.
func (v *view) known(name string) (known, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k, found := v.integrations[name]
	return k, found
}

// snapshotOf puts an entry together with what surrounds it. The caller holds mu.
func (v *view) snapshotOf(name string, k known) rotation.Snapshot {
	snapshot := v.snapshotFor(k.entry.forRotation(name), k.entry, k.record)
	if k.entry.Standby != nil {
		standby := v.snapshotFor(k.entry.forStandby(name), k.entry, k.standby())
		snapshot.Standby = &standby
	}
	return snapshot
}

func (v *view) snapshotFor(integration rotation.Integration, entry integrationEntry, record rotation.Record) rotation.Snapshot {
	policy, found := v.policyLocked(entry.Policy)
	if !found {
		policy = rotation.DefaultPolicy() // not reachable: a policy in use is not deleted
	}
	if known, found := v.directories[entry.Directory]; found {
		integration.DirectoryID, integration.DirectoryKind = known.entry.ID, known.entry.Kind
		integration.NotServed = known.entry.forRotation(entry.Directory).Permits(integration.Username, entry.ServerURL)
	}
	integration.Rotation.Shared = v.sharedLocked(entry.accounts())
	return rotation.Snapshot{
		Integration: integration, Policy: policy, Record: record,
		Ledger:         v.ledgers[integration.Account()].SeenBy(integration.DirectoryID),
		HostAllowed:    oracle.HostAllowed(v.config.AllowedHosts, entry.ServerURL),
		ConfigModified: v.config.Modified,
	}
}

// snapshotWith is snapshotOf for an entry that is not stored yet.
func (v *view) snapshotWith(name string, entry integrationEntry, record rotation.Record) rotation.Snapshot {
	return v.snapshotOfKnown(name, known{entry: entry, results: results{record: record}})
}

func (v *view) snapshotOfKnown(name string, k known) rotation.Snapshot {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.snapshotOf(name, k)
}

func (v *view) integration(name string) (integrationEntry, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	k, found := v.integrations[name]
	return k.entry, found
}

func (v *view) settings() configEntry {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.config
}

// names lists the integrations in order.
func (v *view) names() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	names := make([]string, 0, len(v.integrations))
	for name := range v.integrations {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// usersOf lists the integrations that a policy serves.
func (v *view) usersOf(policy string) []string {
	return v.namesWith(func(e integrationEntry) bool { return e.Policy == policy })
}

func (v *view) namesWith(fits func(integrationEntry) bool) []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	var names []string
	for name, k := range v.integrations {
		if fits(k.entry) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// claim reserves an account for an integration while it is written, and names who holds it if somebody
// else does.
func (v *view) claim(account rotation.Account, name string) (holder string, claimed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if holder, taken := v.owners[account]; taken && holder != name {
		return holder, false
	}
	v.owners[account] = name
	return name, true
}

// release ends a write of name, whatever became of it: of the accounts that its entry had and should have, name keeps
// those that it holds by what is stored. Nobody else's are looked at, so that a write costs the same in a mount of any size.
func (v *view) release(name string, was, should integrationEntry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var held []rotation.Account
	if k, found := v.integrations[name]; found {
		held = k.entry.accounts()
	}
	v.disown(name, slices.Concat(was.accounts(), should.accounts()), held)
}

// disown takes accounts from name, but for those that it holds. The caller holds mu.
func (v *view) disown(name string, accounts, held []rotation.Account) {
	for _, account := range accounts {
		if v.owners[account] == name && !slices.Contains(held, account) {
			delete(v.owners, account)
		}
	}
}

// put takes over what was just stored.
func (v *view) put(name string, change func(*known)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k := v.integrations[name]
	before := k.entry.accounts()
	change(&k)
	k.entry = k.entry.withoutPassword()
	k.revision = v.nextRevision(name)
	v.integrations[name] = k
	held := k.entry.accounts()
	v.disown(name, before, held) // a write that failed, or another process's, may have given it other ones
	for _, account := range held {
		v.owners[account] = name
	}
	delete(v.deleted, name)
}

// putLedger takes over a ledger, and names the integration whose account it is.
func (v *view) putLedger(account rotation.Account, ledger rotation.Ledger) (owner string, changed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if reflect.DeepEqual(v.ledgers[account], ledger) {
		return "", false
	}
	if v.ledgers == nil {
		return "", false // not read yet; it will be
	}
	v.ledgers[account] = ledger
	v.writes++
	owner = v.owners[account]
	if k, stored := v.integrations[owner]; stored {
		k.revision = v.nextRevision(owner)
		v.integrations[owner] = k
	}
	return owner, true
}

func (v *view) remove(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++ // a load that is under way may have read it
	k, found := v.integrations[name]
	if !found {
		return
	}
	delete(v.integrations, name)
	v.disown(name, k.entry.accounts(), nil)
	if len(v.deleted) >= maxTombstones {
		v.epoch, v.deleted = rand.Text()[:8], map[string]int64{}
	}
	v.deleted[name] = v.nextRevision(name)
}

// touch marks integrations as changed without a change of their own: their policy or the mount's settings
// were written, or time moved them.
func (v *view) touch(names []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range names {
		if k, found := v.integrations[name]; found {
			k.revision = v.nextRevision(name)
			v.integrations[name] = k
		}
	}
}

func (v *view) nextRevision(name string) int64 {
	v.writes++
	v.revision++
	if len(v.changes) > 2*(len(v.integrations)+len(v.deleted))+spareChanges {
		v.changes = slices.DeleteFunc(v.changes, func(c change) bool { return v.revisionOf(c.name) != c.revision })
	}
	v.changes = append(v.changes, change{v.revision, name})
	return v.revision
}

// spareChanges keeps small mounts from tidying their changes all the time.
const spareChanges = 1000

// revisionOf is the last revision of a name, whether it is there or was deleted; 0: it did not change since the load.
func (v *view) revisionOf(name string) int64 {
	return max(v.integrations[name].revision, v.deleted[name])
}

// since lists the names that got a revision later than this one, each once. The caller holds mu.
func (v *view) since(revision int64) []string {
	first := sort.Search(len(v.changes), func(n int) bool { return v.changes[n].revision > revision })
	var names []string
	for _, c := range v.changes[first:] {
		if v.revisionOf(c.name) == c.revision {
			names = append(names, c.name)
		}
	}
	return names
}
