package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// dueLimit is when a check of the shortest period, a minute, is due at the latest, with time to notice it.
const dueLimit = 70 * time.Second

func TestSweepFromOutsideRunsWhatIsDue(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	m.write("sweep", fields{"dry_run": true}).want(http.StatusOK).has(fields{"due": 0, "results": []any{}})
	m.write("sweep", fields{"wait": 5}).want(http.StatusOK).has(fields{"due": 0, "checked": 0, "remaining": 0})

	// The engine's own sweep is off, so that what comes due waits to be asked for.
	m.write("config", fields{"disable_automated_sweep": true}).want(http.StatusNoContent)
	m.write("policies/minute", fields{"check_period": 60}).want(http.StatusNoContent)
	m.write("integrations/gl", fields{"policy": "minute"}).want(http.StatusOK)
	due := m.read("status/gl").want(http.StatusOK).text("next_check_time")
	await(t, dueLimit, "the check to come due", func() bool {
		return m.write("sweep", fields{"dry_run": true}).want(http.StatusOK).text("due") == "1"
	})
	m.write("sweep", fields{"dry_run": true}).want(http.StatusOK).has(fields{
		"due": 1, "remaining": 1, "checked": 0,
		"results": []any{map[string]any{"name": "gl", "action": "check", "state": "ok", "reason": "logged_in", "due_since": due}},
	})
	report, _ := m.read("report").want(http.StatusOK).Data["sweep"].(map[string]any)
	if fmt.Sprint(report["due"]) != "1" {
		t.Errorf("the report's sweep is %v, want one check due", report)
	}
	if n := logins(pod, user); n != 1 {
		t.Errorf("without anybody asking, and by dry runs, %d logins were spent", n-1)
	}
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"due": 1, "checked": 1, "failed": 0, "skipped": 0, "remaining": 0, "rotated": 0})
	if n := logins(pod, user); n != 2 {
		t.Errorf("the sweep spent %d logins, want one", n-1)
	}
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"due": 0, "checked": 0})
}

func TestSweepPassesOverWhatIsPausedOrHeld(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	paused := newPassword()
	if err := pod.Pod().AddUser(oraclesim.User{Name: "API_AP", Password: paused}); err != nil {
		t.Fatal(err)
	}
	m.write("policies/minute", fields{"check_period": 60}).want(http.StatusNoContent)
	m.write("integrations/ap", integration(pod, "API_AP", paused).with(fields{
		"policy": "minute", "paused_until": time.Now().Add(time.Hour).Format(time.RFC3339), "pause_reason": "month end",
	})).want(http.StatusOK).has(fields{"state": "paused"})
	setElsewhere(t, pod, user)
	m.write("integrations/gl", fields{"policy": "minute"}).want(http.StatusOK)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true})
	await(t, dueLimit, "both checks to be passed over", func() bool {
		return m.write("sweep", fields{"dry_run": true}).want(http.StatusOK).text("skipped") == "2"
	})
	swept := m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"checked": 0, "skipped": 2, "due": 0})
	reasons := map[string]string{}
	for _, row := range swept.Data["results"].([]any) {
		result := row.(map[string]any)
		reasons[fmt.Sprint(result["name"])] = fmt.Sprint(result["action"], " ", result["reason"])
	}
	if reasons["gl"] != "skip held" || reasons["ap"] != "skip paused" {
		t.Errorf("the sweep says %v", reasons)
	}
	if n := refusals(pod, user); n != 1 {
		t.Errorf("%d logins were refused, want one", n)
	}
	if n := logins(pod, "API_AP"); n != 1 {
		t.Errorf("the paused integration was checked %d times", n-1)
	}
}
