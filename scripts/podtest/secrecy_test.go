package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// TestNothingSecret: no secret and no name in anything that is printed or written.
func TestNothingSecret(t *testing.T) {
	t.Parallel()
	p := start(t, oraclesim.Switches{})
	wantHarmless(t, p.run(t), "INT_GL", admin, clientID, "localhost")
}

// echoedToken holds nothing of a password.
const echoedToken = "eyJ0-opaque-4711"

// TestEcho: a server that repeats what it was sent, wherever a table could show it.
func TestEcho(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get("Authorization")
		name, secret, has := r.BasicAuth()
		w.Header().Set("Date", "Sun, 22 Nov 2026 10:00:00 GMT")
		w.Header().Set("Server", "for "+secret)
		w.Header().Set("Retry-After", sent)
		w.Header().Set("X-RateLimit-User", name+" "+url.QueryEscape(secret))
		w.Header().Set("WWW-Authenticate", `Basic realm="`+strings.TrimPrefix(sent, "Basic ")+`"`)
		w.Header().Set("Location", "/"+secret)
		w.Header().Set("Set-Cookie", "who="+secret)
		w.Header().Set("Content-Type", "application/json; who="+base64.StdEncoding.EncodeToString([]byte(secret)))
		if !has && !strings.HasPrefix(sent, "Bearer") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/token") {
			_, _ = io.WriteString(w, `{"access_token":"`+echoedToken+`","expires_in":3600}`)
			return
		}
		_, _ = io.WriteString(w, `{"items":[{"version":"`+secret+`"}],"count":1,"`+secret+`":1,"limit":1,"Resources":[{"userName":"`+user+
			`","`+sent+`":1,"id":"1","`+user+`":1}],"attributes":[{"name":"lock`+secret+`"}]}`)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	p := start(t, oraclesim.Switches{})
	p.env["CA_CERT"] = write(t, trustOf(server))
	p.env["SERVER_URL"], p.env["DIRECTORY_DOMAIN_URL"] = server.URL, server.URL
	got := p.run(t)
	wantHarmless(t, got, user, admin, clientID, "127.0.0.1")
	if !strings.Contains(got.written, leftOut) {
		t.Errorf("nothing had to be left out:\n%s", got.written)
	}
}

// wantHarmless looks for the canary in every form, and for names where the table could be shown to others.
func wantHarmless(t *testing.T, got result, names ...string) {
	t.Helper()
	for where, text := range map[string]string{"shown": got.shown, "complaints": got.complaints, "written": got.written} {
		for _, secret := range []string{
			password, url.QueryEscape(password), "podtest-",
			encoded(user + ":" + password), encoded(admin + ":admin-" + password), encoded(clientID + ":client-" + password),
			encoded(password), echoedToken,
		} {
			if strings.Contains(strings.Join(strings.Fields(text), ""), secret) {
				t.Errorf("%s holds %q:\n%s", where, secret, text)
			}
		}
	}
	for _, name := range names {
		if strings.Contains(got.written, name) {
			t.Errorf("what is written holds the name %q:\n%s", name, got.written)
		}
	}
}

// encoded leaves out the padding, and the last character, which depends on what follows.
func encoded(text string) string {
	code := base64.RawStdEncoding.EncodeToString([]byte(text))
	return code[:len(code)-1]
}

// TestRowIsScrubbed: the last way into a table is closed, whatever a check forgot.
func TestRowIsScrubbed(t *testing.T) {
	t.Parallel()
	s, err := newSession(settings{user: credential{username: user, secret: secret.New(password)}}, time.Now)
	must(t, err)
	t.Cleanup(s.close)
	for _, said := range []string{
		password, strings.ToLower(password), url.PathEscape(password), "Canary-7Z q!", "Canary-7Zq&#33;",
		base64.StdEncoding.EncodeToString([]byte(user + ":" + password)),
	} {
		if r := s.row(check{}, finding{said: "it says " + said}); r.said != leftOut {
			t.Errorf("%q is shown as %q", said, r.said)
		}
	}
}

// TestRedirectIsNotFollowed, with a password or without, though the other host is trusted.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere, trust, visits := serve(t, tls.VersionTLS12)
	p := start(t, oraclesim.Switches{})
	p.env["CA_CERT"] = write(t, string(p.sim.CACertPEM())+trust)
	must(t, p.sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultRedirect, Location: elsewhere, Skip: 4, Count: 9}))
	got := p.run(t)
	if got.verdicts()["redirects"] != "**no**" || !strings.Contains(got.written, "Location: (another host)") {
		t.Errorf("redirects are %q:\n%s", got.verdicts()["redirects"], got.written)
	}
	if n := visits.Load(); n > 0 {
		t.Errorf("%d requests went where a redirect points", n)
	}
}

// TestOldTLS: nothing is sent.
func TestOldTLS(t *testing.T) {
	t.Parallel()
	old, trust, visits := serve(t, tls.VersionTLS11)
	p := start(t, oraclesim.Switches{})
	p.env["SERVER_URL"], p.env["CA_CERT"] = old, write(t, trust)
	if got := p.run(t); got.code != exitEnded || !strings.Contains(got.written, "refused logins: 0.") || visits.Load() > 0 {
		t.Errorf("exit code %d, %d requests:\n%s", got.code, visits.Load(), got.shown)
	}
}

// serve starts a server that speaks one version of TLS, and counts what reaches it.
func serve(t *testing.T, version uint16) (address, trust string, visits *atomic.Int32) {
	t.Helper()
	visits = new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, trustOf(server), visits
}

func trustOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestForeign(t *testing.T) {
	t.Parallel()
	h := hide("https://abcd.fa.us2.oraclecloud.com:8443", "", credential{username: "INT_GL", secret: secret.New(password)})
	for text, want := range map[string]string{
		"dial abcd.fa.us2.oraclecloud.com:8443: no": "dial …: no",
		"lookup ABCD.fa.us2.oraclecloud.com":        "lookup …",
		"x509: " + password:                         leftOut,
		"user int_gl":                               "user …",
		"a\nb\x1b[31mc":                             "a b [31mc",
		strings.Repeat("x", 200):                    strings.Repeat("x", maxForeign) + "…",
	} {
		if got := h.foreign(text); got != want {
			t.Errorf("foreign(%q) = %q, want %q", text, got, want)
		}
	}
}
