package page

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// nasty is what somebody may have put into a name, a message or Oracle's own text: markup, a control character, and
// marks that turn the direction round.
const nasty = "<script>alert('x')</script>\x1b[31m\x00\u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd \"quoted\" & {{.}} javascript:1"

// hostile is an estate in which everything that others write is nasty.
func hostile(t testing.TB) fixed {
	one := well("gl-prod").with(says{
		"name": nasty, "message": nasty, "username": nasty, "server_url": nasty, "policy": nasty, "reason": nasty,
		"modules_selected": []string{nasty}, "modules": says{nasty: says{"result": nasty, "http_status": 200, "probe": nasty}},
		"warnings": []string{nasty}, "last_rotation_error": nasty, "rotation_phase": nasty, "confidence": nasty, "severity": "warning",
		"password_set_source": nasty, "checklist": says{nasty: nasty}, "directory_view": says{nasty: nasty, "roles": []string{nasty}},
		"excess_modules": []string{nasty}, "rules": says{"password_max_age": 90 * 86400, "expiry_warning": 14 * 86400, "source": nasty},
		"standby": says{"username": nasty, "message": nasty, "state": nasty, "reason": nasty, "directory_view": says{"lock_reason": nasty}},
	})
	two := one.with(says{"name": "two", "state": nasty})
	three := one.with(says{"name": "three", "state": "unreachable"})
	four := three.with(says{"name": nasty + "4"})
	door := directory(nasty, says{
		"state": nasty, "message": nasty, "type": nasty, "url": nasty, "last_rotation_error": nasty, "rotation_phase": nasty,
	})
	m := mounted(t, "team/"+nasty, []says{door}, one, two, three, four)
	m.Version = nasty
	m = m.Down(nasty)
	events := story()
	for i := range events {
		events[i].Actor, events[i].Reason, events[i].Kind, events[i].ToState = nasty, nasty, nasty, nasty
	}
	return fixed{snapshot: snapshotOf(m, mounted(t, "other", nil)), events: events, fault: nil}
}

// hostilePages are the pages on which something nasty stands.
func hostilePages(t *testing.T) map[string]fixedPage {
	f := hostile(t)
	silent := f
	silent.fault = nastyError{}
	one := "/" + pathOf(f.snapshot.Mounts[0].Path, nasty)
	return map[string]fixedPage{
		"the estate":          {f, "/"},
		"what was asked for":  {f, "/?q=%3Cscript%3E%D7%A9&state=%3Cscript%3E%E2%80%AE&mount=%3Cscript%3E&refresh=on&x=%22%3E%3Cscript%3E"},
		"one":                 {f, one},
		"one of a new state":  {f, "/" + pathOf(f.snapshot.Mounts[0].Path, "two")},
		"one without history": {silent, one},
	}
}

type fixedPage struct {
	fixed
	target string
}

type nastyError struct{}

func (nastyError) Error() string { return nasty }

func TestNothingThatOthersWroteIsMarkup(t *testing.T) {
	for name, p := range hostilePages(t) {
		t.Run(name, func(t *testing.T) {
			w := p.get(t, p.target)
			if w.Code != 200 {
				t.Fatalf("it answers %d", w.Code)
			}
			body := w.Body.String()
			if strings.Contains(strings.ToLower(body), "<script") {
				t.Error("a script is on the page")
			}
			if !strings.Contains(body, "&lt;script&gt;") {
				t.Error("what is nasty is not on the page, so that this test shows nothing")
			}
			for _, r := range body {
				if hidden(r) {
					t.Fatalf("%U is on the page", r)
				}
			}
		})
	}
}

// Words that run from right to left would turn round what stands beside them, were they not isolated.
func TestWhatOthersWroteIsIsolated(t *testing.T) {
	for name, p := range hostilePages(t) {
		t.Run(name, func(t *testing.T) {
			document := p.page(t, p.target)
			found := 0
			for _, n := range nodes(document, func(n *html.Node) bool { return n.Type == html.TextNode && strings.Contains(n.Data, "\u05e9") }) {
				found++
				if !within(n, "bdi", "title", "option") {
					t.Errorf("in <%s>: %q", n.Parent.Data, strings.TrimSpace(n.Data))
				}
			}
			if found == 0 && !strings.Contains(p.target, "?") {
				t.Error("none of it is on the page, so that this test shows nothing")
			}
		})
	}
}

func TestANameInALinkComesBackAsItIs(t *testing.T) {
	f := hostile(t)
	links := 0
	for _, n := range elements(f.page(t, "/"), "a") {
		target := attr(n, "href")
		if !strings.HasPrefix(target, "integrations/") {
			continue
		}
		links++
		if w := f.get(t, "/"+target); w.Code != 200 {
			t.Errorf("%s answers %d", target, w.Code)
		}
	}
	if links < 4 {
		t.Errorf("there are %d links to integrations", links)
	}
}

func TestWhatIsHiddenIsShownAsAMark(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                 "plain",
		"a\tb\r\nc":             "a\tb\r\nc",
		"\x00\x1b\x7f\u0085":    "\uFFFD\uFFFD\uFFFD\uFFFD",
		"a\u202eb\u2066c\u200f": "a\uFFFDb\uFFFDc\uFFFD",
		"\u2028\ufeff\u061c":    "\uFFFD\uFFFD\uFFFD",
		"שלום é 👩‍🔧":            "שלום é 👩‍🔧",
	} {
		if got := string(visible([]byte(text))); got != want {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
