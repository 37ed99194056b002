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

	findings, err := b.proveWrite(ctx, req, &m)
	if err != nil {
		return nil, err
	}
	return b.commit(ctx, req.name, old, m, findings)
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
func (b *backend) proveWrite(ctx context.Context, req request, m *merged) (*oracle.Findings, error) {
	if !m.proof {
		return nil, nil //nolint:nilnil // nothing that a login depends on has changed
	}
	if !get(req.fields, "verify_connection", true) {
		m.warnings = append(m.warnings, "stored without a login: the state is unchecked until a check proves it")
		return nil, nil //nolint:nilnil // as asked
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	integration := m.entry.forRotation(req.name)
	policy, _ := b.view.policy(m.entry.Policy)
	credential := b.credential(m.entry)
	proof, err := b.prover.Prove(ctx, rotation.Attempt{
		Account: integration.Account(), Endpoint: credential.Endpoint, Login: credential.Login,
		Plans: integration.Plans(), By: rotation.ByPerson, Policy: policy,
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
	case oracle.LoginUnanswered, oracle.LoginUnproved:
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

// commit stores the entry and then its record. A process that dies between the two leaves an integration
// that shows as unchecked, which is true, and that the next check proves.
func (b *backend) commit(ctx context.Context, name string, seen integrationEntry, m merged, findings *oracle.Findings) (*logical.Response, error) {
	account := rotation.AccountOf(m.entry.Username, m.entry.ServerURL)
	if m.newPassword && findings == nil {
		if err := b.prover.PasswordWritten(ctx, account); err != nil {
			return nil, err //nolint:wrapcheck // PasswordWritten says what failed
		}
	}
	defer b.names.lock(name)()
	defer b.names.lock(policyPrefix + m.entry.Policy)() // so that the policy is not deleted meanwhile
	var stored integrationEntry
	if _, err := b.store.get(ctx, integrationPrefix+name, &stored); err != nil {
		return nil, err
	}
	if stored.ID != seen.ID || stored.Writes != seen.Writes {
		return nil, badRequest("somebody else wrote this integration at the same time; nothing of yours was stored: read it, and write again")
	}
	if err := b.fits(m.entry); err != nil {
		return nil, err
	}
	if holder, claimed := b.view.claim(account, name); !claimed {
		return nil, errHeldBy(holder)
	}
	now := time.Now().UTC()
	entry := m.entry
	entry.Modified, entry.Writes = now, seen.Writes+1
	if entry.ID == "" {
		entry.ID = rand.Text()
	}
	record := b.recordAfter(name, seen, entry, m, findings, now)
	before, _ := b.view.snapshot(name)
	if err := b.store.put(ctx, integrationPrefix+name, &entry); err != nil {
		return nil, err
	}
	b.view.put(name, func(k *known) { k.entry, k.record = entry, record })
	if err := b.store.put(ctx, recordPrefix+name, &recordEntry{Record: record}); err != nil {
		m.warnings = append(m.warnings, "the integration was stored, but not the result of its check: it shows as unchecked after a restart")
		b.Logger().Error("the record of a written integration could not be stored", "integration", name, "error", err)
	}
	b.sweeper.Touch(name)
	b.announce(name, before.Record.Shown, record.Shown)
	return b.written(name, m.warnings, now), nil
}

// recordAfter is the record that belongs to what a write stores.
func (b *backend) recordAfter(name string, old, entry integrationEntry, m merged, findings *oracle.Findings, now time.Time) rotation.Record {
	var record rotation.Record
	before, existed := b.view.snapshot(name)
	if existed {
		record = before.Current()
	}
	record.IntegrationID, record.CredentialVersion = entry.ID, entry.CredentialVersion
	after := b.view.snapshotWith(name, entry, record)
	switch {
	case findings != nil:
		after.Record = rotation.Checked(after, *findings, false, now)
	case m.proof: // stored without a login: nothing is known of it
		after.Record = rotation.Unproved(after, now)
	}
	if existed && old.ID == entry.ID {
		after.Record.Shown = rotation.Step(before, after, now).Counted(before)
	} else {
		after.Record.Shown = rotation.First(after, now)
	}
	return after.Record
}

func (b *backend) written(name string, warnings []string, now time.Time) *logical.Response {
	snapshot, found := b.view.snapshot(name)
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
			warnings = append(warnings, "by its age the password has expired: set a new one in Fusion, or correct password_set_time or the policy's password_max_age")
		}
	}
	for _, warning := range warnings {
		answer.AddWarning(warning)
	}
	return answer
}
