package page

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// nodes gives every node of a page that a function wants.
func nodes(root *html.Node, wanted func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if wanted(n) {
			found = append(found, n)
		}
	}
	return found
}

func elements(root *html.Node, name string) []*html.Node {
	return nodes(root, func(n *html.Node) bool { return n.Type == html.ElementNode && n.Data == name })
}

// classed gives the elements of a class.
func classed(root *html.Node, class string) []*html.Node {
	return nodes(root, func(n *html.Node) bool {
		return n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), class)
	})
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// text is what is written in a node, with one space between its words.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// within says whether a node is in an element of one of the names.
func within(n *html.Node, names ...string) bool {
	for p := range n.Ancestors() {
		if p.Type == html.ElementNode && slices.Contains(names, p.Data) {
			return true
		}
	}
	return false
}

// everyPage gives each page there is, of each estate there is.
func everyPage(t *testing.T) map[string]*html.Node {
	t.Helper()
	gloomy, nasties := mixed(t), hostile(t)
	silent := mixed(t)
	silent.events, silent.fault = nil, errSilent
	return map[string]*html.Node{
		"empty":                fixed{snapshot: snapshotOf(mounted(t, "m", nil))}.page(t, "/"),
		"without a mount":      fixed{}.page(t, "/"),
		"not read yet":         notYet().page(t, "/"),
		"healthy":              healthy(t).page(t, "/"),
		"mixed":                gloomy.page(t, "/"),
		"mixed, refreshing":    gloomy.page(t, "/?refresh=on&sort=-expiry&q=emea"),
		"mixed, nothing found": gloomy.page(t, "/?q=nobody"),
		"many, page 7":         many(t, 400).page(t, "/?page=7"),
		"one that is locked":   gloomy.page(t, "/integrations/oracle-financials/gl-prod"),
		"one of a pair":        gloomy.page(t, "/integrations/oracle-financials/gl-pair"),
		"one never checked":    gloomy.page(t, "/integrations/oracle-financials/new-entity"),
		"one that is stale":    gloomy.page(t, "/integrations/team-b/oracle-financials/gl-test"),
		"one without history":  silent.page(t, "/integrations/oracle-financials/gl-prod"),
		"hostile":              nasties.page(t, "/"),
		"a hostile one":        nasties.page(t, "/"+pathOf(nasties.snapshot.Mounts[0].Path, nasty)),
		"nothing here":         lostPage(t),
	}
}

func TestEveryPageIsSoundForReadersAndKeyboards(t *testing.T) {
	for name, page := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			if n := len(elements(page, "h1")); n != 1 {
				t.Errorf("it has %d first headings", n)
			}
			for _, landmark := range []string{"main", "header", "footer", "nav"} {
				if len(elements(page, landmark)) == 0 {
					t.Errorf("it has no %s", landmark)
				}
			}
			if title := text(elements(page, "title")[0]); len(title) < len("x · Oracle") || strings.HasPrefix(title, "·") {
				t.Errorf("its title is %q", title)
			}
			if attr(elements(page, "html")[0], "lang") != "en" {
				t.Error("it does not say its language")
			}
			ids := map[string]bool{}
			for _, n := range nodes(page, func(n *html.Node) bool { return has(n, "id") }) {
				if id := attr(n, "id"); ids[id] {
					t.Errorf("two elements have the ID %q", id)
				}
				ids[attr(n, "id")] = true
			}
			for _, n := range nodes(page, func(n *html.Node) bool { return n.Type == html.ElementNode }) {
				checkElement(t, n, ids)
			}
			first := elements(page, "a")[0]
			if attr(first, "class") != "skip" || !ids[strings.TrimPrefix(attr(first, "href"), "#")] {
				t.Errorf("the first link skips nothing: %v", first.Attr)
			}
			checkHeadings(t, page)
		})
	}
}

// checkElement finds what is wrong with one element.
func checkElement(t *testing.T, n *html.Node, ids map[string]bool) {
	t.Helper()
	for _, key := range []string{"aria-labelledby", "aria-describedby"} {
		if id := attr(n, key); id != "" && !ids[id] {
			t.Errorf("<%s %s> points to %q, which is not there", n.Data, key, id)
		}
	}
	switch n.Data {
	case "th":
		if scope := attr(n, "scope"); scope != "col" && scope != "row" {
			t.Errorf("a head of a table has the scope %q", scope)
		}
	case "td":
		if attr(n, "data-label") == "" {
			t.Errorf("a cell does not say what it is, on a phone: %q", text(n))
		}
	case "section":
		if attr(n, "aria-labelledby") == "" {
			t.Errorf("a section has no name: %v", n.Attr)
		}
	case "time":
		if _, err := time.Parse(time.RFC3339, attr(n, "datetime")); err != nil {
			t.Errorf("a time is not one: %v", err)
		}
	case "input", "select":
		if attr(n, "type") != "hidden" && !within(n, "label") {
			t.Errorf("<%s name=%s> has no label", n.Data, attr(n, "name"))
		}
	case "svg":
		if attr(n, "role") != "img" && attr(n, "aria-hidden") != "true" && !within(n, "svg") {
			t.Errorf("a drawing is neither hidden nor a picture: %v", n.Attr)
		}
		if attr(n, "role") == "img" && (attr(n, "aria-label") == "" || attr(n, "aria-describedby") == "") {
			t.Errorf("a picture says nothing to those who do not see it: %v", n.Attr)
		}
	case "a":
		if text(n) == "" {
			t.Errorf("a link has no words: %v", n.Attr)
		}
	}
}

// checkHeadings finds a level that is left out.
func checkHeadings(t *testing.T, page *html.Node) {
	t.Helper()
	last := 0
	for _, n := range nodes(page, func(n *html.Node) bool {
		return n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
	}) {
		level := int(n.Data[1] - '0')
		if level > last+1 {
			t.Errorf("%q is a heading of level %d after one of level %d", text(n), level, last)
		}
		last = level
	}
}

// The policy forbids all of this, so that a page which has it is broken.
func TestNoPageNeedsWhatItsPolicyForbids(t *testing.T) {
	for name, page := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			for _, n := range nodes(page, func(n *html.Node) bool { return n.Type == html.ElementNode }) {
				switch n.Data {
				case "script", "style", "iframe", "object", "embed", "base", "img":
					t.Errorf("it has a <%s>", n.Data)
				}
				for _, a := range n.Attr {
					if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
						t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
					}
					if a.Key != "href" && a.Key != "src" && a.Key != "action" {
						continue
					}
					link, err := url.Parse(a.Val)
					if err != nil || link.IsAbs() || link.Host != "" || strings.HasPrefix(a.Val, "/") {
						t.Errorf("<%s %s> leads to %q", n.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
}

// Whatever is a sign by its colour has a word beside it, and a shape of its own.
func TestNoStateIsSaidByColourAlone(t *testing.T) {
	for name, page := range everyPage(t) {
		for _, sign := range classed(page, "mark") {
			shapes := elements(sign, "use")
			if text(sign) == "" || len(shapes) != 1 {
				t.Errorf("%s: a sign is %q with %d shapes", name, text(sign), len(shapes))
			}
		}
	}
	page := healthy(t).page(t, "/")
	shapes := map[string]bool{}
	for _, symbol := range elements(page, "symbol") {
		shapes[attr(symbol, "id")] = true
	}
	for _, tone := range []tone{toneCritical, toneWarning, toneUnknown, toneOK, tonePaused, toneQuiet} {
		if !shapes["i-"+string(tone)] {
			t.Errorf("%s has no shape", tone)
		}
	}
}
