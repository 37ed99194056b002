package page

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/net/html"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

var errSilent = errors.New("Vault did not answer in time: see whether it is up") //nolint:staticcheck // it names Vault

// notYet is an estate of which one mount is being read, and the other cannot be.
func notYet() fixed {
	return fixed{snapshot: snapshotOf(estate.Mount{Path: "oracle-financials"}, estate.Mount{Path: "b"}.Down("Vault is sealed: unseal it."))}
}

func lostPage(t *testing.T) *html.Node {
	t.Helper()
	w := healthy(t).get(t, "/integrations/oracle-financials/nobody")
	if w.Code != http.StatusNotFound {
		t.Fatalf("it answers %d", w.Code)
	}
	document, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// ask sends a request with headers.
func (f fixed) ask(t *testing.T, method, target string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for key, value := range header {
		r.Header.Set(key, value)
	}
	w := httptest.NewRecorder()
	f.handler().ServeHTTP(w, r)
	return w
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	f := healthy(t)
	style := f.assetName(t, "stylesheet")
	for _, target := range []string{"/", "/integrations/oracle-financials/gl-prod", "/integrations/none", "/assets/" + style, "/assets/none.css", "/nowhere"} {
		h := f.ask(t, http.MethodGet, target, nil).Header()
		for key, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(key) != want {
				t.Errorf("%s: %s is %q", target, key, h.Get(key))
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy is without %s", part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy allows more than the page needs: %s", policy)
	}
}

func TestStatusOfAnAnswer(t *testing.T) {
	f := mixed(t)
	for target, want := range map[string]int{
		"/": 200, "/?page=oops": 200, "/integrations/oracle-financials/gl-prod": 200, "/integrations/team-b/oracle-financials/gl-test": 200,
		"/integrations/": 404, "/integrations/gl-prod": 404, "/integrations/oracle-financials/": 404, "/integrations/oracle-financials/gl-prod/": 404,
		"/integrations/oracle-financials/GL-PROD": 404, "/assets/": 404, "/assets/page.css": 404, "/assets/..%2f..%2fpage.go": 404, "/index.html": 404,
	} {
		if got := f.ask(t, http.MethodGet, target, nil); got.Code != want {
			t.Errorf("%s answers %d, not %d", target, got.Code, want)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		got := f.ask(t, method, "/", nil)
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s answers %d, and allows %q", method, got.Code, got.Header().Get("Allow"))
		}
	}
}

// assetName is the name of what the page links to.
func (f fixed) assetName(t *testing.T, rel string) string {
	t.Helper()
	for _, n := range elements(f.page(t, "/"), "link") {
		if attr(n, "rel") == rel {
			return strings.TrimPrefix(attr(n, "href"), "./assets/")
		}
	}
	t.Fatalf("the page links to no %s", rel)
	return ""
}

func TestAnAssetIsKeptForGood(t *testing.T) {
	f := healthy(t)
	for rel, kind := range map[string]string{"stylesheet": "text/css; charset=utf-8", "icon": "image/svg+xml"} {
		name := f.assetName(t, rel)
		if !regexp.MustCompile(`^\w+\.[0-9a-f]{16}\.\w+$`).MatchString(name) {
			t.Errorf("its name is %q", name)
		}
		got := f.ask(t, http.MethodGet, "/assets/"+name, nil)
		if got.Code != 200 || got.Header().Get("Content-Type") != kind || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s answers %d, %v", name, got.Code, got.Header())
		}
		content := got.Body.Bytes()
		if !strings.Contains(name, digest(content)) {
			t.Errorf("%s is not named after its content, %s", name, digest(content))
		}
	}
}

func TestAssetsAreFoundFromEveryDepth(t *testing.T) {
	f := mixed(t)
	server := httptest.NewServer(f.handler())
	defer server.Close()
	for _, target := range []string{"/", "/integrations/oracle-financials/gl-prod", "/integrations/team-b/oracle-financials/gl-test", "/no/such/page"} {
		for _, n := range elements(mustParse(t, f.ask(t, http.MethodGet, target, nil).Body), "link") {
			base, _ := http.NewRequest(http.MethodGet, server.URL+target, nil)
			link, err := base.URL.Parse(attr(n, "href"))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.ask(t, http.MethodGet, link.Path, nil); got.Code != 200 {
				t.Errorf("from %s, %s answers %d", target, link.Path, got.Code)
			}
		}
	}
}

func mustParse(t *testing.T, r io.Reader) *html.Node {
	t.Helper()
	document, err := html.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestAPageIsCompressedWhereTheBrowserTakesIt(t *testing.T) {
	f := healthy(t)
	plain := f.ask(t, http.MethodGet, "/", nil).Body.String()
	for accepted, packed := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.8": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false, "deflate, gzip": true, "xgzip": false,
	} {
		got := f.ask(t, http.MethodGet, "/", map[string]string{"Accept-Encoding": accepted})
		if (got.Header().Get("Content-Encoding") == "gzip") != packed || got.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q is answered with %v", accepted, got.Header())
		}
		if !packed {
			continue
		}
		unpacker, err := gzip.NewReader(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := io.ReadAll(unpacker); err != nil || string(read) != plain {
			t.Errorf("%q: it is another page: %v", accepted, err)
		}
	}
}

func TestAPageThatTheBrowserHasIsNotSentAgain(t *testing.T) {
	f := healthy(t)
	tag := f.ask(t, http.MethodGet, "/", nil).Header().Get("ETag")
	got := f.ask(t, http.MethodGet, "/", map[string]string{"If-None-Match": tag})
	if tag == "" || got.Code != http.StatusNotModified || got.Body.Len() > 0 {
		t.Errorf("%q answers %d", tag, got.Code)
	}
	if other := mixed(t).ask(t, http.MethodGet, "/", map[string]string{"If-None-Match": tag}); other.Code != 200 {
		t.Errorf("another page answers %d", other.Code)
	}
	if lost := f.ask(t, http.MethodGet, "/none", nil); lost.Header().Get("ETag") != "" {
		t.Error("a page that is not there has a tag")
	}
}

// stuck is a history that never answers.
type stuck struct{ fixed }

func (stuck) History(ctx context.Context, _, _ string) ([]estate.Event, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAnEngineThatHangsKeepsThePageNoLongerThanItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := healthy(t)
		handler := NewAt(f, stuck{f}, hclog.NewNullLogger(), func() time.Time { return now })
		began, w := time.Now(), httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/integrations/oracle-financials/gl-prod", nil))
		if took := time.Since(began); took != historyPatience {
			t.Errorf("it took %s", took)
		}
		if w.Code != 200 || !strings.Contains(w.Body.String(), "The history could not be read") || !strings.Contains(w.Body.String(), "Checklist") {
			t.Errorf("it answers %d", w.Code)
		}
	})
}
