package receiver_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

// serve is the address of a handler; path becomes that of the last request.
func serve(t *testing.T, handler http.Handler, path *string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*path = r.URL.Path
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestNoRedirectIsFollowed whatever client is given: the message and its signature would go to whoever is named.
func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	followed := false
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(target.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(target.URL, status))
		t.Cleanup(server.Close)
		for _, client := range []*http.Client{nil, {}} {
			err := create(t, settings(t, config.ReceiverWebhook, server.URL), client).Send(t.Context(), locked())
			var refused *receiver.Refused
			if !errors.As(err, &refused) || !refused.Permanent || followed {
				t.Errorf("%d: %v", status, err)
			}
		}
	}
}

// TestSecretsAreReadWhenTheyAreNeeded so that who replaces one need not restart the agent.
func TestSecretsAreReadWhenTheyAreNeeded(t *testing.T) {
	t.Parallel()
	const next = "whsec_bmV4dC1zZWNyZXQtbmV4dC1zZWNyZXQtbmV4dA=="
	fake := &receiverfake.Fake{Type: "webhook", Secrets: []string{next}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	cfg := settings(t, config.ReceiverWebhook, server.URL)
	to := create(t, cfg, nil)
	var refused *receiver.Refused
	if err := to.Send(t.Context(), locked()); !errors.As(err, &refused) || !refused.Permanent || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong secret: %v", err)
	}
	for _, text := range []string{signing + "\n" + next, next} {
		if err := os.WriteFile(cfg.SecretFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := to.Send(t.Context(), locked()); err != nil {
			t.Errorf("after the secret was replaced: %v", err)
		}
	}
	if err := os.Remove(cfg.SecretFile); err != nil {
		t.Fatal(err)
	}
	if err := to.Send(t.Context(), locked()); err == nil || !strings.Contains(err.Error(), "put it there") {
		t.Errorf("without its file: %v", err)
	}
}

// TestAFileThatHoldsNoSecretIsSaid with what to do.
func TestAFileThatHoldsNoSecretIsSaid(t *testing.T) {
	t.Parallel()
	cfg := settings(t, config.ReceiverPagerDuty, "http://127.0.0.1:1")
	for says, path := range map[string]string{
		"is empty": file(t, " \n"), "put it there": t.TempDir() + "/none", "is it a file?": t.TempDir(),
		"too large": file(t, strings.Repeat("x", 1<<20)), "no integration key": file(t, "two words"),
	} {
		cfg.RoutingKeyFile = path
		err := create(t, cfg, nil).Send(t.Context(), locked())
		var refused *receiver.Refused
		if err == nil || !strings.Contains(err.Error(), says) || errors.As(err, &refused) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// TestAFileThatHoldsNoAddressIsSaid without opening a connection.
func TestAFileThatHoldsNoAddressIsSaid(t *testing.T) {
	t.Parallel()
	cfg := settings(t, config.ReceiverTeams, "")
	for _, text := range []string{"example.com", "ftp://example.com", "https://", "https:///path", "https://example.com/a b", "https://example.com\nhttps://example.org", "http://[::1", "%%"} {
		cfg.URLFile = file(t, text)
		if err := create(t, cfg, nil).Send(t.Context(), locked()); err == nil || !strings.Contains(err.Error(), cfg.URLFile+" is no address") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// endless is a server whose answer has no end, and how much of it was read.
type endless struct{ read int }

func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusBadRequest, Body: io.NopCloser(e), Header: http.Header{}, Request: r}, nil
}

func (e *endless) Read(into []byte) (int, error) {
	if e.read += len(into); e.read > 1<<20 {
		return 0, io.EOF
	}
	return copy(into, strings.Repeat("no ", len(into))), nil
}

// TestAnEndlessAnswerIsLeft after its first words.
func TestAnEndlessAnswerIsLeft(t *testing.T) {
	t.Parallel()
	server := &endless{}
	err := create(t, settings(t, config.ReceiverSlack, "https://slack.example.com"), &http.Client{Transport: server}).Send(t.Context(), locked())
	if err == nil || len(err.Error()) > 1000 || !strings.Contains(err.Error(), "no no") || server.read > 64<<10 {
		t.Errorf("after %d bytes: %v", server.read, err)
	}
}

// TestAPageIsNotRepeated since it is some proxy's.
func TestAPageIsNotRepeated(t *testing.T) {
	t.Parallel()
	to := at(t, config.ReceiverTeams, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<h1>Sorry</h1>"))
	}))
	if err := to.Send(t.Context(), locked()); err == nil || strings.Contains(err.Error(), "Sorry") {
		t.Errorf("%v", err)
	}
}

// TestEveryFaultOfTheFakeIsOne as the tests that build on it believe.
func TestEveryFaultOfTheFakeIsOne(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverPagerDuty)
	tests := []struct {
		fault receiverfake.Fault
		fails bool
		taken int
		wait  time.Duration
	}{
		{receiverfake.Drop(), true, 0, 0},
		{receiverfake.Lose(), true, 1, 0},
		{receiverfake.Duplicate(), false, 2, 0},
		{receiverfake.Delay(time.Millisecond), false, 1, 0},
		{receiverfake.Status(500), true, 0, 0},
		{receiverfake.Throttle("7"), true, 0, 7 * time.Second},
	}
	for i, test := range tests {
		before := len(fake.Delivered())
		fake.Fail(test.fault)
		err := to.Send(t.Context(), locked())
		if (err != nil) != test.fails || len(fake.Delivered())-before != test.taken {
			t.Errorf("fault %d: %v, %d taken", i, err, len(fake.Delivered())-before)
		}
		var refused *receiver.Refused
		if errors.As(err, &refused) && (refused.Permanent || refused.RetryAfter != test.wait) {
			t.Errorf("fault %d: %+v", i, refused)
		}
	}
}
