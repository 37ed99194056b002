package estate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// page is a report as the engine answers it.
const page = `{
  "generated_time": "2026-11-23T08:00:00Z", "revision": "4FQZ7K2M-17", "full": true, "version": "v1.2.3",
  "counts": {"ok": 1, "locked": 1},
  "integrations": [
    {"name": "gl-prod", "state": "locked", "severity": "critical", "reason": "account_locked", "message": "Unlock it.",
     "confidence": "confirmed", "state_since": "2026-11-22T08:00:00Z", "event_seq": 9, "credential_version": 3,
     "username": "API_USER", "server_url": "https://pod.example.com", "policy": "default", "modules_selected": ["GL", "AP"],
     "password_expiry_time": "2027-01-01T00:00:00Z", "days_until_expiry": 38, "last_check_time": "2026-11-23T07:59:00Z",
     "held": true, "refused_logins": 1, "attempts_left": 4, "consecutive_failures": 2,
     "rotation_phase": "idle", "warnings": ["mind the gap"], "of_a_newer_engine": {"x": [1, 2]},
     "modules": {"GL": {"result": "accessible", "http_status": 200, "probe": "ledgersLOV"}, "AP": {"result": "forbidden", "http_status": 403, "probe": "invoices"}}},
    {"name": "ok-one", "state": "ok", "severity": "ok"}
  ],
  "directories": [{"name": "idm", "type": "fusion", "url": "https://pod.example.com", "state": "ok", "rotation_phase": "idle", "allowed_usernames": ["API_*"]}],
  "deleted": ["gone"],
  "sweep": {"last_started_time": "2026-11-23T07:59:30Z", "lag_seconds": 120, "due": 2}
}`

func at(text string) *time.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return &moment
}

func number(n int) *int { return &n }

func TestAReportIsReadAsItWasSaid(t *testing.T) {
	t.Parallel()
	got, err := estate.ReadReport("team/oracle-financials", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	said := got.Statuses[0].Said
	for _, text := range []string{`"of_a_newer_engine": {"x": [1, 2]}`, `"days_until_expiry": 38`} {
		if !strings.Contains(string(said), text) {
			t.Errorf("what was said lacks %s: %s", text, said)
		}
	}
	if !strings.Contains(string(got.Directories[0].Said), `"allowed_usernames"`) {
		t.Errorf("what was said of the directory lacks a field that the agent does not know: %s", got.Directories[0].Said)
	}
	want := estate.Status{
		Mount: "team/oracle-financials", Name: "gl-prod", State: rotation.StateLocked, Severity: rotation.SeverityCritical,
		Reason: rotation.ReasonLocked, Message: "Unlock it.", Confidence: rotation.Confirmed, Since: at("2026-11-22T08:00:00Z"),
		Seq: 9, Version: 3, Username: "API_USER", ServerURL: "https://pod.example.com", Policy: "default",
		Selected: []string{"GL", "AP"}, Expiry: at("2027-01-01T00:00:00Z"), ExpiryDays: number(38),
		LastCheck: at("2026-11-23T07:59:00Z"), Held: true, Refused: 1, AttemptsLeft: number(4), Failures: 2, Phase: "idle",
		Warnings: []string{"mind the gap"}, Said: said,
		Modules: map[string]estate.Module{
			"GL": {Result: "accessible", HTTPStatus: 200, Probe: "ledgersLOV"}, "AP": {Result: "forbidden", HTTPStatus: 403, Probe: "invoices"},
		},
	}
	if diff := cmp.Diff(want, got.Statuses[0]); diff != "" {
		t.Errorf("a status with everything (-want +got):\n%s", diff)
	}
	want = estate.Status{
		Mount: "team/oracle-financials", Name: "ok-one", State: rotation.StateOK, Severity: rotation.SeverityOK,
		Said: got.Statuses[1].Said,
	}
	if diff := cmp.Diff(want, got.Statuses[1]); diff != "" {
		t.Errorf("what was not said must stay unsaid (-want +got):\n%s", diff)
	}
	directory := estate.Directory{
		Mount: "team/oracle-financials", Name: "idm", Type: "fusion", URL: "https://pod.example.com", State: "ok", Phase: "idle",
		Said: got.Directories[0].Said,
	}
	if diff := cmp.Diff([]estate.Directory{directory}, got.Directories); diff != "" {
		t.Errorf("directories (-want +got):\n%s", diff)
	}
	got.Statuses, got.Directories = nil, nil
	rest := estate.Report{
		Generated: *at("2026-11-23T08:00:00Z"), Revision: "4FQZ7K2M-17", Full: true, Version: "v1.2.3", Deleted: []string{"gone"},
		Counts: map[rotation.State]int{rotation.StateOK: 1, rotation.StateLocked: 1},
		Sweep:  estate.Sweep{Started: at("2026-11-23T07:59:30Z"), Lag: 120, Due: 2},
	}
	if diff := cmp.Diff(rest, got); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ data, says string }{
		"no JSON":                                {`<html>`, "read the report of m"},
		"the answer of another engine":           {`{"keys": ["a"]}`, "names no revision"},
		"nothing":                                {`null`, "names no revision"},
		"an integration that is no object":       {`{"revision": "r", "integrations": ["x"]}`, "read the status of m"},
		"an integration without a name":          {`{"revision": "r", "integrations": [{"state": "ok"}]}`, "has no name"},
		"an integration with a time that is not": {`{"revision": "r", "integrations": [{"name": "a", "last_check_time": "today"}]}`, "read the status of m"},
		"a directory that is no object":          {`{"revision": "r", "directories": [7]}`, "a directory"},
		"counts that are no numbers":             {`{"revision": "r", "counts": {"ok": "many"}}`, "read the report of m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := estate.ReadReport("m", []byte(row.data)); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %+v and %v, want an error that says %q", got, err, row.says)
			}
		})
	}
}

