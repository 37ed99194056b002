package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// session opens one as the program does, without asking anything.
func (p pod) session(t *testing.T) *session {
	t.Helper()
	set, err := readSettings(func(name string) string { return p.env[strings.TrimPrefix(name, prefix)] })
	must(t, err)
	s, err := newSession(set, time.Now)
	must(t, err)
	t.Cleanup(s.close)
	return s
}

// TestNothingAfterTheRefusal tries every way in which a password can leave, after the one wrong one was refused, or was
// answered in another way.
func TestNothingAfterTheRefusal(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]oraclesim.Fault{
		"refused": nil,
		"500":     {{Kind: oraclesim.FaultStatus, Status: 500}},
		"a page":  {{Kind: oraclesim.FaultSSOPage}},
		"lost":    {{Kind: oraclesim.FaultLostReply}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, oraclesim.Switches{})
			for _, fault := range faults {
				must(t, p.sim.Pod().Inject(fault))
			}
			s := p.session(t)
			askRefusedLogin(t.Context(), s)
			p.sim.Pod().ClearFaults()
			for _, again := range []func() finding{
				func() finding { return askRefusedLogin(t.Context(), s) },
				func() finding { return askCatalogue(t.Context(), s) },
				func() finding { return askOwnSCIM(t.Context(), s) },
				func() finding { return askScimUser(t.Context(), s) },
				func() finding { return askScimEngine(t.Context(), s) },
				func() finding { return askSurvey(t.Context(), s) },
				func() finding { return askToken(t.Context(), s) },
				func() finding { return askDomainEngine(t.Context(), s) },
			} {
				if f := again(); f.verdict != open || !strings.HasPrefix(f.said, "not asked: ") {
					t.Errorf("asked again: %+v", f)
				}
			}
			if n := len(p.sim.Pod().Requests()); n != 1 {
				t.Errorf("%d requests, want the one", n)
			}
		})
	}
}

// TestChargedFirst: while a login is under way there is no second one, and how it ended decides about the next.
func TestChargedFirst(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		login  oracle.LoginResult
		answer oracle.Answer
		over   bool
	}{
		"accepted":    {oracle.LoginAccepted, oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered}, false},
		"unproved":    {oracle.LoginUnproved, oracle.Answer{Outcome: oracle.NotFound, Delivery: oracle.Answered}, false},
		"refused":     {oracle.LoginRefused, oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered}, true},
		"unanswered":  {oracle.LoginUnanswered, oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered}, true},
		"not sent":    {oracle.LoginUnproved, oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent}, true},
		"throttled":   {oracle.LoginUnproved, oracle.Answer{Outcome: oracle.Throttled, Delivery: oracle.Answered}, true},
		"unavailable": {oracle.LoginUnproved, oracle.Answer{Outcome: oracle.Unavailable, Delivery: oracle.Answered}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, oraclesim.Switches{}).session(t)
			must(t, s.byEngine(func() (oracle.LoginResult, oracle.Answer) {
				if err := s.mayAsk(true); because(err) != underWay {
					t.Errorf("a second login meanwhile: %v", err)
				}
				return test.login, test.answer
			}))
			if err := s.mayAsk(true); (err != nil) != test.over {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestClientRefusedBy400: some servers say so of a client's secret.
func TestClientRefusedBy400(t *testing.T) {
	t.Parallel()
	domain := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
	}))
	t.Cleanup(domain.Close)
	p := start(t, oraclesim.Switches{})
	p.env["DIRECTORY_DOMAIN_URL"] = domain.URL
	p.env["CA_CERT"] = write(t, string(p.sim.CACertPEM())+trustOf(domain))
	got := p.run(t)
	if got.code != exitEnded || !strings.Contains(got.complaints, "was refused") || got.verdicts()["refused-login"] != "open" {
		t.Errorf("exit code %d, %q:\n%s", got.code, got.complaints, got.shown)
	}
	if n := p.refusedLogins(); n > 0 {
		t.Errorf("%d logins of the pod were refused besides", n)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	s := start(t, oraclesim.Switches{}).session(t)
	s.settle(true)
	if err := s.mayAsk(true); err == nil || s.refused != 1 {
		t.Errorf("after a refused login: %v, %d refused", err, s.refused)
	}
}

func TestBecause(t *testing.T) {
	t.Parallel()
	if got := because(errors.New("other")); got != "other" {
		t.Errorf("got %q", got)
	}
}
