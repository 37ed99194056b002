package output_test

import (
	"regexp"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

func TestHeadline(t *testing.T) {
	t.Parallel()
	away := []output.Fault{{Mount: "og", Message: "Vault is sealed: unseal it."}}
	ok := several(t, 2, rotation.SeverityOK, rotation.StateOK)
	locked := status(t, "of", "gl", rotation.SeverityCritical, rotation.StateLocked, "")
	expiring := status(t, "of", "ap", rotation.SeverityWarning, rotation.StateExpiring, "")
	unchecked := status(t, "of", "fa", rotation.SeverityUnknown, rotation.StateUnchecked, "")
	with := func(statuses ...estate.Status) []estate.Status { return append(ok[:2:2], statuses...) }
	for name, test := range map[string]struct {
		e    output.Estate
		want string
	}{
		"nothing":               {output.Estate{}, "OK - no integrations"},
		"all is well":           {output.Estate{Statuses: ok}, "OK - 2 of 2 ok"},
		"critical comes first":  {output.Estate{Statuses: with(expiring, locked, unchecked), Mounts: []string{"of"}}, "CRITICAL - 2 of 5 need a hand: gl locked, ap expiring"},
		"a warning":             {output.Estate{Statuses: with(expiring), Mounts: []string{"of"}}, "WARNING - 1 of 3 need a hand: ap expiring"},
		"not known":             {output.Estate{Statuses: with(unchecked), Mounts: []string{"of"}}, "UNKNOWN - 1 of 3 not known: fa unchecked"},
		"a mount is away":       {output.Estate{Statuses: ok, Faults: away}, "UNKNOWN - could not be asked: og: Vault is sealed: unseal it."},
		"two mounts are away":   {output.Estate{Faults: append(away[:1:1], away...)}, "UNKNOWN - could not be asked: og: Vault is sealed: unseal it.; and 1 more"},
		"one name is not there": {output.Estate{Mounts: []string{"of"}, Faults: []output.Fault{{Mount: "of", Name: "xx", Message: "no such"}}}, "UNKNOWN - could not be asked: xx: no such"},
		"critical beside a mount that is away": {
			output.Estate{Statuses: with(locked), Faults: away, Mounts: []string{"of", "og"}},
			"CRITICAL - 1 of 3 need a hand: of/gl locked; could not be asked: og: Vault is sealed: unseal it.",
		},
		"five are named": {output.Estate{Statuses: several(t, 5, rotation.SeverityWarning, rotation.StateLimited)}, "WARNING - 5 of 5 need a hand: uaa limited, uab limited, uac limited, uad limited, uae limited"},
		"the sixth is counted": {
			output.Estate{Statuses: several(t, 6, rotation.SeverityWarning, rotation.StateLimited)},
			"WARNING - 6 of 6 need a hand: uaa limited, uab limited, uac limited, uad limited, uae limited, and 1 more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := firstLine(t, test.e); got != "ORACLE-FINANCIALS "+test.want {
				t.Errorf("%s\nwant %s", got, "ORACLE-FINANCIALS "+test.want)
			}
		})
	}
}

