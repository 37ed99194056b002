package browser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// link finds a link by its words.
func link(says string) string { return `//a[normalize-space()="` + says + `"]` }

// column gives what the cells of a column of the list say.
func column(t testing.TB, b *tab, label string) []string {
	t.Helper()
	return ask[[]string](t, b, "[...document.querySelectorAll('.integrations tbody [data-label="+label+"]')].map(e => e.innerText.trim())")
}

// names gives the names of the list.
func names(t testing.TB, b *tab) []string {
	t.Helper()
	return ask[[]string](t, b, "[...document.querySelectorAll('.integrations tbody th a')].map(e => e.innerText.trim())")
}

// words gives what an element says.
func words(t testing.TB, b *tab, selector string) string {
	t.Helper()
	return ask[string](t, b, "document.querySelector('"+selector+"').innerText.trim()")
}

// Everything can be done by clicking, with 10,000 integrations, in a browser that runs no scripts.
func TestAWalkThroughTenThousandWithoutJavaScript(t *testing.T) {
	t.Parallel()
	b := newTab(t, many(t).serve(t))
	b.emulate(t, desktop)
	command(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(t, chromedp.Navigate(b.root+"/"))
	ranges := func(want string) {
		t.Helper()
		if got := words(t, b, ".range"); !strings.HasPrefix(got, want) {
			t.Errorf("the list says %q, not %q", got, want)
		}
	}
	ranges("1 to 50 of 10,000, the most urgent first")

	b.follow(t, chromedp.SendKeys(chromedp.CSS("input[name=q]"), "fa-013 entity"), chromedp.SetValue(chromedp.CSS("select[name=state]"), "unreachable"),
		chromedp.Click(chromedp.CSS(".filter button")))
	ranges("1 to 50 of 103 that match, of 10,000 in all")
	if states := slices.Compact(slices.Sorted(slices.Values(column(t, b, "State")))); len(states) != 1 || !strings.Contains(states[0], "Unreachable") {
		t.Errorf("it shows %v", states)
	}
	b.follow(t, chromedp.Click(link("Integration")))
	if shown := names(t, b); !slices.IsSorted(shown) || len(shown) != 50 {
		t.Errorf("by name, it shows %v", shown)
	}
	b.follow(t, chromedp.Click(link("Integration")))
	if shown := names(t, b); shown[0] < shown[len(shown)-1] || words(t, b, "th[aria-sort=descending]") != "Integration" {
		t.Errorf("by name from the other end, it shows %v", shown)
	}
	b.follow(t, chromedp.Click(link("Next")))
	ranges("51 to 100 of 103")
	b.follow(t, chromedp.Click(link("Show everything")))
	ranges("1 to 50 of 10,000")

	first := names(t, b)[0]
	b.follow(t, chromedp.Click(chromedp.CSS(".integrations tbody th a")))
	if got := words(t, b, "h1"); got != first {
		t.Errorf("the link of %s leads to %s", first, got)
	}
	if got := ask[int](t, b, "document.querySelectorAll('.timeline li').length"); got != 100 {
		t.Errorf("its history shows %d events", got)
	}
	folded := func() bool {
		return ask[bool](t, b, "document.querySelectorAll('.timeline li')[99].checkVisibility({contentVisibilityAuto: true})")
	}
	if folded() {
		t.Error("all of a long history stands open")
	}
	b.do(t, chromedp.Click(chromedp.CSS("details.older summary")))
	if !folded() {
		t.Error("what is folded away does not open")
	}
	b.follow(t, chromedp.Click(link("All integrations")))
	b.follow(t, chromedp.Click(link("Refresh it every minute")))
	if got := ask[string](t, b, "document.querySelector('meta[http-equiv=refresh]').content"); got != "60" {
		t.Errorf("it loads itself anew after %s", got)
	}
	b.follow(t, chromedp.Click(link("keep it still")))
	for _, other := range []string{"Metrics", "Report as JSON", "Readiness"} {
		b.follow(t, chromedp.Click(link(other)))
		b.do(t, chromedp.Navigate(b.root+"/"))
	}
	b.follow(t, chromedp.SendKeys(chromedp.CSS("input[name=q]"), "entity-00042"+kb.Enter))
	if shown := names(t, b); len(shown) != 1 || shown[0] != "entity-00042" {
		t.Errorf("Enter in the field finds %v", shown)
	}
	b.clean(t)
}
