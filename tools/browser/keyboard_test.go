package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused is what has the focus, as a reader of the page sees it.
type focused struct {
	Place   int     `json:"place"` // among all that can have it, from 0; -1 is none of them
	Words   string  `json:"words"`
	Inside  bool    `json:"inside"`  // of what is seen of the page
	Covered bool    `json:"covered"` // by something else
	Outline float64 `json:"outline"` // in pixels; 0 is none
}

const lookAtFocus = `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))).then(() => {
	const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, pre[tabindex="0"]')].filter(e => e.checkVisibility({contentVisibilityAuto: true}))
	const e = document.activeElement, r = e.getClientRects()[0] || e.getBoundingClientRect(), s = getComputedStyle(e)
	const top = document.elementFromPoint((r.left + r.right) / 2, (r.top + r.bottom) / 2)
	return {
		place: all.indexOf(e), words: (e.name || e.innerText).trim().replace(/\s+/g, ' '),
		inside: r.top > -1 && r.left > -1 && r.bottom < innerHeight + 1 && r.right < innerWidth + 1,
		covered: !top || !(e.contains(top) || top.contains(e)),
		outline: s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth),
	}
})`

func (b *tab) press(t testing.TB, key string) focused {
	t.Helper()
	b.do(t, chromedp.KeyEvent(key))
	return ask[focused](t, b, lookAtFocus)
}

// By Tab alone one reaches everything, in the order of the page, and sees where one is.
func TestEverythingIsReachedByKeyboard(t *testing.T) {
	t.Parallel()
	root := mixed(t).serve(t)
	for name, tt := range map[string]struct {
		path string
		as   look
		want []string
	}{
		"the estate": {"/?size=25", desktop, []string{"ap-prod", "2 critical", "gl-prod", "See them by date", "q", "state", "Show", "State", "Rotation", "gl-reports", "Next", "Metrics"}},
		"one":        {"/integrations/oracle-financials/gl-prod", phone, []string{"All integrations", "80 older events", "Readiness"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, root, tt.path, tt.as)
			if first := b.press(t, kb.Tab); first.Words != "Skip to the content" || !first.Inside || first.Covered {
				t.Errorf("the first is %+v", first)
			}
			var reached []string
			for place := 1; place < 200; place++ {
				f := b.press(t, kb.Tab)
				if f.Place < 0 || f.Place == 0 { // past the last one
					break
				}
				reached = append(reached, f.Words)
				if f.Place != place {
					t.Fatalf("after %d, Tab leads to %d: %q", place-1, f.Place, f.Words)
				}
				if !f.Inside || f.Covered || f.Outline < 2 {
					t.Errorf("one does not see that %q has the focus: %+v", f.Words, f)
				}
			}
			rest := reached
			for _, want := range tt.want {
				at := 0
				for at < len(rest) && !strings.HasPrefix(rest[at], want) {
					at++
				}
				if at == len(rest) {
					t.Fatalf("%q is not reached in its order: %q", want, reached)
				}
				rest = rest[at:]
			}
		})
	}
}

func TestTheLinkToTheContentSkipsTheHead(t *testing.T) {
	t.Parallel()
	b := open(t, mixed(t).serve(t), "/", desktop)
	b.press(t, kb.Tab)
	b.press(t, kb.Enter)
	if f := b.press(t, kb.Tab); f.Words != "ap-prod" {
		t.Errorf("after it, Tab leads to %q", f.Words)
	}
}
