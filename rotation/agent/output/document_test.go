package output_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func TestStatusDocument(t *testing.T) {
	t.Parallel()
	e := output.Estate{Now: now().In(time.FixedZone("east", 3600)), Statuses: []estate.Status{
		status(t, "of", "gl", rotation.SeverityOK, rotation.StateOK, `"password_expiry_time":"2026-12-16T12:00:00Z","name":"gl","new":{"big":12345678901234567890,"list":[]}`),
	}}
	text := written(t, e, output.JSON, output.Style{Colour: true, Width: 10})
	want := map[string]any{
		"schema": "oracle-financials.status/v1", "generated_time": "2026-11-23T12:00:00Z",
		"integrations": []any{map[string]any{
			"mount": "of", "name": "gl", "state": "ok", "severity": "ok", "reason": "why", "message": "What to do about gl.",
			"password_expiry_time": "2026-12-16T12:00:00Z", "new": map[string]any{"big": 12345678901234567890.0, "list": []any{}},
		}},
	}
	if diff := cmp.Diff(want, document(t, text)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(text, "12345678901234567890") {
		t.Errorf("a number was changed in %s", text)
	}
	e.Faults = []output.Fault{{Mount: "og", Message: "away"}, {Mount: "of", Name: "xx", Message: "no such"}}
	faults := []any{map[string]any{"mount": "og", "message": "away"}, map[string]any{"mount": "of", "name": "xx", "message": "no such"}}
	if diff := cmp.Diff(faults, document(t, written(t, e, output.JSON, output.Style{}))["faults"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{}, document(t, written(t, output.Estate{}, output.JSON, output.Style{}))["integrations"]); diff != "" {
		t.Error(diff)
	}
}

func TestStatusThatIsNoJSONIsAFault(t *testing.T) {
	t.Parallel()
	e := output.Estate{Statuses: []estate.Status{{Mount: "of", Name: "gl", Said: []byte("[]")}}}
	if err := e.Write(io.Discard, output.JSON, output.Style{}); err == nil || !strings.Contains(err.Error(), "of/gl") {
		t.Errorf("error %v", err)
	}
}

func swept(t *testing.T) output.Sweep {
	t.Helper()
	return output.Sweep{
		Estate: scene(t),
		Progresses: []estate.Progress{
			{Mount: "of", Due: 9, Checked: 4, Rotated: 1, Failed: 2, Skipped: 1, Remaining: 2, Results: []estate.SweptName{
				{Name: "ap", Action: "check", State: rotation.StateExpired, Reason: "past_age", DueSince: at(-2 * time.Hour)},
				{Name: "ar", Action: "skip", State: rotation.StatePaused, Reason: "paused"},
				{Name: "directory/door", Action: "rotate", DueSince: at(-3 * rotation.Day)},
				{Name: "gl", Action: "check", State: rotation.StateOK, Reason: "logged_in", DueSince: at(-time.Minute)},
			}},
			{Mount: "og"},
		},
	}
}

func TestSweepInText(t *testing.T) {
	t.Parallel()
	write := func(s output.Sweep) string {
		return writtenBy(t, func(w io.Writer, f output.Format) error { return s.Write(w, f, output.Style{}) }, output.Text)
	}
	done := swept(t)
	table, rest, _ := strings.Cut(write(done), "\n\nap: ")
	want := `of: 9 due, 4 checked, 1 rotated, 2 failed, 1 passed over, 2 still going on

NAME            ACTION  STATE    REASON    DUE
ap              check   expired  past_age  2h ago
ar              skip    paused   paused    -
directory/door  rotate                     3d ago

og: 0 due`
	if diff := cmp.Diff(want, table); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(rest, "\n\n4 integrations: 1 critical, 1 warning, 1 unknown, 1 ok.\n") || strings.Contains(rest, "NAME") {
		t.Errorf("after it: %s", rest)
	}
	dry := done
	dry.DryRun = true
	table, _, _ = strings.Cut(write(dry), "\n\nog: ")
	want = `of: 9 due, 1 passed over; nothing was done

NAME            ACTION  STATE    REASON     DUE
directory/door  rotate                      3d ago
ap              check   expired  past_age   2h ago
gl              check   ok       logged_in  1m ago
ar              skip    paused   paused     -`
	if diff := cmp.Diff(want, table); diff != "" {
		t.Error(diff)
	}
	done.Estate = output.Estate{Now: now()}
	if text := write(done); !strings.HasSuffix(text, "\nog: 0 due\n") {
		t.Errorf("without an estate: %s", text)
	}
	var plan strings.Builder
	if err := output.Plan(&plan, output.Text, done.Progresses[1:]); err != nil || plan.String() != "og: 0 due, 0 passed over; nothing was done\n" {
		t.Errorf("plan: %q, %v", &plan, err)
	}
}

func TestSweepForPrograms(t *testing.T) {
	t.Parallel()
	s := swept(t)
	s.Estate.Faults = []output.Fault{{Mount: "oh", Message: "away"}}
	s.Progresses[0].Results = s.Progresses[0].Results[1:3]
	text := writtenBy(t, func(w io.Writer, f output.Format) error { return s.Write(w, f, output.Style{}) }, output.JSON)
	want := map[string]any{
		"schema": "oracle-financials.sweep/v1", "generated_time": "2026-11-23T12:00:00Z", "dry_run": false, "severity": "critical",
		"faults": []any{map[string]any{"mount": "oh", "message": "away"}},
		"mounts": []any{
			map[string]any{
				"mount": "of", "due": 9.0, "checked": 4.0, "rotated": 1.0, "failed": 2.0, "skipped": 1.0, "remaining": 2.0, "results": []any{
					map[string]any{"name": "ar", "action": "skip", "state": "paused", "reason": "paused"},
					map[string]any{"name": "directory/door", "action": "rotate", "state": "", "reason": "", "due_since": "2026-11-20T12:00:00Z"},
				},
			},
			map[string]any{"mount": "og", "due": 0.0, "checked": 0.0, "rotated": 0.0, "failed": 0.0, "skipped": 0.0, "remaining": 0.0, "results": []any{}},
		},
	}
	want["integrations"] = document(t, writtenBy(t, func(w io.Writer, f output.Format) error { return s.Estate.Write(w, f, output.Style{}) }, output.JSON))["integrations"]
	if diff := cmp.Diff(want, document(t, text)); diff != "" {
		t.Error(diff)
	}
}

func TestSweepForMonitoring(t *testing.T) {
	t.Parallel()
	s := swept(t)
	text := writtenBy(t, func(w io.Writer, f output.Format) error { return s.Write(w, f, output.Style{}) }, output.Nagios)
	if !strings.HasPrefix(text, "ORACLE-FINANCIALS CRITICAL - 2 of 4 need a hand: ap expired, ar expiring | ") ||
		!strings.HasSuffix(text, "\nof: 9 due, 4 checked, 1 rotated, 2 failed, 1 passed over, 2 still going on\nog: 0 due\n") {
		t.Error(text)
	}
}

// Where nothing could be asked, nothing is said to be well.
func TestSweepThatAskedNobodyIsUnknown(t *testing.T) {
	t.Parallel()
	s := swept(t)
	s.Estate.Statuses, s.Estate.Faults = nil, []output.Fault{{Mount: "of", Message: "away"}}
	text := writtenBy(t, func(w io.Writer, f output.Format) error { return s.Write(w, f, output.Style{}) }, output.JSON)
	if got := document(t, text)["severity"]; got != "unknown" {
		t.Errorf("the severity is %v", got)
	}
}

// What the command policy prints and what is shipped is one text.
func TestPolicyIsTheOneThatIsShipped(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "policies", "agent.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(shipped), output.Policy([]string{"oracle-financials"})); diff != "" {
		t.Errorf("copy deploy/policies/agent.hcl over rotation/agent/output/agent.hcl, or back:\n%s", diff)
	}
}

func TestPolicyOfSeveralMounts(t *testing.T) {
	t.Parallel()
	one := output.Policy([]string{"oracle-financials"})
	heading, paths, _ := strings.Cut(one, "\n\n")
	want := heading + "\n\n" + strings.ReplaceAll(paths, `"oracle-financials/`, `"team-a/of/`) + "\n" + strings.ReplaceAll(paths, `"oracle-financials/`, `"a\"b\\/`)
	if diff := cmp.Diff(want, output.Policy([]string{"team-a/of", `a"b\`})); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(one, `path "`); n < 5 || n != strings.Count(one, `path "oracle-financials/`) {
		t.Errorf("%d paths, of which some are of no mount", n)
	}
}
