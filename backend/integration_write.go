package backend

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// integrationWrite proves, then stores. Whatever goes wrong before the store leaves everything as it was,
// but for the account of logins, which remembers what Oracle counted.
func (b *backend) integrationWrite(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	var old integrationEntry
	found, err := b.store.get(ctx, integrationPrefix+req.name, &old)
	if err != nil {
		return nil, err
	}
	if !found && req.Operation == logical.PatchOperation {
		return nil, unknownName(nounIntegrations, req.name)
	}
	if err := casAllows(req.fields, old); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	m, err := merge(old, found, req.fields, now)
	if err != nil {
		return nil, err
	}
	if err := b.fits(m.entry); err != nil {
		return nil, err
	}
	defer func() { b.view.release(req.name, old, m.entry) }()
	if err := b.claimAll(m.entry, req.name); err != nil {
		return nil, err
	}

	if m.entry.ID == "" {
		m.entry.ID = rand.Text()
	}
	proofs, err := b.proveWrite(ctx, req, old, &m)
	if err != nil {
		return nil, err
	}
	if err := b.commit(ctx, req, old, &m, proofs); err != nil {
		return nil, err
	}
	if m.newPassword && proofs.current == nil {
		b.permitTry(ctx, m.entry.keysEntry, &m)
	}
	if m.newStandby && proofs.standby == nil {
		b.permitTry(ctx, *m.entry.Standby, &m)
	}
	b.sweeper.Touch(req.name)
	return b.written(req, m, now), nil
}

// permitTry lets the schedule try a password that was stored without a login, where the guard holds the
// engine back: on the budget of the person who wrote it.
func (b *backend) permitTry(ctx context.Context, keys keysEntry, m *merged) {
	policy, _ := b.view.policy(m.entry.Policy)
	account := rotation.AccountOf(keys.Username, m.entry.ServerURL)
	fingerprint, err := b.prints.of(ctx, account, keys.Password)
	tried := false
	if err == nil {
		tried, err = b.prover.PasswordWritten(ctx, account, fingerprint, policy)
	}
	switch {
	case err != nil:
		m.warnings = append(m.warnings, "the guard could not be told of the new password: while it holds back, use reconcile with action=release")
		b.Logger().Error("a new password could not be noted on its account of logins", "error", err)
	case !tried:
		m.warnings = append(m.warnings, "Oracle refused this very password lately, so nothing tries it by itself: if it is right and the account was unlocked meanwhile, use reconcile with action=release")
	}
}

// claimAll reserves the accounts of an entry while it is written.
func (b *backend) claimAll(entry integrationEntry, name string) error {
	for _, account := range entry.accounts() {
		if holder, claimed := b.view.claim(account, name); !claimed {
			return errHeldBy(holder)
		}
	}
	return nil
}

// errHeldBy keeps one integration per user and pod: two would spend each other's logins.
func errHeldBy(holder string) error {
	return badRequest("integration %q already holds this user on this pod: change that one, or delete it first", holder)
}

// casAllows holds a write against the version that its writer has seen.
func casAllows(f fields, old integrationEntry) error {
	cas, sent := f["cas"].(int)
	switch {
	case !sent || cas == old.CredentialVersion:
		return nil
	case cas == 0:
		return badRequest("cas is 0, which only creates, and this integration exists with credential_version %d", old.CredentialVersion)
	}
	return badRequest("cas does not match: credential_version is %d, so somebody has written since; read it again", old.CredentialVersion)
}

