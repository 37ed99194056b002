package receiverfake_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

const (
	key   = "a raw secret of enough bytes"
	event = `{"specversion":"1.0","id":"m/n/1","source":"urn:oracle-financials:mount:m","type":"com.oracle-financials.test",` +
		`"datacontenttype":"application/json","data":{"kind":"test","key":"k","severity":"ok","title":"t","message":"m"}}`
	routing = "0123456789abcdef0123456789abcdef"
	dedup   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// signed is a webhook as it should be, but for what a test changes afterwards.
func signed(body string, age time.Duration, secret string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	at := strconv.FormatInt(time.Now().Add(-age).Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "m/n/1.%s.%s", at, body)
	r.Header.Set("Content-Type", "application/cloudevents+json")
	r.Header.Set("webhook-id", "m/n/1")
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return r
}

func plain(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v2/alerts", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func without(header string) *http.Request {
	r := signed(event, 0, key)
	r.Header.Del(header)
	return r
}

// TestTheFakeRefusesWhatTheRealOneWould or the tests that rely on it prove nothing.
func TestTheFakeRefusesWhatTheRealOneWould(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind    string
		request *http.Request
		status  int
	}{
		"a webhook that is right":            {"webhook", signed(event, 0, key), 204},
		"one of another secret":              {"webhook", signed(event, 0, "another"), 401},
		"one of yesterday":                   {"webhook", signed(event, 24*time.Hour, key), 401},
		"one of tomorrow":                    {"webhook", signed(event, -24*time.Hour, key), 401},
		"one without an id":                  {"webhook", without("webhook-id"), 401},
		"one without a time":                 {"webhook", without("webhook-timestamp"), 401},
		"one without a signature":            {"webhook", without("webhook-signature"), 401},
		"one of another type":                {"webhook", without("Content-Type"), 415},
		"a state that nobody knows":          {"webhook", signed(strings.Replace(event, `"ok"`, `"fine"`, 1), 0, key), 400},
		"a field that nobody knows":          {"webhook", signed(strings.Replace(event, `"key"`, `"extra":1,"key"`, 1), 0, key), 400},
		"an id that is not the header's":     {"webhook", signed(strings.Replace(event, `m/n/1`, `m/n/2`, 1), 0, key), 400},
		"Slack without escaping":             {"slack", plain(`{"text":"<!channel>","blocks":[{"type":"header","text":{"type":"plain_text","text":"x"}}]}`), 400},
		"Slack with a long header":           {"slack", plain(`{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("x", 151) + `"}}]}`), 400},
		"Slack that makes links":             {"slack", plain(`{"text":"x","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]}`), 400},
		"Teams with Markdown":                {"teams", plain(`{"type":"message","summary":"x","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":"1.5","body":[{"type":"TextBlock","text":"x"}]}}]}`), 400},
		"Teams that is too large":            {"teams", plain(strings.Repeat(" ", 28<<10) + "{}"), 413},
		"PagerDuty that is right":            {"pagerduty", plain(`{"routing_key":"` + routing + `","event_action":"resolve","dedup_key":"` + dedup + `"}`), 202},
		"PagerDuty with another's key":       {"pagerduty", plain(`{"routing_key":"f` + dedup[33:] + `","event_action":"resolve","dedup_key":"` + dedup + `"}`), 400},
		"PagerDuty with a short key":         {"pagerduty", plain(`{"routing_key":"x","event_action":"resolve","dedup_key":"` + dedup + `"}`), 400},
		"PagerDuty without a payload":        {"pagerduty", plain(`{"routing_key":"` + routing + `","event_action":"trigger","dedup_key":"` + dedup + `"}`), 400},
		"an alert that ends before it began": {"alertmanager", plain(`[{"labels":{"alertname":"OracleFinancialsTest","severity":"ok","trouble":"0123456789abcdef"},"annotations":{"summary":"x"},"startsAt":"2026-11-23T02:00:00Z","endsAt":"2026-11-23T01:00:00Z"}]`), 400},
		"an alert with an instance":          {"alertmanager", plain(`[{"labels":{"alertname":"OracleFinancialsTest","severity":"ok","trouble":"0123456789abcdef","instance":"a"},"annotations":{"summary":"x"},"startsAt":"2026-11-23T02:00:00Z","endsAt":"2026-11-23T03:00:00Z"}]`), 400},
		"no JSON":                            {"alertmanager", plain("x"), 400},
		"who is not there":                   {"pigeon", plain("{}"), 400},
		"another method":                     {"slack", httptest.NewRequest(http.MethodGet, "/", nil), 405},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &receiverfake.Fake{Type: test.kind, Secrets: []string{"some other secret", key}, RoutingKey: routing}
			answer := httptest.NewRecorder()
			fake.ServeHTTP(answer, test.request)
			taken := test.status < 300
			if answer.Code != test.status || (len(fake.Delivered()) == 1) != taken || (len(fake.Problems()) == 0) != taken {
				t.Errorf("%d, %d taken, %q", answer.Code, len(fake.Delivered()), fake.Problems())
			}
		})
	}
}
