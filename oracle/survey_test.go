package oracle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// learned is what a test compares of a survey. Modules and requests are written as one line each.
type learned struct {
	Login          oracle.LoginResult
	LastUnanswered bool
	Cause          oracle.Outcome
	Modules        string
	Asked          string // the resources in the order of their arrival
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	const (
		gl, ap, ar = oracle.GeneralLedger, oracle.Payables, oracle.Receivables
		skipped    = "error 0"
	)
	type fault = oraclesim.Fault
	tests := map[string]struct {
		modules []oracle.Module
		own     map[oracle.Module]string
		setUp   func(*oraclesim.Pod) error
		faults  []fault
		wrong   bool // the password
		want    learned
	}{
		"every module in the order asked": {
			modules: []oracle.Module{"PA", "CM", "FA", "AR", "AP", "GL"},
			want: learned{
				"accepted", false, "rows",
				"PA accessible 200, CM accessible 200, FA accessible 200, AR accessible 200, AP accessible 200, GL accessible 200",
				"projects cashBankAccounts fixedAssetBooksLOV receivablesInvoices invoices ledgersLOV",
			},
		},
		"nothing to ask": {want: learned{Login: "unproved"}},
		"no rows": {
			modules: []oracle.Module{gl}, setUp: access(oraclesim.AccessNoData),
			want: learned{"accepted", false, "no_rows", "GL empty 200", "ledgersLOV"},
		},
		"forbidden proves the login, and the next module is asked": {
			modules: []oracle.Module{gl, ap}, setUp: access(oraclesim.AccessDenied),
			want: learned{"accepted", false, "rows", "GL forbidden 403, AP accessible 200", "ledgersLOV invoices"},
		},
		"a 403 page proves nothing and ends it": {
			modules: []oracle.Module{gl, ap}, faults: []fault{{Kind: "status", Status: 403, Body: "html"}},
			want: learned{"unproved", false, "unexpected_content", "", "ledgersLOV"},
		},
		"404 walks to the next resource": {
			modules: []oracle.Module{gl}, setUp: without("ledgersLOV"),
			want: learned{"accepted", false, "rows", "GL accessible 200", "ledgersLOV chartOfAccountsLOV"},
		},
		"400 walks to the next resource": {
			modules: []oracle.Module{ap}, faults: []fault{{Kind: "status", Status: 400, Count: 1}},
			want: learned{"accepted", false, "rows", "AP accessible 200", "invoices payablesPayments"},
		},
		"400 on every resource says nothing about the login": {
			modules: []oracle.Module{ap, gl}, faults: []fault{{Kind: "status", Status: 400, Count: 3}},
			want: learned{"accepted", false, "rows", "AP error 400, GL accessible 200", "invoices payablesPayments suppliers ledgersLOV"},
		},
		"a 400 says more than the 404s before it": {
			modules: []oracle.Module{ap, gl}, faults: []fault{{Kind: "status", Status: 404, Count: 2}, {Kind: "status", Status: 400, Count: 1}},
			want: learned{"accepted", false, "rows", "AP error 400, GL accessible 200", "invoices payablesPayments suppliers ledgersLOV"},
		},
		"a missing module does not end it": {
			modules: []oracle.Module{"FA", gl}, setUp: func(p *oraclesim.Pod) error { return p.RemoveModule(oraclesim.FixedAssets) },
			want: learned{"accepted", false, "rows", "FA not_found 404, GL accessible 200", "fixedAssetBooksLOV ledgersLOV"},
		},
		"all missing": {
			modules: []oracle.Module{gl, "FA"}, faults: []fault{{Kind: "status", Status: 404}},
			want: learned{
				"unproved", false, "not_found", "GL not_found 404, FA not_found 404",
				"ledgersLOV chartOfAccountsLOV chartOfAccounts ledgerBalances chartOfAccounts/describe fixedAssetBooksLOV",
			},
		},
		"the first 401 ends it": {
			modules: []oracle.Module{gl, ap, ar}, wrong: true,
			want: learned{"refused", false, "refused", "", "ledgersLOV"},
		},
		"a 401 after a 404 ends it": {
			modules: []oracle.Module{gl, ap}, setUp: without("ledgersLOV"),
			faults: []fault{{Kind: "status", Status: 401, Path: oracle.ResourcesPath + "11.13.18.05/chartOfAccountsLOV"}},
			want:   learned{"refused", false, "refused", "", "ledgersLOV chartOfAccountsLOV"},
		},
		"accepted, then 401": {
			modules: []oracle.Module{gl, ap, ar}, faults: []fault{{Kind: "status", Status: 401, Skip: 1}},
			want: learned{"refused", false, "refused", "", "ledgersLOV invoices"},
		},
		"not answered": {
			modules: []oracle.Module{gl, ap}, faults: []fault{{Kind: "lost_reply"}},
			want: learned{"unanswered", false, "no_connection", "", "ledgersLOV"},
		},
		"not answered after a 404": {
			modules: []oracle.Module{gl, ap}, setUp: without("ledgersLOV"), faults: []fault{{Kind: "reset", Skip: 1}},
			want: learned{"unanswered", false, "no_connection", "", "ledgersLOV chartOfAccountsLOV"},
		},
		"accepted, then not answered": {
			modules: []oracle.Module{gl, ap, ar, "FA"}, faults: []fault{{Kind: "reset", Skip: 1}},
			want: learned{
				"accepted", true, "no_connection", "GL accessible 200, AP error 0, AR " + skipped + ", FA " + skipped, "ledgersLOV invoices",
			},
		},
		"accepted, then nothing sent, then on": {
			modules: []oracle.Module{gl, ap, ar}, faults: []fault{{Kind: "drop", Skip: 1, Count: 2}},
			want: learned{"accepted", false, "rows", "GL accessible 200, AP error 0, AR accessible 200", "ledgersLOV receivablesInvoices"},
		},
		"a sign-in page ends it": {
			modules: []oracle.Module{gl, ap}, faults: []fault{{Kind: "sso_page"}},
			want: learned{"unproved", false, "unexpected_content", "", "ledgersLOV"},
		},
		"unavailable ends it": {
			modules: []oracle.Module{gl, ap}, faults: []fault{{Kind: "status", Status: 501}},
			want: learned{"unproved", false, "unavailable", "", "ledgersLOV"},
		},
		"accepted, then a sign-in page, then on": {
			modules: []oracle.Module{gl, ap, ar}, faults: []fault{{Kind: "sso_page", Skip: 1, Count: 1}},
			want: learned{"accepted", false, "rows", "GL accessible 200, AP error 200, AR accessible 200", "ledgersLOV invoices receivablesInvoices"},
		},
		"accepted, then throttled, then on": {
			modules: []oracle.Module{gl, ap, ar}, faults: []fault{{Kind: "status", Status: 429, RetryAfter: "99", Skip: 1, Count: 1}},
			want: learned{"accepted", false, "rows", "GL accessible 200, AP error 429, AR accessible 200", "ledgersLOV invoices receivablesInvoices"},
		},
		"nothing sent": {
			modules: []oracle.Module{gl, ap}, faults: []fault{{Kind: "drop"}}, want: learned{"unproved", false, "no_connection", "", ""},
		},
		"an own probe replaces the module's": {
			modules: []oracle.Module{gl, ap}, own: map[oracle.Module]string{gl: "latest/businessUnitsLOV?limit=1"},
			want: learned{"accepted", false, "rows", "GL accessible 200, AP accessible 200", "businessUnitsLOV invoices"},
		},
		"an own probe that the pod does not have": {
			modules: []oracle.Module{gl, ap}, own: map[oracle.Module]string{gl: "latest/none"},
			want: learned{"accepted", false, "rows", "GL not_found 404, AP accessible 200", "none invoices"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startSim(t, test.faults...)
			if test.setUp != nil {
				must(t, test.setUp(p.sim.Pod()))
			}
			plans := make([]oracle.Plan, len(test.modules))
			for i, m := range test.modules {
				plans[i] = oracle.PlanFor(m, test.own[m])
			}
			key := login()
			if test.wrong {
				key.Password = secret.New("wrong")
			}
			findings := newClient(t).Survey(within(t, patience), p.endpoint, key, plans)
			if diff := cmp.Diff(test.want, learnedFrom(findings, p)); diff != "" {
				t.Error(diff)
			}
			wantProbes(t, findings, plans)
		})
	}
}