func TestPerformanceData(t *testing.T) {
	t.Parallel()
	const rules = `,"rules":{"expiry_warning":1209600}`
	for name, test := range map[string]struct {
		e    output.Estate
		want string
	}{
		"nothing": {output.Estate{}, "critical=0;;;0;0 warning=0;;;0;0 unknown=0;;;0;0 ok=0;;;0;0"},
		"thresholds are ranges": {
			output.Estate{Statuses: []estate.Status{status(t, "m", "gl", rotation.SeverityOK, rotation.StateOK, `"days_until_expiry":23`+rules)}},
			"critical=0;;;0;1 warning=0;;;0;1 unknown=0;;;0;1 ok=1;;;0;1 'gl days'=23;14:;0:",
		},
		"without rules there is no threshold": {
			output.Estate{Statuses: []estate.Status{status(t, "m", "gl", rotation.SeverityCritical, rotation.StateExpired, `"days_until_expiry":-3`)}},
			"critical=1;;;0;1 warning=0;;;0;1 unknown=0;;;0;1 ok=0;;;0;1 'gl days'=-3;;0:",
		},
		"what is not known has no value": {
			output.Estate{Statuses: []estate.Status{status(t, "m", "gl", rotation.SeverityWarning, rotation.StateUnreachable, "")}},
			"critical=0;;;0;1 warning=1;;;0;1 unknown=0;;;0;1 ok=0;;;0;1",
		},
		"a label is one whatever is in it, and in the order of names": {
			output.Estate{Mounts: []string{"a", "b"}, Statuses: []estate.Status{
				status(t, "it's=1|2", "gl", rotation.SeverityOK, rotation.StateOK, `"days_until_expiry":1`),
				status(t, "b", "ap", rotation.SeverityUnknown, rotation.StateUnchecked, `"days_until_expiry":0`),
			}},
			"critical=0;;;0;2 warning=0;;;0;2 unknown=1;;;0;2 ok=1;;;0;2 'it''s_1/2/gl days'=1;;0: 'b/ap days'=0;;0:",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, got := firstLine(t, test.e); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// Nagios reads 8 KB; a large estate is measured as a whole.
func TestPerformanceDataOfALargeEstate(t *testing.T) {
	t.Parallel()
	_, hundred := firstLine(t, output.Estate{Statuses: several(t, 100, rotation.SeverityOK, rotation.StateOK)})
	_, more := firstLine(t, output.Estate{Statuses: several(t, 101, rotation.SeverityOK, rotation.StateOK)})
	if n := strings.Count(hundred, "days"); n != 100 {
		t.Errorf("%d of 100 are measured", n)
	}
	if more != "critical=0;;;0;101 warning=0;;;0;101 unknown=0;;;0;101 ok=101;;;0;101" {
		t.Errorf("101 are measured as %s", more)
	}
}

func TestLongText(t *testing.T) {
	t.Parallel()
	e := scene(t)
	e.Statuses[0].Message, e.Statuses[2].Message = "never shown", "Do | this\nand that."
	e.Faults = []output.Fault{{Mount: "og", Message: "away | far"}}
	_, long, _ := strings.Cut(written(t, e, output.Nagios, output.Style{}), "\n")
	want := "ap is expired (critical, why): Do / this and that.\n" +
		"ar is expiring (warning, why): What to do about ar.\n" +
		"fa is unchecked (unknown, why): What to do about fa.\n" +
		"og: away / far\n"
	if long != want {
		t.Errorf("%s\nwant:\n%s", long, want)
	}
}

func TestNagiosFault(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	if err := output.NagiosFault(&text, "Vault | is\naway."); err != nil || text.String() != "ORACLE-FINANCIALS UNKNOWN - Vault / is away.\n" {
		t.Errorf("%q, %v", &text, err)
	}
}

// perfdata is a first line as the guidelines have it.
var perfdata = regexp.MustCompile(`^ORACLE-FINANCIALS (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| [a-z]+=\d+;;;0;\d+( [a-z]+=\d+;;;0;\d+){3}( '([^'=|\n]|'')+'=-?\d+;(-?\d+:)?;0:)*\n`)

func FuzzNagios(f *testing.F) {
	f.Add("gl", "a message", "of", "away", 3, int64(86400))
	f.Add("a|b'=\n", "\x1b|", "'", "|\n|", -1, int64(-1))
	f.Fuzz(func(t *testing.T, name, message, mount, fault string, left int, warning int64) {
		s := estate.Status{Mount: mount, Name: name, Severity: rotation.SeverityWarning, Message: message, ExpiryDays: &left}
		e := output.Estate{Statuses: []estate.Status{s}, Mounts: []string{"a", "b"}, Faults: []output.Fault{{Mount: mount, Name: name, Message: fault}}}
		text := written(t, e, output.Nagios, output.Style{})
		if !perfdata.MatchString(text) || strings.Count(text, "|") != 1 || strings.Count(text, "\n") != 3 {
			t.Errorf("%q", text)
		}
	})
}
