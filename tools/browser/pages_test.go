package browser_test

import (
	"net/url"
	"strings"
	"testing"
)

// kind is a kind of page: a scene behind a server of its own, and what of it is opened.
type kind struct {
	name, root, path string
}

// kinds are every kind of page there is.
func kinds(t testing.TB) []kind {
	t.Helper()
	mixedAt, manyAt, hostileAt := mixed(t).serve(t), many(t).serve(t), hostile(t).serve(t)
	silent := mixed(t)
	silent.events, silent.fault = nil, errSilent
	one := "/integrations/oracle-financials/"
	return []kind{
		{"empty", empty(t).serve(t), "/"},
		{"unread", unread().serve(t), "/"},
		{"healthy", healthy(t).serve(t), "/"},
		{"mixed", mixedAt, "/"},
		{"nothing-found", mixedAt, "/?q=nobody&severity=critical"},
		{"many", manyAt, "/"},
		{"many-page", manyAt, "/?size=25&sort=-expiry&page=150"},
		{"one", mixedAt, one + "gl-prod"},
		{"one-well", mixedAt, one + "gl-us"},
		{"one-long", mixedAt, one + longName},
		{"pair", mixedAt, one + "gl-pair"},
		{"unproved", mixedAt, one + "new-entity"},
		{"stale", mixedAt, "/integrations/team-b/oracle-financials/gl-test"},
		{"silent", silent.serve(t), one + "gl-prod"},
		{"hostile", hostileAt, "/"},
		{"hostile-one", hostileAt, pathOf("team/"+nasty, nasty)},
		{"lost", mixedAt, one + lostPath},
	}
}

// lostPath is the end of an address at which nothing is.
const lostPath = "nobody"

// pathOf is where an integration's page is.
func pathOf(mount, name string) string {
	parts := append(strings.Split(mount, "/"), name)
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/integrations/" + strings.Join(parts, "/")
}

// widths are those of a small phone, a phone, a tablet, either side of where a table becomes cards, and screens.
var widths = []int64{320, 360, 768, 1272, 1273, 1920}

// Every kind of page is opened once, and looked at in each way that people look at it.
func TestEveryPageInTheBrowser(t *testing.T) {
	for _, k := range kinds(t) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, k.root, k.path, desktop)
			if h1 := ask[string](t, b, "document.querySelector('h1').innerText"); h1 == "" {
				t.Error("it shows no heading")
			}
			for _, as := range []look{desktop, desktop.in(true), phone.in(true), paper.in(true)} {
				b.emulate(t, as)
				wrong, unsure := inspect(t, b)
				for _, f := range append(wrong, unsure...) {
					if as.print && f.Rule == "link-in-text-block" {
						continue // on paper a link is words
					}
					t.Errorf("%s: axe-core finds %s: %s\n%s", as, f.Rule, f.Help, strings.Join(f.Places, "\n"))
				}
				if got := luminous(t, b); got == (as.dark && !as.print) {
					t.Errorf("%s: its background is light: %t", as, got)
				}
			}
			for _, width := range widths {
				b.emulate(t, look{width: width, height: 800, phone: width < 800})
				for _, wide := range overflowing(t, b) {
					t.Errorf("at a width of %d pixels something is wider than the page: %s", width, wide)
				}
			}
			b.clean(t)
		})
	}
}

// clean fails where the browser had something to complain of, or asked anybody but the page's own server.
func (b *tab) clean(t testing.TB) {
	t.Helper()
	faults, strange := b.heard()
	for _, fault := range faults {
		t.Errorf("the browser says: %s", fault)
	}
	for _, address := range strange {
		t.Errorf("the browser asked for %s", address)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.policies) == 0 {
		t.Error("no answer had a policy")
	}
	for address, policy := range b.policies {
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
			t.Errorf("%s came with the policy %q", address, policy)
		}
	}
}

// luminous says whether the page's background is light.
func luminous(t testing.TB, b *tab) bool {
	t.Helper()
	return ask[bool](t, b, "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every(c => c > 200)")
}

// overflowing gives what sticks out of the page to a side, though a part that can be scrolled by itself may be wide.
func overflowing(t testing.TB, b *tab) []string {
	t.Helper()
	return ask[[]string](t, b, `(() => {
		const room = document.documentElement.clientWidth
		if (document.documentElement.scrollWidth <= room) return []
		const told = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 0.5 && !e.closest('.unseen, pre'))
		return ['the page: ' + document.documentElement.scrollWidth, ...told.slice(0, 5).map(e => e.outerHTML.slice(0, 200))]
	})()`)
}
