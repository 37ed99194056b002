package output_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// writtenBy is what something writes in a format.
func writtenBy(t *testing.T, write func(io.Writer, output.Format) error, f output.Format) string {
	t.Helper()
	var text strings.Builder
	if err := write(&text, f); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func scene(t *testing.T) output.Estate {
	t.Helper()
	full := func(s estate.Status, expiry, login, next time.Duration) estate.Status {
		s.Expiry, s.LastSuccess, s.NextCheck, s.Username = at(expiry), at(login), at(next), "INT_"+strings.ToUpper(s.Name)
		return s
	}
	return output.Estate{Now: now(), Mounts: []string{"oracle-financials"}, Statuses: []estate.Status{
		full(status(t, "oracle-financials", "gl", rotation.SeverityOK, rotation.StateOK, ""), 23*rotation.Day, -5*time.Minute, 55*time.Minute),
		full(status(t, "oracle-financials", "ar", rotation.SeverityWarning, rotation.StateExpiring, ""), 3*rotation.Day, -59*time.Second, 0),
		full(status(t, "oracle-financials", "ap", rotation.SeverityCritical, rotation.StateExpired, ""), -50*time.Hour, -30*rotation.Day, 119*time.Minute),
		status(t, "oracle-financials", "fa", rotation.SeverityUnknown, rotation.StateUnchecked, ""),
	}}
}

func TestTable(t *testing.T) {
	t.Parallel()
	want := strings.TrimPrefix(`
NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK  USER
ap    expired    critical  2026-11-21, 2d ago  30d ago     in 119m     INT_AP
ar    expiring   warning   2026-11-26, in 3d   59s ago     due         INT_AR
fa    unchecked  unknown   -                   -           -
gl    ok         ok        2026-12-16, in 23d  5m ago      in 55m      INT_GL

ap: expired, critical (why)
  What to do about ap.

ar: expiring, warning (why)
  What to do about ar.

fa: unchecked, unknown (why)
  What to do about fa.

4 integrations: 1 critical, 1 warning, 1 unknown, 1 ok.
`, "\n")
	if diff := cmp.Diff(want, written(t, scene(t), output.Text, output.Style{})); diff != "" {
		t.Error(diff)
	}
	var text strings.Builder
	if err := output.Status(&text, output.Text, scene(t).Statuses, now()); err != nil || text.String() != want {
		t.Errorf("Status writes something else: %v\n%s", err, &text)
	}
}

func TestTableFitsItsPlace(t *testing.T) {
	t.Parallel()
	for width, heading := range map[int]string{
		0:  "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK  USER",
		78: "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK  USER",
		77: "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK  USER",
		76: "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK",
		69: "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN  NEXT CHECK",
		68: "NAME  STATE      SEVERITY  EXPIRES             LAST LOGIN",
		50: "NAME  STATE      SEVERITY  EXPIRES",
		30: "NAME  STATE      SEVERITY",
		5:  "NAME  STATE      SEVERITY",
	} {
		text := written(t, scene(t), output.Text, output.Style{Width: width})
		if got, _, _ := strings.Cut(text, "\n"); got != heading {
			t.Errorf("%d columns: %q, want %q", width, got, heading)
		}
	}
}

// A column is as wide as what stands in it on a screen, not in memory.
func TestTableAlignsWhatIsWide(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 90)
	e := output.Estate{Statuses: []estate.Status{
		status(t, "東京/金庫", "gl", rotation.SeverityOK, rotation.StateOK, ""),
		status(t, "e\u0301te", long, rotation.SeverityOK, rotation.StateOK, ""),
	}}
	lines := strings.Split(written(t, e, output.Text, output.Style{}), "\n")
	wide, narrow := lines[1], lines[2]
	if strings.HasPrefix(wide, "e") {
		wide, narrow = narrow, wide
	}
	if want := "東京/金庫/gl" + strings.Repeat(" ", 94-12+2) + "ok     ok"; wide != want {
		t.Errorf("%q, want %q", wide, want)
	}
	if want := "e\u0301te/" + long + "  ok     ok"; narrow != want {
		t.Errorf("%q, want %q", narrow, want)
	}
}

