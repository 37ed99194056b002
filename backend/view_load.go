package backend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxLoads is how often a load begins anew because something was written meanwhile, before it says so.
const maxLoads = 3

// ensure reads the mount from storage if that has not been done. One reads, the others wait, each no
// longer than its context. What memory held before stays until the whole is read.
func (v *view) ensure(ctx context.Context) error {
	if v.isLoaded() {
		return nil
	}
	select {
	case v.loading <- struct{}{}:
		defer func() { <-v.loading }()
	case <-ctx.Done():
		return fmt.Errorf("wait until the mount is read from storage: %w", context.Cause(ctx))
	}
	for range maxLoads {
		if v.isLoaded() {
			return nil
		}
		before, drops := v.counts()
		fresh, err := v.read(ctx)
		if err != nil {
			return err
		}
		if v.install(fresh, before, drops) {
			return nil
		}
	}
	return errors.New("read the mount from storage: it is written to all the time; try again")
}

func (v *view) isLoaded() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.loaded
}

// counts tell a load whether what it read is old by its end.
func (v *view) counts() (writes, drops int64) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.writes, v.drops
}

// loadCount names what is in memory by the load that it came with.
func (v *view) loadCount() int64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.loads
}

// snapshotSoon is snapshotOfKnown for an entry without a record, also while the mount is still being read: then what
// surrounds this one entry is read for it alone.
func (v *view) snapshotSoon(ctx context.Context, name string, entry integrationEntry) (rotation.Snapshot, error) {
	if v.isLoaded() {
		return v.snapshotOfKnown(name, known{entry: entry}), nil
	}
	near := view{store: v.store, complain: v.complain, mounted: emptyMount()}
	if err := near.readAround(ctx, entry); err != nil {
		return rotation.Snapshot{}, err
	}
	return near.snapshotOfKnown(name, known{entry: entry}), nil
}

// readAround reads what an entry names: the settings, its policy, its directory and its accounts of logins.
func (v *view) readAround(ctx context.Context, entry integrationEntry) error {
	if _, err := v.store.get(ctx, configKey, &v.config); err != nil {
		return err
	}
	policy := policyEntry{Policy: rotation.DefaultPolicy()}
	found, err := v.store.get(ctx, policyPrefix+entry.Policy, &policy)
	if err != nil {
		return err
	}
	if found {
		v.policies[entry.Policy] = policy.Policy
	}
	if entry.Directory != "" {
		if err := v.readDirectory(ctx, &v.mounted, entry.Directory); err != nil {
			return err
		}
	}
	for _, account := range entry.accounts() {
		if v.ledgers[account], err = v.store.loadLedger(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

// emptyMount is a mount in which nothing was written.
func emptyMount() mounted {
	return mounted{
		config: defaultConfig(), policies: map[string]rotation.Policy{}, integrations: map[string]known{},
		directories: map[string]knownDirectory{}, ledgers: map[rotation.Account]rotation.Ledger{},
		owners: map[rotation.Account]string{}, doors: map[rotation.Account]int{},
	}
}

// install takes over what was read, unless something was written since. Where memory was dropped since, that is enough
// for whoever asked before, and the next question reads again.
func (v *view) install(fresh mounted, before, drops int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.writes != before {
		return false
	}
	v.mounted, v.loaded = fresh, v.drops == drops
	v.loads++
	v.epoch, v.revision, v.deleted, v.changes = rand.Text()[:8], 0, map[string]int64{}, nil
	return true
}

// drop forgets that storage was read; the next question reads it again, at the latest that of learn.
func (v *view) drop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.loaded = false
	v.drops++
	signal(v.dropped)
}

func (v *view) read(ctx context.Context) (mounted, error) {
	m := emptyMount()
	if _, err := v.store.get(ctx, configKey, &m.config); err != nil {
		return m, err
	}
	for _, load := range []func(context.Context, *mounted) error{v.readPolicies, v.readLedgers, v.readDirectories, v.readIntegrations} {
		if err := load(ctx, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

func (v *view) readPolicies(ctx context.Context, m *mounted) error {
	names, err := v.store.list(ctx, policyPrefix)
	for _, name := range names {
		entry := policyEntry{Policy: rotation.DefaultPolicy()} // a field of a later version has its default
		if _, err := v.store.get(ctx, policyPrefix+name, &entry); err != nil {
			return err
		}
		m.policies[name] = entry.Policy
	}
	return err
}

func (v *view) readLedgers(ctx context.Context, m *mounted) error {
	keys, err := v.store.list(ctx, ledgerPrefix)
	if err != nil {
		return err
	}
	return readEach(ctx, keys, func(ctx context.Context, key string) (func(), error) {
		var entry ledgerEntry
		_, err := v.store.get(ctx, ledgerPrefix+key, &entry)
		return func() { m.ledgers[entry.Account] = entry.Ledger }, err
	})
}

func (v *view) readIntegrations(ctx context.Context, m *mounted) error {
	names, err := v.store.list(ctx, integrationPrefix)
	if err != nil {
		return err
	}
	return readEach(ctx, names, func(ctx context.Context, name string) (func(), error) {
		k, found, err := v.load(ctx, name)
		if errors.Is(err, errUndecodable) {
			v.complain("an integration cannot be read and is left out; deleting it by name is possible", "integration", name, "error", err)
			return func() {}, nil
		}
		return func() {
			if !found {
				return
			}
			m.integrations[name] = k
			for _, account := range k.entry.accounts() {
				m.owners[account] = name
			}
		}, err
	})
}

const (
	// readersAtOnce is how many questions to storage are under way while a large mount is read: each waits for Vault most
	// of its time.
	readersAtOnce = 16
	// largeMount is from how many entries on a mount counts as large.
	largeMount = 100
)

// readEach reads entries, and takes each of them over by what read gives, one at a time.
func readEach(ctx context.Context, keys []string, read func(context.Context, string) (take func(), err error)) error {
	readers := 1
	if len(keys) >= largeMount {
		readers = readersAtOnce
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var taking sync.Mutex
	var work sync.WaitGroup
	for range readers {
		work.Go(func() {
			for at := next.Add(1) - 1; at < int64(len(keys)) && ctx.Err() == nil; at = next.Add(1) - 1 {
				take, err := read(ctx, keys[at])
				if err != nil {
					cancel(err)
					return
				}
				taking.Lock()
				take()
				taking.Unlock()
			}
		})
	}
	work.Wait()
	return context.Cause(ctx)
}

// load reads one integration with its record.
func (v *view) load(ctx context.Context, name string) (known, bool, error) {
	var entry integrationEntry
	found, err := v.store.get(ctx, integrationPrefix+name, &entry)
	if err != nil || !found {
		return known{}, false, err
	}
	results, err := v.results(ctx, name)
	return known{entry: entry.withoutPassword(), results: results}, true, err
}

// results reads what checks found. Those that cannot be read are none: the next check makes new ones.
func (v *view) results(ctx context.Context, name string) (results, error) {
	var entry recordEntry
	_, err := v.store.get(ctx, recordPrefix+name, &entry)
	if errors.Is(err, errUndecodable) {
		v.complain("the record of an integration cannot be read; its next check makes a new one", "integration", name)
		return results{}, nil
	}
	return entry.results(), err
}
