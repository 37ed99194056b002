package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// bad is a page with a fault of each kind that these tests look for, under the policy of the real one.
const bad = `<!DOCTYPE html><html lang="en"><head><title>Bad</title><link rel="icon" href="data:,"></head>
<body style="margin: 9px" bgcolor="#ffffff"><main><h1>Bad</h1><script>alert(1)</script><img src="http://127.0.0.1:9/x.png" alt="x">
<p><font color="#cccccc">pale</font></p><form action="/"><input name="q"></form><table width="3000"><tr><td>wide</td></tr></table></main></body></html>`

// A test that finds nothing shows something only if it could have found it.
func TestTheseTestsFindFaults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'")
		fmt.Fprint(w, bad)
	}))
	defer server.Close()
	b := open(t, server.URL, "/", desktop)
	wrong, _ := inspect(t, b)
	for _, rule := range []string{"color-contrast", "label"} {
		if !slices.ContainsFunc(wrong, func(f finding) bool { return f.Rule == rule }) {
			t.Errorf("axe-core does not find %s", rule)
		}
	}
	if len(overflowing(t, b)) < 2 {
		t.Error("what is too wide is not found")
	}
	ask[bool](t, b, "console.error('said'), setTimeout(() => { throw new Error('thrown') }), new Promise(r => setTimeout(() => r(true), 50))")
	faults, strange := b.heard()
	all := strings.Join(faults, "\n")
	for _, part := range []string{"inline style", "inline script", "http://127.0.0.1:9/x.png", "console.error", "exception"} {
		if !strings.Contains(all, part) {
			t.Errorf("nothing is said of %s:\n%s", part, all)
		}
	}
	if len(strange) == 0 && !strings.Contains(all, "x.png") {
		t.Error("a request to somebody else is not found")
	}
}
