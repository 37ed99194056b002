package browser_test

import (
	"os"
	"sync"
	"testing"
)

// axe is the source of axe-core: of AXE_PATH, as make sets it, else of what the script finds or downloads.
var axe = sync.OnceValues(func() (string, error) {
	path := os.Getenv("AXE_PATH")
	if path == "" {
		var err error
		if path, err = script("axe.sh"); err != nil {
			return "", err
		}
	}
	source, err := os.ReadFile(path)
	return string(source), err
})

// finding is a rule of axe-core that something on the page breaks, or may break.
type finding struct {
	Rule   string   `json:"rule"`
	Help   string   `json:"help"`
	Places []string `json:"places"` // the first few, as HTML, each with what is wrong
}

// inspect gives what axe-core finds on the page as it is shown now; unsure is what it cannot decide by itself.
func inspect(t testing.TB, b *tab) (wrong, unsure []finding) {
	t.Helper()
	source, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	if !ask[bool](t, b, "typeof axe === 'object'") {
		ask[bool](t, b, source+"\n;true")
	}
	found := ask[struct {
		Wrong  []finding `json:"wrong"`
		Unsure []finding `json:"unsure"`
		Passed int       `json:"passed"`
	}](t, b, `axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations', 'incomplete'],
	}).then(r => {
		// Before drawings, lines and arrows axe-core cannot decide a contrast, which a test of the page reckons for every
		// pair of its colours. That something lies over something else is a fault.
		const cannot = ['shortTextContent', 'imgNode', 'pseudoContent', 'nonBmp']
		const drawn = n => n.any.some(check => check.id === 'color-contrast' && cannot.includes(check.data.messageKey))
		const told = all => all.map(f => ({
			rule: f.id, help: f.help, places: f.nodes.filter(n => !drawn(n)).slice(0, 4).map(n => n.html + ' ' + n.failureSummary),
		})).filter(f => f.places.length)
		return {wrong: told(r.violations), unsure: told(r.incomplete), passed: r.passes.length}
	})`)
	if found.Passed < 10 {
		t.Errorf("axe-core looked at %d rules only, so that it says nothing", found.Passed)
	}
	return found.Wrong, found.Unsure
}
