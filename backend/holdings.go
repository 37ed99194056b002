package backend

import (
	"context"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// The events that tell of rotations.
const (
	eventRotated      logical.EventType = "oracle-financials/rotate"
	eventRotateFailed logical.EventType = "oracle-financials/rotate-fail"
)

// LoadHolding implements rotation.Holdings. It asks storage, not memory: passwords are changed on the answer.
func (b *backend) LoadHolding(ctx context.Context, holder rotation.Holder) (rotation.Holding, error) {
	if err := b.view.ensure(ctx); err != nil {
		return rotation.Holding{}, err
	}
	if holder.Kind == rotation.HolderDirectory {
		return b.loadDirectoryHolding(ctx, holder)
	}
	entry, err := b.integration(ctx, holder.Name)
	if err != nil {
		return rotation.Holding{}, err
	}
	if known, found := b.view.integration(holder.Name); !found || known.ID != entry.ID || known.Rotation.Step != entry.Rotation.Step {
		b.catchUp(ctx, holder.Name)
	}
	return b.holdingOf(holder, entry), nil
}

// catchUp reads a name anew of which storage holds something else than memory: this process slept, and another one
// went on.
func (b *backend) catchUp(ctx context.Context, name string) {
	b.served.forgetOne(name)
	unlock, err := b.names.lock(ctx, name)
	if err != nil {
		return // whoever holds it writes, and tells memory
	}
	defer unlock()
	b.reread(ctx, name)
}

// holdingOf is an integration's passwords with what surrounds them.
func (b *backend) holdingOf(holder rotation.Holder, entry integrationEntry) rotation.Holding {
	h := entry.Rotation.holding(holder, entry.ID, entry.keysEntry, entry.Standby)
	snapshot := b.view.snapshotWith(holder.Name, entry, rotation.Record{})
	h.Way, h.Policy, h.Integration, h.ServerURL = entry.way(), snapshot.Policy, snapshot.Integration, entry.ServerURL
	h.Endpoint = b.credential(entry).Endpoint
	h.Shared = b.view.shared(entry.accounts()...)
	h.Doorway = entry.ServerURL
	if door, found := b.view.directory(entry.Directory); found {
		h.Doorway = door.entry.ID + " " + door.entry.URL
	}
	return h
}

// SaveHolding implements rotation.Holdings.
func (b *backend) SaveHolding(ctx context.Context, seen, next rotation.Holding, moved rotation.Moved) (rotation.Holding, error) {
	if seen.Holder.Kind == rotation.HolderDirectory {
		return b.saveDirectoryHolding(ctx, seen, next, moved)
	}
	name := seen.Holder.Name
	unlock, err := b.names.lock(ctx, name)
	if err != nil {
		return seen, err
	}
	defer unlock()
	stored, err := b.integration(ctx, name)
	if err != nil {
		return seen, err
	}
	if !stored.stillAs(seen) {
		b.reread(ctx, name)
		return seen, rotation.ErrOvertaken
	}
	next.Step = seen.Step + 1
	entry := stored.withKeys(next, moved.At)
	before, _ := b.view.known(name)
	if err := b.store.put(ctx, integrationPrefix+name, &entry); err != nil {
		b.reread(ctx, name)
		return seen, err
	}
	if moved.Kind == "" {
		b.view.put(name, func(k *known) { k.entry = entry })
	} else {
		if err := b.recordMove(ctx, name, before, stored, entry, moved); err != nil {
			// The passwords are safe; a record of another basis is not believed, and the next check makes a new one.
			b.Logger().Error("what a rotation came to was stored, but not its record", "integration", name, "error", err)
			b.reread(ctx, name)
		}
		b.tellRotation(ctx, name, moved)
	}
	b.sweeper.Touch(name)
	return b.holdingOf(next.Holder, entry), nil
}

// stillAs says whether a step that was decided on a holding can be stored: nobody wrote anything meanwhile on which
// it depends.
func (e integrationEntry) stillAs(seen rotation.Holding) bool {
	if e.ID != seen.ID || e.Rotation.Step != seen.Step || e.ServerURL != seen.ServerURL || e.CACert != seen.Endpoint.CACert ||
		e.way() != seen.Way || e.Directory != seen.Integration.Directory || (e.Standby == nil) != (seen.Standby == nil) {
		return false
	}
	same := func(e keysEntry, k rotation.Keys) bool { return e.Username == k.Username && e.Basis == k.Basis }
	return same(e.keysEntry, seen.Current) && (e.Standby == nil || same(*e.Standby, *seen.Standby))
}

// withKeys is the entry with what a step made of its passwords. What applications read moves as one.
func (e integrationEntry) withKeys(h rotation.Holding, now time.Time) integrationEntry {
	next := e.clone()
	if next.Standby != nil && next.Username != h.Current.Username {
		next.keysEntry, *next.Standby = *next.Standby, next.keysEntry
	}
	next.keysEntry = next.with(h.Current)
	if next.Standby != nil && h.Standby != nil {
		*next.Standby = next.Standby.with(*h.Standby)
	}
	next.Rotation = next.Rotation.with(h)
	if next.Username != e.Username || next.Password != e.Password {
		next.CredentialVersion++
		next.BecameCurrent = now
	}
	next.Writes++
	return next
}

// recordMove stores what is shown after a step that is told of.
func (b *backend) recordMove(ctx context.Context, name string, old known, stored, entry integrationEntry, moved rotation.Moved) error {
	records := old
	if entry.Standby != nil && entry.Username != stored.Username { // the accounts changed places; what is shown did not
		records.record = old.standby()
		records.results = records.withStandby(old.record)
		records.record.Shown = old.record.Shown
	}
	before := b.view.snapshotOfKnown(name, old)
	records.entry = entry
	if moved.Proof != nil {
		records = b.view.proved(name, records, moved)
		if entry.Standby != nil && records.standby().Failures > 0 {
			records.record.Slot = moved.At // the slot was spent on the rotation, and the other account could not be asked
		}
	}
	after := b.view.snapshotOfKnown(name, records)
	after.Record = after.Current()
	after.Record.Shown = rotation.Step(before, after, moved.At)
	if moved.Done || moved.Failed && stored.Rotation.Error != entry.Rotation.Error {
		after.Record.Shown = after.Record.Shown.Counted(before, moved.At)
	}
	change := rotation.Change{At: moved.At, Kind: moved.Kind, Actor: moved.Actor}
	results, err := b.storeResults(ctx, before, after, records.results, change)
	if err != nil {
		return err
	}
	// At once with the passwords: between the two nothing is known of the new one.
	b.view.put(name, func(k *known) { k.entry, k.results = entry, results })
	return nil
}

// proved is what is known of an integration after a login of its rotation.
func (v *view) proved(name string, k known, moved rotation.Moved) known {
	snapshot := v.snapshotOfKnown(name, k)
	if moved.Side == rotation.SideStandby && snapshot.Standby != nil {
		other := *snapshot.Standby
		other.Ledger = moved.Proof.Ledger
		k.results = k.withStandby(rotation.Checked(other, *moved.Proof, false, moved.At))
		return k
	}
	snapshot.Ledger = moved.Proof.Ledger
	k.record = rotation.Checked(snapshot, *moved.Proof, false, moved.At)
	return k
}

// tellRotation tells Vault's event bus and log that a password was promoted, or that a rotation came to nothing.
func (b *backend) tellRotation(ctx context.Context, name string, moved rotation.Moved) {
	snapshot, found := b.view.snapshot(name)
	if !found {
		return
	}
	shown, _ := rotation.Advance(snapshot, moved.At)
	switch {
	case moved.Done:
		b.Logger().Info("a password was promoted", "integration", name, "credential_version", snapshot.Integration.CredentialVersion)
		b.sendEvent(ctx, eventRotated, name, shown)
	case moved.Failed:
		b.Logger().Warn("a rotation came to nothing", "integration", name, "error", string(snapshot.Integration.Rotation.Error))
		b.sendEvent(ctx, eventRotateFailed, name, shown)
	}
}

// loadDirectoryHolding gives the passwords of a directory's own user, who sets its own.
func (b *backend) loadDirectoryHolding(ctx context.Context, holder rotation.Holder) (rotation.Holding, error) {
	var entry directoryEntry
	found, err := b.store.get(ctx, directoryPrefix+holder.Name, &entry)
	if err == nil && !found {
		err = unknownName(nounDirectories, holder.Name)
	}
	if err != nil {
		return rotation.Holding{}, err
	}
	if known, found := b.view.directory(holder.Name); found && known.entry.Rotation.Step != entry.Rotation.Step {
		b.rereadDirectory(ctx, holder.Name)
	}
	return b.directoryHoldingOf(holder, entry), nil
}

func (b *backend) directoryHoldingOf(holder rotation.Holder, entry directoryEntry) rotation.Holding {
	h := entry.Rotation.holding(holder, entry.ID, entry.keys(), nil)
	h.Policy, _ = b.view.policy(defaultPolicy)
	if entry.Kind == oracle.FusionDirectory {
		h.Way = rotation.WaySelf
	}
	h.Directory = entry.forRotation(holder.Name)
	h.Directory.WatchedBy = b.view.watcherOf(h.Directory.Account())
	h.Door, h.ServerURL = b.door(entry), entry.URL
	h.Shared = b.view.shared(h.Directory.Account())
	h.Endpoint, h.Doorway = h.Door.Endpoint, entry.URL
	return h
}

func (b *backend) saveDirectoryHolding(ctx context.Context, seen, next rotation.Holding, moved rotation.Moved) (rotation.Holding, error) {
	name := seen.Holder.Name
	unlock, err := b.names.lock(ctx, directoryPrefix+name)
	if err != nil {
		return seen, err
	}
	defer unlock()
	var stored directoryEntry
	found, err := b.store.get(ctx, directoryPrefix+name, &stored)
	if err != nil {
		return seen, err
	}
	if found && stored.Rotation.Step != seen.Step {
		b.rereadDirectory(ctx, name)
	}
	if !found || stored.ID != seen.ID || stored.Rotation.Step != seen.Step || stored.Basis != seen.Current.Basis ||
		stored.User != seen.Current.Username || stored.URL != seen.ServerURL || stored.CACert != seen.Endpoint.CACert {
		return seen, rotation.ErrOvertaken
	}
	next.Step = seen.Step + 1
	entry := stored.clone().withKeys(next)
	if err := b.store.put(ctx, directoryPrefix+name, &entry); err != nil {
		b.rereadDirectory(ctx, name)
		return seen, err
	}
	known, _ := b.view.directory(name)
	known.entry = entry
	if moved.Proof != nil {
		known.health = healthAfter(known, name, moved)
		if err := b.store.put(ctx, healthPrefix+name, &healthEntry{DirectoryID: entry.ID, Health: known.health}); err != nil {
			b.Logger().Error("the health of a directory could not be stored after its rotation", "directory", name, "error", err)
		}
	}
	b.view.setDirectory(name, &known)
	b.sweeper.Touch(directoryPrefix + name)
	if moved.Done {
		b.Logger().Info("the password of a directory was promoted", "directory", name)
	} else if moved.Failed {
		b.Logger().Warn("a rotation of a directory's password came to nothing", "directory", name, "error", string(next.LastError))
	}
	return b.directoryHoldingOf(next.Holder, entry), nil
}

// rereadDirectory asks storage what a directory is, after a write of it failed: it may have been made all the same, and
// its rotation has to go on.
func (b *backend) rereadDirectory(ctx context.Context, name string) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), rereadLimit)
	defer cancel()
	var entry directoryEntry
	found, err := b.store.get(late, directoryPrefix+name, &entry)
	known, before := b.view.directory(name)
	if err != nil || !found || !before {
		b.view.drop()
	} else {
		known.entry = entry
		b.view.setDirectory(name, &known)
	}
	b.sweeper.Touch(directoryPrefix + name)
}

func healthAfter(k knownDirectory, name string, moved rotation.Moved) rotation.Health {
	look := oracle.LookUp{Login: moved.Proof.Findings.Login, Answer: moved.Proof.Findings.Cause}
	health, _ := k.health.After(k.entry.forRotation(name), look, moved.At)
	return health
}
