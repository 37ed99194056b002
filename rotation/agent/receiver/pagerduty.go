package receiver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxRoutingKey is above any integration key of PagerDuty's, which have 32 characters, in bytes.
const maxRoutingKey = 128

// pagerDutyEvent is an event of PagerDuty's Events API v2. Whatever arrives with the same dedup_key belongs to the same
// alert, so that a repeat opens no second one, and a resolve finds its trigger.
type pagerDutyEvent struct {
	RoutingKey string            `json:"routing_key"`
	Action     string            `json:"event_action"`
	DedupKey   string            `json:"dedup_key"`
	Client     string            `json:"client,omitempty"`
	ClientURL  string            `json:"client_url,omitempty"`
	Payload    *pagerDutyPayload `json:"payload,omitempty"`
}

type pagerDutyPayload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp string         `json:"timestamp,omitempty"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Class     string         `json:"class,omitempty"`
	Details   map[string]any `json:"custom_details"`
}

// writePagerDuty is a trigger, or the resolve of one.
func writePagerDuty(m Message, key secret.Value, _ time.Time) (letter, error) {
	routing := key.Reveal()
	if len(routing) > maxRoutingKey || strings.ContainsAny(routing, " \t\r\n") {
		return letter{}, fmt.Errorf("what stands in routing_key_file is no integration key: write the 32 characters of the integration's page, and nothing else")
	}
	said := pagerDutyEvent{RoutingKey: routing, Action: "resolve", DedupKey: dedupKey(m.Key)}
	if m.Kind != Resolved {
		said.Action, said.Client, said.ClientURL, said.Payload = "trigger", "oracle-financials-agent", m.Link, newPagerDutyPayload(m)
	}
	body, err := json.Marshal(said)
	if err != nil {
		return letter{}, fmt.Errorf("write the event: %w", err)
	}
	return letter{body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}, nil
}

func newPagerDutyPayload(m Message) *pagerDutyPayload {
	payload := pagerDutyPayload{
		Summary: m.heading(), Source: m.place(), Severity: m.pagerDutySeverity(), Timestamp: instant(m.Time),
		Component: m.Name, Group: m.Mount, Class: m.Reason, Details: map[string]any{"message": m.Text},
	}
	if payload.Source == "" {
		payload.Source = "oracle-financials-agent"
	}
	for _, fact := range m.facts() {
		payload.Details[strings.ReplaceAll(strings.ToLower(fact.label), " ", "_")] = fact.value
	}
	if named := m.memberLines(MaxMembers); len(named) > 0 {
		payload.Details["integrations"] = named
	}
	return &payload
}

// dedupKey is of 64 characters, whatever the trouble is called; PagerDuty takes 255.
func dedupKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// pagerDutySeverity is ours in PagerDuty's words, in the same order.
func (m Message) pagerDutySeverity() string {
	switch {
	case m.Kind == Test:
		return "info"
	case m.Severity == rotation.SeverityCritical:
		return "critical"
	case m.Severity == rotation.SeverityWarning:
		return "warning"
	}
	return "info" // not known, or ok
}