func TestColoursAreBesideTheWords(t *testing.T) {
	t.Parallel()
	text := written(t, scene(t), output.Text, output.Style{Colour: true})
	for _, want := range []string{"\n\x1b[31map    expired    critical", "\n\x1b[33mar    expiring   warning", "\n\x1b[36mfa    unchecked  unknown", "\n\x1b[32mgl    ok         ok ", "INT_GL\x1b[0m\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	bare := written(t, scene(t), output.Text, output.Style{})
	for _, sequence := range []string{"\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[32m", "\x1b[0m"} {
		text = strings.ReplaceAll(text, sequence, "")
	}
	if text != bare {
		t.Errorf("without colours:\n%s\nwant:\n%s", text, bare)
	}
}

func TestMessagesAreWrapped(t *testing.T) {
	t.Parallel()
	e := output.Estate{Statuses: []estate.Status{status(t, "m", "gl", rotation.SeverityCritical, rotation.StateLocked, "")}}
	e.Statuses[0].Message = "one two three four-and-more-than-fits-here five"
	text := written(t, e, output.Text, output.Style{Width: 14})
	if want := "  one two\n  three\n  four-and-more-than-fits-here\n  five\n"; !strings.Contains(text, want) {
		t.Errorf("no %q in %q", want, text)
	}
}

// What others wrote may hold anything: a pause's reason, an answer of Oracle's, the name of a mount.
func TestNothingSteersTheTerminal(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b[2Jb\x00\u202ec\u2028d\x9be\x7f\r\nf\tg\xff"
	e := output.Estate{
		Statuses: []estate.Status{{Mount: evil, Name: evil, State: evil, Severity: evil, Reason: evil, Message: evil, Username: evil, Said: []byte("{}")}},
		Faults:   []output.Fault{{Mount: evil, Message: evil}, {Mount: evil, Name: evil, Message: evil}},
		Mounts:   []string{evil, "m"},
	}
	swept := output.Sweep{Estate: e, Progresses: []estate.Progress{{Mount: evil, Results: []estate.SweptName{{Name: evil, Action: evil, State: evil, Reason: evil}}}}}
	for _, format := range []output.Format{output.Text, output.Nagios} {
		for _, text := range []string{
			output.Line(evil),
			written(t, e, format, output.Style{}),
			writtenBy(t, func(w io.Writer, f output.Format) error { return swept.Write(w, f, output.Style{}) }, format),
			writtenBy(t, func(w io.Writer, f output.Format) error {
				return output.Estate{Mounts: []string{evil}}.Write(w, f, output.Style{})
			}, format),
		} {
			if at := strings.IndexFunc(text, func(r rune) bool {
				return r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2028'
			}); at >= 0 {
				t.Errorf("%s: %q at %d of %q", format, text[at], at, text)
			}
			if strings.Contains(text, "\nf") {
				t.Errorf("%s: a line of its own in %q", format, text)
			}
		}
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		e    output.Estate
		want string
	}{
		"one mount":         {output.Estate{Mounts: []string{"of"}}, "There are no integrations in of yet: vault write of/integrations/NAME stores the first.\n"},
		"two mounts":        {output.Estate{Mounts: []string{"of", "og"}}, "There are no integrations in of, og yet: vault write of/integrations/NAME stores the first.\n"},
		"nobody said where": {output.Estate{}, "There are no integrations yet: vault write oracle-financials/integrations/NAME stores the first.\n"},
		"not known":         {output.Estate{Faults: []output.Fault{{Mount: "of", Message: "away"}}}, ""},
	} {
		if got := written(t, test.e, output.Text, output.Style{}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestNamesAreShownWithTheirMountWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	one := []estate.Status{status(t, "a", "x", rotation.SeverityOK, rotation.StateOK, "")}
	two := append(one[:1:1], status(t, "b", "y", rotation.SeverityOK, rotation.StateOK, ""))
	for name, test := range map[string]struct {
		e    output.Estate
		want bool
	}{
		"one mount":  {output.Estate{Statuses: one, Mounts: []string{"a"}}, false},
		"two mounts": {output.Estate{Statuses: two, Mounts: []string{"a", "b"}}, true},
		"two mounts, and one of them has nothing": {output.Estate{Statuses: one, Mounts: []string{"a", "b"}}, true},
		"statuses alone, of one mount":            {output.Estate{Statuses: one}, false},
		"statuses alone, of two":                  {output.Estate{Statuses: two}, true},
	} {
		if got := strings.Contains(written(t, test.e, output.Text, output.Style{}), "a/x"); got != test.want {
			t.Errorf("%s: with the mount: %v, want %v", name, got, test.want)
		}
	}
}