// fits holds an entry against the mount's settings and policies.
func (b *backend) fits(entry integrationEntry) error {
	if !oracle.HostAllowed(b.view.settings().AllowedHosts, entry.ServerURL) {
		return badRequest("the host of server_url is not permitted by allowed_hosts: add it to config first")
	}
	if _, found := b.view.policy(entry.Policy); !found {
		return badRequest("the policy does not exist: list policies/ shows the names")
	}
	if entry.Directory == "" {
		return nil
	}
	directory, found := b.view.directory(entry.Directory)
	if !found {
		return badRequest("the directory does not exist: list directories/ shows the names")
	}
	permitted := directory.entry.forRotation(entry.Directory)
	if err := permitted.Permits(entry.Username, entry.ServerURL); err != nil {
		return badRequest("directory: %v", err)
	}
	if entry.Standby != nil {
		if err := permitted.Permits(entry.Standby.Username, entry.ServerURL); err != nil {
			return badRequest("standby_username: %v", err)
		}
	}
	return nil
}

// commit stores the entry and then its record. A process that dies between the two leaves a record of
// another basis, which is not believed: the integration shows as unchecked, and the next check proves it.
func (b *backend) commit(ctx context.Context, req request, seen integrationEntry, m *merged, proofs proofs) error {
	name := req.name
	// So that neither the policy nor the directory is deleted meanwhile.
	locks := []string{name, policyPrefix + m.entry.Policy}
	if m.entry.Directory != "" {
		locks = append(locks, directoryPrefix+m.entry.Directory)
	}
	unlock, err := b.lockAll(ctx, locks...)
	if err != nil {
		return err
	}
	defer unlock()
	if err := b.stillAsSeen(ctx, name, seen, m.entry); err != nil {
		return err
	}
	now := time.Now().UTC()
	m.entry.Modified, m.entry.Writes = now, seen.Writes+1
	m.basis(proofs)
	stored, _ := b.view.known(name)
	before, _ := b.view.snapshot(name)
	after := b.after(name, before, m, proofs, now)
	if err := b.store.put(ctx, integrationPrefix+name, &m.entry); err != nil {
		b.reread(ctx, name)
		return err
	}
	b.view.put(name, func(k *known) {
		if k.entry, k.record = m.entry, after.Record; after.Standby != nil {
			k.results = k.withStandby(after.Standby.Record)
		}
	})
	b.sendEvent(ctx, eventWritten, name, after.Record.Shown)
	change := rotation.Change{At: now, Kind: rotation.EventWrite, Actor: actorOf(req.Request)}
	results, err := b.storeRecord(ctx, before, after, stored.recent, change)
	if err != nil {
		m.warnings = append(m.warnings, "the integration was stored, but not the result of its check: it may show as unchecked until the next one")
		b.Logger().Error("the record of a written integration could not be stored", "integration", name, "error", err)
		b.reread(ctx, name)
		return nil
	}
	b.view.put(name, func(k *known) { k.results = results })
	return nil
}

// lockAll takes several locks, always in the order given.
func (b *backend) lockAll(ctx context.Context, names ...string) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, release := range slices.Backward(held) {
			release()
		}
	}
	for _, name := range names {
		release, err := b.names.lock(ctx, name)
		if err != nil {
			unlock()
			return nil, err
		}
		held = append(held, release)
	}
	return unlock, nil
}

// stillAsSeen holds what a write was decided on against what is the case when it is stored.
func (b *backend) stillAsSeen(ctx context.Context, name string, seen, next integrationEntry) error {
	var stored integrationEntry
	if _, err := b.store.get(ctx, integrationPrefix+name, &stored); err != nil {
		return err
	}
	if stored.ID != seen.ID || stored.Writes != seen.Writes {
		return badRequest("somebody else wrote this integration at the same time; nothing of yours was stored: read it, and write again")
	}
	if err := b.fits(next); err != nil {
		return err
	}
	return b.claimAll(next, name)
}

// basis gives new bases where something changed that a login depends on, and notes what the proofs showed.
func (m *merged) basis(proofs proofs) {
	made := max(m.entry.Basis, m.entry.Rotation.BasisMade)
	if m.entry.Standby != nil {
		made = max(made, m.entry.Standby.Basis)
	}
	if m.proof {
		made++
		m.entry.Basis = made
	}
	if m.standbyProof {
		made++
		m.entry.Standby.Basis = made
	}
	m.entry.Rotation.BasisMade = made
	if proofs.current != nil {
		m.entry.LoggedIn, m.entry.KnownUser = true, true
	}
	if proofs.standby != nil {
		m.entry.Standby.LoggedIn, m.entry.Standby.KnownUser = true, true
	}
}

