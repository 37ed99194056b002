package output_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// now is the instant of every test.
func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func at(d time.Duration) *time.Time {
	t := now().Add(d)
	return &t
}

// status is one as the engine says it; fields are added to what is said.
func status(t *testing.T, mount, name string, severity rotation.Severity, state rotation.State, fields string) estate.Status {
	t.Helper()
	said := `{"state":"` + string(state) + `","severity":"` + string(severity) + `","reason":"why","message":"What to do about ` + name + `."`
	if fields != "" {
		said += "," + fields
	}
	read, err := estate.ReadStatus(mount, name, []byte(said+"}"))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// several is so many of one severity.
func several(t *testing.T, n int, severity rotation.Severity, state rotation.State) []estate.Status {
	t.Helper()
	var statuses []estate.Status
	for i := range n {
		statuses = append(statuses, status(t, "m", "u"+string(rune('a'+i/26))+string(rune('a'+i%26)), severity, state, `"days_until_expiry":9`))
	}
	return statuses
}

// written is what is written in a format.
func written(t *testing.T, e output.Estate, f output.Format, style output.Style) string {
	t.Helper()
	if e.Now.IsZero() {
		e.Now = now()
	}
	var text strings.Builder
	if err := e.Write(&text, f, style); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// firstLine is what a pager shows, and the performance data.
func firstLine(t *testing.T, e output.Estate) (text, data string) {
	t.Helper()
	line, _, _ := strings.Cut(written(t, e, output.Nagios, output.Style{}), "\n")
	text, data, found := strings.Cut(line, " | ")
	if !found || strings.Count(line, "|") != 1 {
		t.Fatalf("not one bar in %q", line)
	}
	return text, data
}

// document is JSON that was written.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	var read map[string]any
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return read
}
