package receiver

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// eventType is the CloudEvents type of each kind. Whoever only wants to know that a state has changed takes those that
// begin with com.oracle-financials.state-change.
func eventType(kind Kind) string {
	switch kind {
	case Trouble:
		return "com.oracle-financials.state-change.trouble"
	case Resolved:
		return "com.oracle-financials.state-change.resolved"
	case Reminder:
		return "com.oracle-financials.reminder"
	case Expiry:
		return "com.oracle-financials.expiry"
	case Test:
	}
	return "com.oracle-financials.test"
}

// event is a CloudEvent in its structured JSON form (CloudEvents 1.0, JSON event format).
type event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            string    `json:"time,omitempty"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

// eventData is the message; its names are those of the engine's status where it has one.
type eventData struct {
	Kind        Kind     `json:"kind"`
	Key         string   `json:"key"`
	Severity    string   `json:"severity"`
	Title       string   `json:"title"`
	Message     string   `json:"message"`
	Mount       string   `json:"mount,omitempty"`
	Name        string   `json:"name,omitempty"`
	State       string   `json:"state,omitempty"`
	Reason      string   `json:"reason,omitempty"`
	Since       string   `json:"state_since,omitempty"`
	ServerURL   string   `json:"server_url,omitempty"`
	Expiry      string   `json:"password_expiry_time,omitempty"`
	Members     []Member `json:"members,omitempty"`
	MemberCount int      `json:"member_count,omitempty"`
	Link        string   `json:"link,omitempty"`
}

// writeWebhook is a CloudEvent, signed.
func writeWebhook(m Message, key secret.Value, now time.Time) (letter, error) {
	secrets, err := signingSecrets(key)
	if err != nil {
		return letter{}, err
	}
	body, err := json.Marshal(newEvent(m))
	if err != nil {
		return letter{}, fmt.Errorf("write the event: %w", err)
	}
	id, seconds := quotedID(m.ID), strconv.FormatInt(now.Unix(), 10)
	return letter{body: body, header: map[string]string{
		"Content-Type":      "application/cloudevents+json; charset=utf-8",
		"webhook-id":        id,
		"webhook-timestamp": seconds,
		"webhook-signature": signatures(id, seconds, body, secrets),
	}}, nil
}

func newEvent(m Message) event {
	said := event{
		SpecVersion: "1.0", ID: quotedID(m.ID), Source: "urn:oracle-financials:agent", Type: eventType(m.Kind),
		Subject: m.place(), Time: instant(m.Time), DataContentType: "application/json",
		Data: eventData{
			Kind: m.Kind, Key: quotedID(m.Key), Severity: string(m.Severity), Title: m.Title, Message: m.Text, Mount: m.Mount, Name: m.Name,
			State: m.State, Reason: m.Reason, Since: instant(m.Since), ServerURL: m.ServerURL,
			Members: m.Members, MemberCount: m.MemberCount, Link: m.Link,
		},
	}
	if m.Mount != "" {
		said.Source = "urn:oracle-financials:mount:" + quotedID(m.Mount)
	}
	if m.Expiry != nil {
		said.Data.Expiry = instant(*m.Expiry)
	}
	return said
}

// maxID bounds an id, in bytes: a header has to hold it.
const maxID = 255

// quotedID makes an id fit for a header and a URI: everything but letters, digits and _ - / is written as %XX. So it has
// no dot either, by which the parts of what is signed are told apart. Of one that gets too long it is a sum.
func quotedID(id string) string {
	var quoted strings.Builder
	for _, b := range []byte(id) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("_-/", b) >= 0 {
			quoted.WriteByte(b)
		} else {
			fmt.Fprintf(&quoted, "%%%02X", b)
		}
		if quoted.Len() > maxID {
			return dedupKey(id)
		}
	}
	return quoted.String()
}
