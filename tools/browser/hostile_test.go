package browser_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// nasty is what somebody may have put into a name, a message or Oracle's own text: markup, control characters, and marks
// that turn the direction round. The stroke in it is another sign than a path's.
const nasty = "<img src=x onerror=alert(1)><script>alert('x')<\u2215script>\x1b[31m\x00\u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd \"quoted\" & {{.}} javascript:1"

var errNasty = errors.New(nasty)

// hostile is an estate in which everything that others write is nasty.
func hostile(t testing.TB) scene {
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
	nastyDoor := door(nasty).with(says{
		"state": nasty, "message": nasty, "type": nasty, "url": nasty, "last_rotation_error": nasty, "rotation_phase": nasty,
	})
	m := mounted(t, "team/"+nasty, []says{nastyDoor}, one, two, three, four)
	m.Version = nasty
	m = m.Down(nasty)
	events := years()
	for i := range events {
		events[i].Actor, events[i].Reason, events[i].Kind, events[i].ToState = nasty, nasty, nasty, nasty
	}
	return scene{mounts: []estate.Mount{m, mounted(t, "other", nil)}, events: events, fault: nil}
}

// What others wrote is text on the page, whatever it looks like, and cannot turn round what stands beside it.
func TestHostileTextIsText(t *testing.T) {
	t.Parallel()
	silent := hostile(t)
	silent.fault = errNasty
	root, silentRoot := hostile(t).serve(t), silent.serve(t)
	one := pathOf("team/"+nasty, nasty)
	for name, tt := range map[string]struct{ root, path string }{
		"the estate": {root, "/"},
		"what was asked for": {root, "/?" + url.Values{
			"q": {nasty}, "state": {nasty}, "mount": {nasty}, "sort": {nasty}, "page": {nasty}, "refresh": {"on"}, nasty: {nasty},
		}.Encode()},
		"one": {root, one}, "one of a new state": {root, pathOf("team/"+nasty, "two")}, "one without history": {silentRoot, one},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, tt.root, tt.path, desktop)
			if made := ask[[]string](t, b, "[...document.querySelectorAll('script, img, iframe, object, embed, style, base, [onerror], [style]')].map(e => e.outerHTML)"); len(made) > 0 {
				t.Errorf("it has become %q", made)
			}
			found := ask[struct {
				Shown   int      `json:"shown"`
				Turning []string `json:"turning"`
				Hidden  bool     `json:"hidden"`
			}](t, b, `(() => {
				const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), turning = []
				let shown = 0
				for (let n; n = walk.nextNode();) {
					if (!n.data.includes('\u05e9')) continue
					shown++
					const at = n.parentElement.closest('bdi, option, title')
					if (!at || at.tagName === 'BDI' && getComputedStyle(at).unicodeBidi !== 'isolate') turning.push(n.parentElement.outerHTML)
				}
				return {shown, turning, hidden: /[\u0000-\u0008\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML)}
			})()`)
			if found.Shown == 0 {
				t.Error("nothing of it is on the page, so that this test shows nothing")
			}
			if len(found.Turning) > 0 || found.Hidden {
				t.Errorf("a mark works in secret: %t; not isolated: %q", found.Hidden, found.Turning)
			}
			if tt.path != one {
				b.clean(t)
				return
			}
			if shown := ask[string](t, b, "document.querySelector('h1').innerText"); !strings.HasPrefix(shown, "<img src=x onerror=alert(1)><script>alert('x')") {
				t.Errorf("the heading is %q", shown)
			}
			b.clean(t)
		})
	}
}
