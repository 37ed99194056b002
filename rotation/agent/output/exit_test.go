package output_test

import (
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func TestExitCodeSpeaksOfTheWorst(t *testing.T) {
	t.Parallel()
	const critical, warning, unknown, ok = rotation.SeverityCritical, rotation.SeverityWarning, rotation.SeverityUnknown, rotation.SeverityOK
	for name, test := range map[string]struct {
		severities      []rotation.Severity
		want, withFault int
	}{
		"nothing at all":                          {nil, 0, 3},
		"all is well":                             {[]rotation.Severity{ok, ok}, 0, 3},
		"one is not known":                        {[]rotation.Severity{ok, unknown}, 3, 3},
		"a warning is worse than not known":       {[]rotation.Severity{unknown, warning, ok}, 1, 3},
		"critical is worse than everything":       {[]rotation.Severity{ok, warning, critical, unknown}, 2, 2},
		"a severity that nobody knows is no ok":   {[]rotation.Severity{ok, "dire"}, 3, 3},
		"nor is it worse than what one does know": {[]rotation.Severity{"dire", warning}, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var statuses []estate.Status
			for _, severity := range test.severities {
				statuses = append(statuses, estate.Status{Severity: severity})
			}
			if got := output.ExitCode(statuses); got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
			if got := (output.Estate{Statuses: statuses}).ExitCode(); got != test.want {
				t.Errorf("exit code of the estate %d, want %d", got, test.want)
			}
			faulty := output.Estate{Statuses: statuses, Faults: []output.Fault{{Mount: "m", Message: "away"}}}
			if got := faulty.ExitCode(); got != test.withFault {
				t.Errorf("exit code %d beside a mount that could not be asked, want %d", got, test.withFault)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, format := range output.Formats() {
		if got, err := output.ParseFormat(string(format)); err != nil || got != format {
			t.Errorf("%s is read as %q, %v", format, got, err)
		}
	}
	for _, wrong := range []string{"", "TEXT", "yaml"} {
		_, err := output.ParseFormat(wrong)
		if want := `--output is "` + wrong + `": it can be text, json or nagios`; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", wrong, err, want)
		}
	}
}

func TestVersionSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	full := output.Version{Name: "agent", Version: "v1.2.3", Commit: "abc", BuildTime: "2026-11-23T12:00:00Z", Go: "go1.26"}
	bare := output.Version{Name: "agent", Version: "v0.1.0-dev", Go: "go1.26"}
	for _, test := range []struct {
		version output.Version
		format  output.Format
		want    string
	}{
		{full, output.Text, "agent v1.2.3 (commit abc, built 2026-11-23T12:00:00Z, go1.26)\n"},
		{bare, output.Text, "agent v0.1.0-dev (go1.26)\n"},
		{bare, output.Nagios, "agent v0.1.0-dev (go1.26)\n"},
		{bare, output.JSON, "{\n  \"name\": \"agent\",\n  \"version\": \"v0.1.0-dev\",\n  \"go_version\": \"go1.26\"\n}\n"},
	} {
		if got := writtenBy(t, test.version.Write, test.format); got != test.want {
			t.Errorf("%s: %q, want %q", test.format, got, test.want)
		}
	}
}
