package receiver_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

const (
	signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	routing = "0123456789abcdef0123456789abcdef"
)

// file is a new file with a text.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// settings is a receiver of a type at an address.
func settings(t *testing.T, kind config.ReceiverType, address string) config.Receiver {
	t.Helper()
	cfg := config.Receiver{Name: "ops", Type: kind}
	switch kind {
	case config.ReceiverWebhook:
		cfg.URL, cfg.SecretFile = address, file(t, signing+"\n")
	case config.ReceiverSlack, config.ReceiverTeams:
		cfg.URLFile = file(t, address+"\n")
	case config.ReceiverPagerDuty:
		cfg.URL, cfg.RoutingKeyFile = address, file(t, routing+"\n")
	case config.ReceiverAlertmanager:
		cfg.URL = address
	}
	return cfg
}

// open is a receiver of a type, and who is at its other end.
func open(t *testing.T, kind config.ReceiverType) (receiver.Receiver, *receiverfake.Fake) {
	t.Helper()
	fake := &receiverfake.Fake{Type: string(kind), Secrets: []string{signing}, RoutingKey: routing}
	return at(t, kind, fake), fake
}

// at is a receiver of a type with a handler at its other end.
func at(t *testing.T, kind config.ReceiverType, handler http.Handler) receiver.Receiver {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return create(t, settings(t, kind, server.URL), nil)
}

func create(t *testing.T, cfg config.Receiver, client *http.Client) receiver.Receiver {
	t.Helper()
	to, err := receiver.New(cfg, client)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

var began = time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)

// locked is a message as there are many.
func locked() receiver.Message {
	expiry := began.AddDate(0, 0, 40)
	return receiver.Message{
		ID: "oracle-financials/gl-prod/17/1795156200", Key: "integration/oracle-financials/gl-prod", Kind: receiver.Trouble, Severity: rotation.SeverityCritical,
		Title: "gl-prod: locked", Text: "Oracle locked the account. Unlock API_USER in Fusion, then write reconcile/gl-prod action=release.",
		Time: began.Add(time.Minute), Since: began, Mount: "oracle-financials", Name: "gl-prod", State: "locked", Reason: "account_locked",
		ServerURL: "https://abcd.fa.us2.oraclecloud.com", Expiry: &expiry, Link: "https://agent.example.com/integrations/oracle-financials/gl-prod",
	}
}

// group is a pod that is down under so many integrations.
func group(count int) receiver.Message {
	m := locked()
	m.Name, m.Title, m.Reason, m.State, m.MemberCount = "", "abcd.fa.us2.oraclecloud.com: unreachable", "timeout", "unreachable", count
	for range count {
		m.Members = append(m.Members, receiver.Member{Name: "gl-prod", State: "unreachable", Reason: "timeout"})
	}
	return m
}

// hostile is text that Oracle, or who writes names, could send; each receiver has its own part of it.
const hostile = "<!channel> <b>x</b> &amp; [click](https://evil.example) {{DATE(2026)}} @{body()}\x00\x1b[31m \u202etxt.exe\u2066\u200b \xff\r\n\u2028ü"

// nasty has it everywhere, at a length that nobody would write.
func nasty(times int) receiver.Message {
	text := strings.Repeat(hostile+" ", times)
	m := group(60)
	for i := range m.Members {
		m.Members[i] = receiver.Member{Name: text, State: text, Reason: text}
	}
	m.Title, m.Text, m.Mount, m.Name, m.State, m.Reason, m.ServerURL, m.ID, m.Key, m.Link = text, text, text, text, text, text, text, text, text, text
	return m
}