// after is the integration with the record that belongs to what a write stores.
func (b *backend) after(name string, before rotation.Snapshot, m *merged, proofs proofs, now time.Time) rotation.Snapshot {
	old, proof := before.Current(), proofs.current
	known, _ := b.view.known(name)
	known.entry, known.record = m.entry, old
	after := b.view.snapshotOfKnown(name, known)
	after.Record.Of = after.Integration.Subject()
	existed := before.Integration.ID == m.entry.ID
	if before.Integration.DirectoryID != after.Integration.DirectoryID { // another one's word
		after.Record.ForeignFailures, after.Record.DirectorySilent = nil, false
	}
	switch {
	case proof != nil:
		after.Ledger = proof.Ledger
		after.Record = rotation.Checked(after, *proof, false, now)
	case m.proof: // stored without a login: nothing is known of it
		after.Record = rotation.Unproved(after, now)
		if existed && !m.newPassword && before.Integration.Account() == after.Integration.Account() && old.Login == rotation.LoginRefused {
			// but that Oracle refused this password, which other modules do not change
			after.Record.Login, after.Record.LastCheck = old.Login, old.LastCheck
		}
	}
	b.afterStandby(&after, m, proofs, now)
	if existed {
		after.Record.Shown = rotation.Step(before, after, now).Counted(before, now)
	} else {
		after.Record.Shown = rotation.First(after, now)
	}
	return after
}

// afterStandby is the other account of a pair after a write.
func (b *backend) afterStandby(after *rotation.Snapshot, m *merged, proofs proofs, now time.Time) {
	switch {
	case after.Standby == nil:
	case proofs.standby != nil:
		after.Standby.Ledger = proofs.standby.Ledger
		after.Standby.Record = rotation.Checked(*after.Standby, *proofs.standby, false, now)
	case m.standbyProof:
		after.Standby.Record = rotation.Unproved(*after.Standby, now)
	default:
		after.Standby.Record = after.Standby.Current()
	}
}

// written is the answer to a write.
func (b *backend) written(req request, m merged, now time.Time) *logical.Response {
	snapshot, found := b.view.snapshot(req.name)
	if !found {
		return nil
	}
	_, verdict := rotation.Advance(snapshot, now)
	answer := &logical.Response{Data: map[string]any{
		"credential_version": snapshot.Integration.CredentialVersion,
		"state":              string(verdict.State), "severity": string(verdict.Severity),
	}}
	if _, byDirectory := snapshot.PasswordSet(); m.ageAssumed && !byDirectory {
		m.warnings = append(m.warnings,
			"password_set_time was not given, so the password's age is counted from now; if it is older, patch password_set_time")
	}
	if !verdict.Expiry.IsZero() {
		answer.Data["password_expiry_time"] = stamp(verdict.Expiry)
		if !now.Before(verdict.Expiry) {
			m.warnings = append(m.warnings, "by its age the password has expired: set a new one in Fusion, or correct password_set_time or the policy's password_max_age")
		}
	}
	if _, sent := req.fields["password"]; sent && !m.proof && snapshot.Current().Login == rotation.LoginRefused {
		m.warnings = append(m.warnings, "this is the password that Oracle refused, so no login was spent on it: if the account was unlocked since, use reconcile with action=release")
	}
	if _, sent := req.fields["standby_password"]; sent && !m.standbyProof && snapshot.Standby != nil && snapshot.Standby.StoredRefused() {
		m.warnings = append(m.warnings, "this is the standby's password that Oracle refused, so no login was spent on it: if the account was unlocked since, use reconcile with action=release account=standby")
	}
	for _, warning := range m.warnings {
		answer.AddWarning(warning)
	}
	return answer
}
