package rotation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// model is an engine over one account, with everything around it that can go wrong.
type model struct {
	t         *testing.T
	account   *modelAccount
	directory modelDirectory
	known     bool // the directory shows its password policy
	down      bool // the directory does not answer
	podDown   bool
	next      network
	stored    string // the password that the engine holds
	dead      bool   // the process has stopped: nothing is stored any more
	logins    int
	trace     []string
	*fakeStore
	prover *rotation.Prover
}

func newModel(t *testing.T, a *modelAccount, d modelDirectory, known bool) *model {
	t.Helper()
	one := recent("gl")
	one.Integration.BecameCurrent = time.Now()
	if d != noDirectory {
		withDirectory(&one)
	}
	a.password, a.set = "right", time.Now()
	m := &model{t: t, account: a, directory: d, known: known, stored: "right", fakeStore: newStore(one)}
	m.restart()
	m.check(rotation.ByEngine) // as a write proves what it stores
	m.logins = 0
	return m
}

func (m *model) restart() {
	m.dead = false
	m.prover = rotation.NewProver(m, m)
}

func (m *model) say(format string, facts ...any) {
	m.trace = append(m.trace, fmt.Sprintf("%s  ", time.Now().Format(time.DateTime))+fmt.Sprintf(format, facts...))
}

func (m *model) fail(what string) {
	m.t.Helper()
	for _, line := range m.trace {
		m.t.Log(line)
	}
	m.t.Fatalf("%s; the account: %v\nthe ledger: %+v", what, m.account, m.ledger())
}

func (m *model) ledger() rotation.Ledger { return m.fakeStore.ledger(m.snapshot("gl")) }

// Knock implements rotation.Knocker.
func (m *model) Knock(context.Context, oracle.Endpoint) oracle.Answer {
	if m.podDown || m.next == losesRequest {
		return oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}
	}
	return oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}
}

// Survey implements rotation.Surveyor.
func (m *model) Survey(_ context.Context, _ oracle.Endpoint, login oracle.Login, _ []oracle.Plan) oracle.Findings {
	return m.login(login.Password.Reveal())
}

// login is one login on its way; the invariants are held against it.
func (m *model) login(password string) oracle.Findings {
	by := m.charged()
	m.logins++
	shows := m.directory == countsLogins && m.known && !m.down
	if shows && (m.account.locked || m.account.count+1 >= m.account.lockAfter) {
		m.fail("a login left although the directory shows that one more refusal would lock")
	}
	travels := m.next
	if m.podDown {
		travels = losesRequest
	}
	f, dies := travels.deliver(m.account, password, by)
	m.dead = dies
	m.say("  a login by the %s with %q: %s, dies: %v; %v", by, password, f.Login, dies, m.account)
	if m.account.engine > m.snapshot("gl").Policy.LoginFailureBudget {
		m.fail("the engine by itself caused more refused logins in a row than its budget")
	}
	return f
}

// charged is on whose budget the login goes, by what is stored.
func (m *model) charged() rotation.Initiator {
	for _, c := range m.ledger().Charges {
		if c.State == rotation.ChargePending {
			return c.By
		}
	}
	m.fail("a login left without a stored charge")
	return ""
}

func (m *model) look(context.Context) (rotation.Seen, bool) {
	return rotation.Seen{View: m.directory.view(m.account, m.known), At: time.Now().UTC().Round(0)}, !m.down
}

func (m *model) LoadLedger(ctx context.Context, a rotation.Account) (rotation.Ledger, error) {
	if m.dead {
		return rotation.Ledger{}, errStorage
	}
	return m.fakeStore.LoadLedger(ctx, a)
}

func (m *model) StoreLedger(ctx context.Context, a rotation.Account, l rotation.Ledger) error {
	if m.dead {
		return errStorage
	}
	return m.fakeStore.StoreLedger(ctx, a, l)
}

// AccountOf implements rotation.Integrations.
func (m *model) AccountOf(_ context.Context, name string, _ rotation.Side) (rotation.Account, error) {
	return m.snapshot(name).Integration.Account(), nil
}

