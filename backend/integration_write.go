package backend

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
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
	account := rotation.AccountOf(m.entry.Username, m.entry.ServerURL)
	if holder, claimed := b.view.claim(account, req.name); !claimed {
		return nil, errHeldBy(holder)
	}
	defer b.view.release(req.name)

	findings, err := b.proveWrite(ctx, req, old, &m)
	if err != nil {
		return nil, err
	}
	if err := b.commit(ctx, req.name, old, &m, findings); err != nil {
		return nil, err
	}
	if m.newPassword && findings == nil {
		b.permitTry(ctx, account, &m)
	}
	b.sweeper.Touch(req.name)
	return b.written(req, m, now), nil
}

// permitTry lets the schedule try a password that was stored without a login, where the guard holds the
// engine back: on the budget of the person who wrote it.
func (b *backend) permitTry(ctx context.Context, account rotation.Account, m *merged) {
	if err := b.prover.PasswordWritten(ctx, account); err != nil {
		m.warnings = append(m.warnings, "the guard could not be told of the new password: while it holds back, use check with force=true")
		b.Logger().Error("a new password could not be noted on its account of logins", "error", err)
	}
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
	return nil
}

// proveWrite spends the login that a write needs. It returns no findings when none was needed or wanted.
func (b *backend) proveWrite(ctx context.Context, req request, old integrationEntry, m *merged) (*oracle.Findings, error) {
	if !m.proof {
		return nil, nil //nolint:nilnil // nothing that a login depends on has changed
	}
	if !get(req.fields, "verify_connection", true) {
		m.warnings = append(m.warnings, "stored without a login: the state is unchecked until a check proves it")
		return nil, nil //nolint:nilnil // as asked
	}
	ctx, cancel := b.loginContext(ctx)
	defer cancel()
	integration, policy := m.entry.forRotation(req.name), rotation.Policy{}
	subject := rotation.Subject{}
	if stored := old.forRotation(req.name); !m.newPassword && stored.Account() == integration.Account() {
		subject = stored.Subject() // a refusal speaks of the stored password, too
	}
	proof, err := b.prover.Prove(ctx, integration.Account(), rotation.ByPerson, func(context.Context) (rotation.Attempt, error) {
		policy, _ = b.view.policy(m.entry.Policy)
		credential := b.credential(m.entry) // with allowed_hosts as they are when its turn has come
		return rotation.Attempt{
			Subject: subject, Endpoint: credential.Endpoint, Login: credential.Login, Plans: integration.Plans(), Policy: policy,
		}, b.fits(m.entry)
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // Prove says what failed
	}
	if proof.Decision.Denial != rotation.Allowed {
		return nil, badRequest("nothing was stored and no login was spent: %s", rotation.Denied(proof.Decision))
	}
	if err := refusal(proof, policy, m.entry.ServerURL); err != nil {
		return nil, err
	}
	m.warnings = append(m.warnings, moduleWarnings(proof.Findings)...)
	return &proof.Findings, nil
}

// refusal is why a verified write is not stored.
func refusal(proof rotation.Proof, policy rotation.Policy, serverURL string) error {
	f := proof.Findings
	switch f.Login {
	case oracle.LoginAccepted:
	case oracle.LoginRefused:
		hold := rotation.HoldOf(proof.Ledger, policy, time.Now())
		return badRequest("nothing was stored: Oracle refused this user name and password (HTTP 401) and does not say whether they are wrong or the account is locked, expired or disabled; "+
			"%s in a row now, and Oracle locks an account after about five: look at the account in Fusion before trying again", refusedLogins(hold.Refused))
	case oracle.LoginUnanswered:
		return badRequest("nothing was stored: %s The login may have arrived, so it counts against operator_login_budget. "+
			"Send verify_connection=false to store it all the same.", rotation.CouldNotAsk(f.Cause, serverURL))
	case oracle.LoginUnproved:
		return badRequest("nothing was stored: %s Send verify_connection=false to store it all the same.", rotation.CouldNotAsk(f.Cause, serverURL))
	}
	if forbidden := modulesWith(f, oracle.NoPrivilege); len(forbidden) == len(f.Modules) {
		return badRequest("nothing was stored: the login works, but every selected module answers 403: grant the user its roles (such as Financial Integration Specialist), or, where location-based access is on, list Vault's outgoing address in Fusion")
	} else if len(forbidden) > 0 {
		return badRequest("nothing was stored: the login works, but the user has no privilege for %s: grant a role that has it, or deselect the module", strings.Join(forbidden, ", "))
	}
	return nil
}

func refusedLogins(n int) string {
	if n == 1 {
		return "that is 1 refused login"
	}
	return fmt.Sprintf("those are %d refused logins", n)
}

func modulesWith(f oracle.Findings, result oracle.ModuleResult) []string {
	var names []string
	for _, finding := range f.Modules {
		if finding.Result == result {
			names = append(names, string(finding.Module))
		}
	}
	return names
}

func moduleWarnings(f oracle.Findings) []string {
	var warnings []string
	if names := modulesWith(f, oracle.Missing); len(names) > 0 {
		warnings = append(warnings, fmt.Sprintf("this pod has no resource for %s: deselect the module, or name a resource that the pod has in probes", strings.Join(names, ", ")))
	}
	if names := modulesWith(f, oracle.Empty); len(names) > 0 {
		warnings = append(warnings, fmt.Sprintf("%s answered without a row: if applications miss data, give the user data access in Fusion", strings.Join(names, ", ")))
	}
	if names := modulesWith(f, oracle.ModuleInError); len(names) > 0 {
		warnings = append(warnings, fmt.Sprintf("%s could not be asked; the next check asks again", strings.Join(names, ", ")))
	}
	return warnings
}

// commit stores the entry and then its record. A process that dies between the two leaves a record of
// another basis, which is not believed: the integration shows as unchecked, and the next check proves it.
func (b *backend) commit(ctx context.Context, name string, seen integrationEntry, m *merged, findings *oracle.Findings) error {
	unlock, err := b.lockBoth(ctx, name, policyPrefix+m.entry.Policy) // so that the policy is not deleted meanwhile
	if err != nil {
		return err
	}
	defer unlock()
	if err := b.stillAsSeen(ctx, name, seen, m.entry); err != nil {
		return err
	}
	now := time.Now().UTC()
	m.entry.Modified, m.entry.Writes = now, seen.Writes+1
	if m.entry.ID == "" {
		m.entry.ID = rand.Text()
	}
	if m.proof {
		m.entry.Basis = seen.Basis + 1
	}
	before, _ := b.view.snapshot(name)
	record := b.recordAfter(name, before, m, findings, now)
	if err := b.store.put(ctx, integrationPrefix+name, &m.entry); err != nil {
		b.reread(ctx, name)
		return err
	}
	b.view.put(name, func(k *known) { k.entry, k.record = m.entry, record })
	if err := b.store.put(ctx, recordPrefix+name, &recordEntry{Record: record}); err != nil {
		m.warnings = append(m.warnings, "the integration was stored, but not the result of its check: it may show as unchecked until the next one")
		b.Logger().Error("the record of a written integration could not be stored", "integration", name, "error", err)
		b.reread(ctx, name)
	}
	b.announce(name, before.Record.Shown, record.Shown)
	return nil
}

func (b *backend) lockBoth(ctx context.Context, first, second string) (unlock func(), err error) {
	unlockFirst, err := b.names.lock(ctx, first)
	if err != nil {
		return nil, err
	}
	unlockSecond, err := b.names.lock(ctx, second)
	if err != nil {
		unlockFirst()
		return nil, err
	}
	return func() {
		unlockSecond()
		unlockFirst()
	}, nil
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
	if holder, claimed := b.view.claim(rotation.AccountOf(next.Username, next.ServerURL), name); !claimed {
		return errHeldBy(holder)
	}
	return nil
}

// recordAfter is the record that belongs to what a write stores.
func (b *backend) recordAfter(name string, before rotation.Snapshot, m *merged, findings *oracle.Findings, now time.Time) rotation.Record {
	old := before.Current()
	after := b.view.snapshotWith(name, m.entry, old)
	after.Record.Of = after.Integration.Subject()
	existed := before.Integration.ID == m.entry.ID
	switch {
	case findings != nil:
		after.Record = rotation.Checked(after, *findings, false, now)
	case m.proof: // stored without a login: nothing is known of it
		after.Record = rotation.Unproved(after, now)
		if existed && !m.newPassword && before.Integration.Account() == after.Integration.Account() && old.Login == rotation.LoginRefused {
			// but that Oracle refused this password, which other modules do not change
			after.Record.Login, after.Record.LastCheck = old.Login, old.LastCheck
		}
	}
	if existed {
		after.Record.Shown = rotation.Step(before, after, now).Counted(before)
	} else {
		after.Record.Shown = rotation.First(after, now)
	}
	return after.Record
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
	if !verdict.Expiry.IsZero() {
		answer.Data["password_expiry_time"] = stamp(verdict.Expiry)
		if !now.Before(verdict.Expiry) {
			m.warnings = append(m.warnings, "by its age the password has expired: set a new one in Fusion, or correct password_set_time or the policy's password_max_age")
		}
	}
	if _, sent := req.fields["password"]; sent && !m.proof && snapshot.Current().Login == rotation.LoginRefused {
		m.warnings = append(m.warnings, "this is the password that Oracle refused, so no login was spent on it: if the account was unlocked since, use check with force=true")
	}
	for _, warning := range m.warnings {
		answer.AddWarning(warning)
	}
	return answer
}