func TestAStatusTakesTheNameItWasAskedForWhereTheAnswerHasNone(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ data, want string }{
		"the answer has none": {`{"state": "ok"}`, "asked"},
		"the answer has one":  {`{"name": "said", "state": "ok"}`, "said"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := estate.ReadStatus("m", "asked", []byte(row.data))
			if err != nil || got.Name != row.want || got.Mount != "m" || string(got.Said) != row.data {
				t.Errorf("got %+v and %v", got, err)
			}
		})
	}
	if _, err := estate.ReadStatus("m", "asked", []byte(`[]`)); err == nil || !strings.Contains(err.Error(), "m/asked") {
		t.Errorf("got %v, want an error that names mount and integration", err)
	}
}

func TestProgressIsReadAsItWasSaid(t *testing.T) {
	t.Parallel()
	got, err := estate.ReadProgress("m", []byte(`{"due": 5, "checked": 1, "rotated": 1, "skipped": 2, "failed": 1, "remaining": 3,
		"results": [{"name": "directory/idm", "action": "rotate", "due_since": "2026-11-23T08:00:00Z"}, {"name": "a", "action": "skip", "state": "paused", "reason": "it is paused"}]}`))
	want := estate.Progress{
		Mount: "m", Due: 5, Checked: 1, Rotated: 1, Skipped: 2, Failed: 1, Remaining: 3,
		Results: []estate.SweptName{
			{Name: "directory/idm", Action: "rotate", DueSince: at("2026-11-23T08:00:00Z")},
			{Name: "a", Action: "skip", State: rotation.StatePaused, Reason: "it is paused"},
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := estate.ReadProgress("m", []byte(`"x"`)); err == nil || !strings.Contains(err.Error(), "the sweep of m") {
		t.Errorf("got %v, want an error that names the mount", err)
	}
}

func TestAModuleWithoutRowsIsAccessible(t *testing.T) {
	t.Parallel()
	for result, want := range map[string]bool{"accessible": true, "empty": true, "forbidden": false, "not_found": false, "error": false, "": false} {
		if got := (estate.Module{Result: result}).Accessible(); got != want {
			t.Errorf("%q: got %t", result, got)
		}
	}
}
