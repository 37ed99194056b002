package receiver_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

const canary = "canary"

// echo refuses with all that it was sent.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s %v %s", r.URL, r.Header, body)
	}
}

// secretive is a receiver whose every secret has the canary in it.
func secretive(t *testing.T, kind config.ReceiverType, address string) config.Receiver {
	t.Helper()
	cfg := settings(t, kind, address)
	if kind != config.ReceiverPagerDuty {
		cfg.URL, cfg.URLFile = "", file(t, address)
	}
	if kind == config.ReceiverWebhook {
		cfg.SecretFile = file(t, "canary-of-a-secret-that-signs\nwhsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5\n")
	}
	if kind == config.ReceiverPagerDuty {
		cfg.RoutingKeyFile = file(t, "canary-key-0123456789abcdef01234")
	}
	return cfg
}

// TestNoErrorTellsASecret plays every way to fail, for every type.
func TestNoErrorTellsASecret(t *testing.T) {
	t.Parallel()
	const hidden = "/services/canary-in-path/x%2Fcanary?sig=canary%20of%20query&user=canary"
	drop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(drop.Close)
	elsewhere := httptest.NewServer(http.RedirectHandler("https://example.com/canary", http.StatusTemporaryRedirect))
	t.Cleanup(elsewhere.Close)
	secure := httptest.NewUnstartedServer(echo(200))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of every client that does not trust it
	secure.StartTLS()
	t.Cleanup(secure.Close)
	silly := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, _ := http.NewResponseController(w).Hijack()
		fmt.Fprint(connection, "HTTP/1.1 canary says no HTTP\r\n\r\n")
		connection.Close()
	}))
	t.Cleanup(silly.Close)
	var echoes [3]*httptest.Server
	for i, status := range []int{400, 404, 503} {
		echoes[i] = httptest.NewServer(echo(status))
		t.Cleanup(echoes[i].Close)
	}
	addresses := map[string]string{
		"dropped": drop.URL, "redirected": elsewhere.URL, "not trusted": secure.URL, "http where https is said": strings.Replace(drop.URL, "http:", "https:", 1),
		"no HTTP": silly.URL, "echoed with 400": echoes[0].URL, "echoed with 404": echoes[1].URL, "echoed with 503": echoes[2].URL,
		"nobody listens": "http://127.0.0.1:1", "no such host": "https://name.invalid", "with a password": "http://user:canary@127.0.0.1:1",
		"no address": "canary", "a scheme nobody speaks": "canary://127.0.0.1", "a broken one": "http://127.0.0.1:canary", "two lines": "https://127.0.0.1/\ncanary",
		"control characters": "https://127.0.0.1/\x01canary",
	}
	for _, kind := range config.ReceiverTypes() {
		for name, address := range addresses {
			if kind == config.ReceiverPagerDuty && strings.Contains(address, canary) {
				continue // its address is no secret
			}
			t.Run(fmt.Sprintf("%s, %s", kind, name), func(t *testing.T) {
				t.Parallel()
				cfg := secretive(t, kind, address+hidden)
				if kind == config.ReceiverPagerDuty {
					cfg.URL = address
				}
				to := create(t, cfg, nil)
				err := to.Send(t.Context(), locked())
				if err == nil {
					t.Fatal("nothing failed")
				}
				said := fmt.Sprintf("%v %+v %#v %v %+v", err, err, err, to, to)
				if strings.Contains(strings.ToLower(said), canary) {
					t.Error(said)
				}
				if !strings.Contains(err.Error(), "tell the receiver ops: ") {
					t.Errorf("who was told? %v", err)
				}
			})
		}
	}
}

// TestNoPartOfAnAddressIsRepeated when an answer holds one alone.
func TestNoPartOfAnAddressIsRepeated(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]func(*http.Request) string{
		"the path":               func(r *http.Request) string { return r.URL.Path },
		"it as it was sent":      func(r *http.Request) string { return path.Base(r.URL.EscapedPath()) },
		"its last part":          func(r *http.Request) string { return path.Base(r.URL.Path) },
		"a value":                func(r *http.Request) string { return r.URL.Query().Get("sig") },
		"a value as it was sent": func(r *http.Request) string { return r.URL.RawQuery },
		"a password":             func(r *http.Request) string { _, password, _ := r.BasicAuth(); return password },
		"in capitals":            func(r *http.Request) string { return strings.ToUpper(r.URL.Path) },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, "nothing is at %s", part(r))
		}))
		t.Cleanup(server.Close)
		cfg := settings(t, config.ReceiverSlack, strings.Replace(server.URL, "://", "://user:word-canary@", 1)+"/services/T0/a%20canary?sig=b%20canary")
		err := create(t, cfg, nil).Send(t.Context(), locked())
		if err == nil || strings.Contains(strings.ToLower(err.Error()), canary) || !strings.Contains(err.Error(), "404") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCallingOffAndTimeAreTold so that who waits knows why.
func TestCallingOffAndTimeAreTold(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	to := at(t, config.ReceiverSlack, slow)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := to.Send(ctx, locked()); err == nil || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if err := to.Send(ctx, locked()); err == nil || !strings.Contains(err.Error(), "called off") {
		t.Errorf("%v", err)
	}
	if got := receiver.NewClient().Timeout; got != receiver.Timeout {
		t.Errorf("a message may take %s", got)
	}
}