// LoadIntegration implements rotation.Integrations.
func (m *model) LoadIntegration(_ context.Context, name string, _ rotation.Side) (rotation.Snapshot, rotation.Credential, error) {
	return m.snapshot(name), rotation.Credential{
		Login: oracle.Login{Password: secret.New(m.stored)}, Fingerprint: rotation.Fingerprint(m.stored),
	}, nil
}

func (m *model) SaveRecord(ctx context.Context, seen rotation.Snapshot, l rotation.Ledger, c rotation.Change) error {
	if m.dead {
		return errStorage
	}
	return m.fakeStore.SaveRecord(ctx, seen, l, c)
}

// LoadDirectory, SaveHealth, LookUp, LookUpByToken and ForgetToken let a viewer ask the model's directory.
func (m *model) LoadDirectory(context.Context, string) (rotation.Directory, oracle.Directory, rotation.Policy, error) {
	return rotation.Directory{
		Name: "door", ID: directoryID, Kind: oracle.IdentityDomain, URL: "https://domain.example", User: "client",
		AllowedUsernames: []string{"*"}, AllowedServerHosts: []string{"*"},
	}, oracle.Directory{}, rotation.DefaultPolicy(), nil
}

func (m *model) SaveHealth(context.Context, rotation.Directory, oracle.LookUp, time.Time) error {
	return nil
}

func (m *model) LookUpByToken(ctx context.Context, _ oracle.Directory, _ string) (oracle.LookUp, bool) {
	view, answered := m.look(ctx)
	outcome := oracle.Rows
	if !answered {
		outcome = oracle.Unavailable
	}
	return oracle.LookUp{Answer: oracle.Answer{Outcome: outcome, Delivery: oracle.Answered}, View: view.View}, true
}

func (m *model) ForgetToken(oracle.Directory) {}

func (m *model) LookUp(context.Context, oracle.Directory, string) oracle.LookUp {
	return oracle.LookUp{}
}

// check is one check, by whoever asked for it.
func (m *model) check(by rotation.Initiator) rotation.Decision {
	ctx, cancel := context.WithTimeout(m.t.Context(), 36*time.Second)
	defer cancel()
	viewer := rotation.NewViewer(m, m, m.prover, func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }, func(string, ...any) {})
	decision, _ := rotation.NewChecker(m, m.prover, m, viewer).Check(ctx, "gl", rotation.CheckOptions{By: by})
	m.say("check by the %s: %s", by, decision.Denial)
	if m.dead {
		m.restart()
	}
	return decision
}

// write is a person's write of a password, proved or not.
func (m *model) write(password string, verify bool) {
	one := m.snapshot("gl")
	account := one.Integration.Account()
	m.say("somebody writes %q, verified: %v", password, verify)
	var proof rotation.Proof
	if verify {
		ctx, cancel := context.WithTimeout(m.t.Context(), 36*time.Second)
		defer cancel()
		attempt := rotation.Attempt{
			IntegrationID: one.Integration.ID, CredentialVersion: one.Integration.CredentialVersion + 1, Policy: one.Policy,
			Fingerprint: rotation.Fingerprint(password), NotIfRejected: true, Directory: one.Integration.DirectoryID,
			Login: func(context.Context) oracle.Findings { return m.login(password) },
		}
		if m.directory != noDirectory {
			attempt.Look = m.look
		}
		var err error
		proof, err = m.prover.Prove(ctx, account, rotation.ByPerson, func(context.Context) (rotation.Attempt, error) { return attempt, nil })
		if m.dead {
			m.restart()
		}
		if err != nil || proof.Findings.Login != oracle.LoginAccepted {
			return
		}
	}
	one.Integration.CredentialVersion++
	one.Integration.Basis++
	one.Integration.BecameCurrent = time.Now()
	one.Record = rotation.Unproved(one, time.Now())
	if verify {
		one.Record = rotation.Checked(one, proof, false, time.Now())
	}
	m.stored, m.snapshots["gl"] = password, one
	if !verify {
		_, _ = m.prover.PasswordWritten(m.t.Context(), account, rotation.Fingerprint(password), one.Policy)
	}
}
