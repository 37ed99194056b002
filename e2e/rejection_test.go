package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestForceIgnoresTheHoldButNoBudget(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "refused_logins": 1})
	for n := 2; n <= 3; n++ {
		m.write("check/gl", fields{"force": true}).want(http.StatusOK).has(fields{"refused_logins": n})
	}
	for range 3 {
		m.write("check/gl", fields{"force": true}).want(http.StatusOK).says("operator_login_budget is spent")
	}
	if n := pod.Pod().FailedInARow(user); n != 3 {
		t.Errorf("the account stands at %d refused logins, want one of the engine and two of people", n)
	}
}

func TestPasswordThatAgesIsExpiringThenExpired(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	password, set := newPassword(), time.Now().Add(-80*day)
	pod := startPod(t, oraclesim.User{Name: user, Password: password, PasswordSet: set})
	m := newMount(t, sharedVault(t), "")
	m.write("integrations/gl", integration(pod, user, password).with(fields{"password_set_time": set.Format(time.RFC3339)})).
		want(http.StatusOK).has(fields{"state": "expiring"})
	m.read("status/gl").want(http.StatusOK).has(fields{
		"state": "expiring", "severity": "warning", "days_until_expiry": 9, "password_set_source": "operator",
		"password_expiry_time": set.Add(90 * day).UTC().Format(time.RFC3339),
	})

	// Time goes by in Oracle. The engine's own clock is the machine's, so an operator's word stands in for it.
	pod.Pod().AdvanceClock(11 * day)
	m.patch("integrations/gl", fields{"password_set_time": set.Add(-11 * day).Format(time.RFC3339)}).want(http.StatusOK).has(fields{"state": "expiring"})
	m.read("status/gl").want(http.StatusOK).has(fields{"severity": "critical", "reason": "password_past_expiry", "days_until_expiry": -2})
	m.write("check/gl", nil).want(http.StatusOK).has(fields{
		"state": "expired", "severity": "critical", "confidence": "inferred", "held": true, "refused_logins": 1,
	})
	if last := pod.Pod().Logins(user); last[len(last)-1].Reason != oraclesim.ReasonExpired {
		t.Errorf("the pod refused because of %s, so this test proves nothing", last[len(last)-1].Reason)
	}
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": password})

	renewed := setElsewhere(t, pod, user)
	m.write("integrations/gl", fields{"password": renewed}).want(http.StatusOK).has(fields{"state": "ok", "credential_version": 2})
	status := m.read("status/gl").want(http.StatusOK).has(fields{"state": "ok", "password_set_source": "assumed", "days_until_expiry": 89})
	if !strings.Contains(status.text("message"), "Logs in") {
		t.Errorf("the message is %q", status.text("message"))
	}
}
