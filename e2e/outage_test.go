package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// answerLimit is the contract's: every request answers within it, whatever Oracle does.
const answerLimit = 45 * time.Second

// outages are the ways in which a pod fails without saying anything about the password.
var outages = map[string]oraclesim.Fault{
	"hangs":             {Kind: oraclesim.FaultHang},
	"answers too late":  {Kind: oraclesim.FaultSlow, Delay: 50 * time.Second},
	"resets":            {Kind: oraclesim.FaultReset},
	"loses the reply":   {Kind: oraclesim.FaultLostReply},
	"drops connections": {Kind: oraclesim.FaultDrop},
	"is unavailable":    {Kind: oraclesim.FaultStatus, Status: http.StatusServiceUnavailable, Body: oraclesim.BodyHTML},
	"asks for a long wait": {
		Kind: oraclesim.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "20",
	},
	"shows a sign-in page":     {Kind: oraclesim.FaultSSOPage},
	"shows a maintenance page": {Kind: oraclesim.FaultMaintenancePage},
	"forbids in HTML":          {Kind: oraclesim.FaultStatus, Status: http.StatusForbidden, Body: oraclesim.BodyHTML},
	"redirects":                {Kind: oraclesim.FaultRedirect, Location: "https://sso.example.com/"},
	"breaks off":               {Kind: oraclesim.FaultTruncated},
	"answers without end":      {Kind: oraclesim.FaultHuge, MiB: 8},
}

func TestCheckAnswersInTimeWhateverThePodDoes(t *testing.T) {
	t.Parallel()
	for name, fault := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, pod, password := proved(t, sharedVault(t))
			// The most patient settings there are.
			m.patch("integrations/gl", fields{"timeout": 60, "retry_attempts": 10}).want(http.StatusOK)
			inject(t, pod, fault)
			begun := time.Now()
			m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok", "consecutive_failures": 1, "held": false, "refused_logins": 0})
			if took := time.Since(begun); took > answerLimit {
				t.Errorf("the check answered after %s", took)
			}
			m.read("creds/gl").want(http.StatusOK).has(fields{"password": password, "credential_version": 1})
		})
	}
}

func TestPodThatFailsIsUnreachableAfterTheThresholdAndOkAgainByItself(t *testing.T) {
	t.Parallel()
	for name, fault := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutageEndured(t, func(pod *oraclesim.Server) { inject(t, pod, fault) },
				func(pod *oraclesim.Server) { pod.Pod().ClearFaults() })
		})
	}
	t.Run("is down", func(t *testing.T) {
		t.Parallel()
		down := func(down bool) func(*oraclesim.Server) {
			return func(pod *oraclesim.Server) {
				if err := pod.Pod().SetDown(down); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantOutageEndured(t, down(true), down(false))
	})
}

// wantOutageEndured checks a credential before, during and after an outage.
func wantOutageEndured(t *testing.T, begin, end func(*oraclesim.Server)) {
	t.Helper()
	const threshold = 3
	m, pod, password := proved(t, sharedVault(t))
	m.write("policies/default", fields{"failure_threshold": threshold}).want(http.StatusNoContent)
	m.patch("integrations/gl", fields{"timeout": 1, "retry_attempts": 0}).want(http.StatusOK)
	begin(pod)
	for n := 1; n < threshold; n++ {
		m.checkInTurn("gl").has(fields{"state": "ok", "consecutive_failures": n})
	}
	for range 3 {
		m.checkInTurn("gl").has(fields{"state": "unreachable", "severity": "warning", "refused_logins": 0})
	}
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": password})
	if n := refusals(pod, user); n > 0 {
		t.Errorf("the outage cost %d refused logins", n)
	}
	end(pod)
	m.checkInTurn("gl").has(fields{"state": "ok", "reason": "logged_in", "consecutive_failures": 0, "held": false})
}

// checkInTurn checks when the guard lets it: a login that was not answered bars the next one for a moment.
func (m mount) checkInTurn(name string) (got answer) {
	m.t.Helper()
	await(m.t, answerLimit, "the end of the time in which a lost login may arrive", func() bool {
		got = m.write("check/"+name, nil).want(http.StatusOK)
		return !slices.ContainsFunc(got.Warnings, func(w string) bool { return strings.Contains(w, "may still be under way") })
	})
	return got
}