func learnedFrom(f oracle.Findings, p pod) learned {
	var modules, asked []string
	for _, m := range f.Modules {
		modules = append(modules, fmt.Sprintf("%s %s %d", m.Module, m.Result, m.HTTPStatus))
	}
	for _, r := range p.sim.Pod().Requests() {
		resource := strings.TrimPrefix(r.Path, oracle.ResourcesPath)
		_, resource, _ = strings.Cut(resource, "/")
		asked = append(asked, resource)
	}
	return learned{f.Login, f.LastUnanswered, f.Cause.Outcome, strings.Join(modules, ", "), strings.Join(asked, " ")}
}

// wantProbes wants each finding to name one of its module's probes, and one that was not asked to name none and
// to say so.
func wantProbes(t *testing.T, f oracle.Findings, plans []oracle.Plan) {
	t.Helper()
	for i, m := range f.Modules {
		asked := false
		for _, candidate := range plans[i].Candidates {
			asked = asked || m.Probe == candidate
		}
		switch {
		case !asked && m.Probe != "":
			t.Errorf("%s: probe %q is none of %q", m.Module, m.Probe, plans[i].Candidates)
		case !asked && !strings.Contains(m.Detail, "not asked"):
			t.Errorf("%s: detail %q does not say that it was not asked", m.Module, m.Detail)
		}
	}
}

// A 401 ends a survey however its body ends. Read as "no answer in time" it would be given back to the account's
// budget, and the next check would spend another.
func TestRefusalWithoutItsBody(t *testing.T) {
	t.Parallel()
	plans := []oracle.Plan{oracle.PlanFor(oracle.GeneralLedger, ""), oracle.PlanFor(oracle.Payables, "")}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		timeout time.Duration
	}{"hangs": {hangInBody(401), 2 * time.Second}, "breaks off": {breakInBody(401), patience}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startServer(t, test.handler)
			p.endpoint.Timeout = test.timeout
			findings := newClient(t).Survey(within(t, patience), p.endpoint, login(), plans)
			if findings.Login != oracle.LoginRefused || p.logins() != 1 || len(findings.Modules) != 0 {
				t.Errorf("findings = %+v after %d logins", findings, p.logins())
			}
		})
	}
}
