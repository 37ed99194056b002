package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// proofs are the logins of a write; nil where none was needed or wanted.
type proofs struct{ current, standby *rotation.Proof }

// proveWrite spends the logins that a write needs.
func (b *backend) proveWrite(ctx context.Context, req request, old integrationEntry, m *merged) (proofs, error) {
	if !m.proof && !m.standbyProof {
		return proofs{}, nil // nothing that a login depends on has changed
	}
	if !get(req.fields, "verify_connection", true) {
		m.warnings = append(m.warnings, "stored without a login: the state is unchecked until a check proves it")
		return proofs{}, nil // as asked
	}
	ctx, cancel := b.loginContext(ctx)
	defer cancel()
	var made proofs
	var err error
	if m.proof {
		if made.current, err = b.proveCurrent(ctx, req, old, m); err != nil {
			return proofs{}, err
		}
	}
	if m.standbyProof {
		if made.standby, err = b.proveStandby(ctx, req, m); err != nil {
			return proofs{}, err
		}
	}
	return made, nil
}

func (b *backend) proveCurrent(ctx context.Context, req request, old integrationEntry, m *merged) (*rotation.Proof, error) {
	integration := b.view.snapshotWith(req.name, b.asked(old, m.entry), rotation.Record{}).Integration
	subject := rotation.Subject{}
	if stored := old.forRotation(req.name); !m.newPassword && stored.Account() == integration.Account() {
		subject = stored.Subject() // a refusal speaks of the stored password, too
	}
	proof, err := b.proveAccount(ctx, m, integration, subject, m.entry.keysEntry)
	if err != nil && proof != nil && proof.Findings.Login == oracle.LoginAccepted && subject != (rotation.Subject{}) {
		b.checkSoon(ctx, req.name, proof.Ledger)
	}
	return proof, err
}

func (b *backend) proveStandby(ctx context.Context, req request, m *merged) (*rotation.Proof, error) {
	standby := b.view.snapshotWith(req.name, m.entry, rotation.Record{}).Standby
	proof, err := b.proveAccount(ctx, m, standby.Integration, rotation.Subject{}, *m.entry.Standby)
	var user *userError
	if errors.As(err, &user) {
		err = badRequest("of the standby account: %s", user.text)
	}
	return proof, err
}

// proveAccount spends one login on an account as it would be stored. What keeps it from being stored is the error.
func (b *backend) proveAccount(ctx context.Context, m *merged, integration rotation.Integration, subject rotation.Subject, keys keysEntry) (*rotation.Proof, error) {
	var policy rotation.Policy
	fingerprint, err := b.prints.of(ctx, integration.Account(), keys.Password)
	if err != nil {
		return nil, err
	}
	proof, err := b.prover.Prove(ctx, integration.Account(), rotation.ByPerson, func(context.Context) (rotation.Attempt, error) {
		policy, _ = b.view.policy(m.entry.Policy)
		credential := b.credential(m.entry) // with allowed_hosts as they are when its turn has come
		login := oracle.Login{Username: keys.Username, Password: secret.New(keys.Password)}
		return rotation.Attempt{
			Subject: subject, IntegrationID: integration.ID, CredentialVersion: integration.CredentialVersion,
			Endpoint: credential.Endpoint, Fingerprint: fingerprint, NotIfRejected: true, Policy: policy,
			Login: func(ctx context.Context) oracle.Findings {
				return b.oracle.Survey(ctx, credential.Endpoint, login, integration.Plans())
			},
			Directory: integration.DirectoryID, Look: b.viewer.Looker(integration),
		}, b.fits(m.entry)
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // Prove says what failed
	}
	if proof.Decision.Denial != rotation.Allowed {
		return nil, badRequest("nothing was stored and no login was spent: %s", rotation.Denied(proof.Decision))
	}
	if err := refusal(proof, policy, m.entry.ServerURL); err != nil {
		return &proof, err
	}
	m.warnings = append(m.warnings, moduleWarnings(proof.Findings)...)
	return &proof, nil
}

// checkSoon notes that a write that was not stored has shown that the stored password logs in, and makes a check due
// at once: the status may say otherwise.
func (b *backend) checkSoon(ctx context.Context, name string, ledger rotation.Ledger) {
	snapshot, found := b.view.snapshot(name)
	if !found {
		return
	}
	now := time.Now()
	err := b.SaveRecord(ctx, snapshot, ledger, rotation.Change{
		At: now, Kind: rotation.EventCheck, Actor: rotation.ActorEngine,
		Decide: func(s rotation.Snapshot) rotation.Record { return rotation.AcceptedElsewhere(s, now) },
	})
	if err != nil {
		b.Logger().Error("a check could not be made due", "integration", name, "error", err)
	}
}

// asked is the entry with the directory that is asked before its login: one that is taken off by the same write
// still has its word, or a single write could get past it.
func (b *backend) asked(old, next integrationEntry) integrationEntry {
	if next.Directory == "" && old.account() == next.account() {
		next.Directory = old.Directory
	}
	return next
}

// refusal is why a verified write is not stored.
func refusal(proof rotation.Proof, policy rotation.Policy, serverURL string) error {
	f := proof.Findings
	switch f.Login {
	case oracle.LoginAccepted:
	case oracle.LoginRefused:
		hold := rotation.HoldOf(proof.Ledger, policy, time.Now())
		if words := rotation.DirectoryWords(proof.Ledger); words != "" {
			return badRequest("nothing was stored: Oracle refused this user name and password (HTTP 401);%s %s in a row now", words, refusedLogins(hold.Refused))
		}
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
