package receiver

import (
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// fact is one line of what is known, for receivers that show a table.
type fact struct{ label, value string }

// facts is what a person wants to see of a message beside its words.
func (m Message) facts() []fact {
	var facts []fact
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, fact{label, value})
		}
	}
	add("Severity", m.standing())
	add("State", m.stateWords())
	add("Vault path", m.place())
	add("Server", m.ServerURL)
	add("Since", stamp(m.Since))
	if m.Expiry != nil {
		add("Password expires", stamp(*m.Expiry))
	}
	return facts
}

// standing is the severity in a word, or that it is over, or that it is a test.
func (m Message) standing() string {
	switch m.Kind {
	case Resolved:
		return "resolved"
	case Test:
		return "test"
	case Trouble, Reminder, Expiry:
	}
	return string(m.Severity)
}

// mark is a sign for the standing, beside its word.
func (m Message) mark() string {
	switch {
	case m.Kind == Resolved:
		return "✅"
	case m.Kind == Test:
		return "🔔"
	case m.Severity == rotation.SeverityCritical:
		return "🔴"
	case m.Severity == rotation.SeverityWarning:
		return "🟠"
	}
	return "⚪"
}

// heading is the title with what it takes to understand it by itself, as in a list of notifications.
func (m Message) heading() string {
	switch m.Kind {
	case Resolved:
		return m.mark() + " Resolved: " + m.Title
	case Reminder:
		return m.mark() + " Still: " + m.Title
	case Test:
		return m.mark() + " Test: " + m.Title
	case Trouble, Expiry:
	}
	return m.mark() + " " + m.Title
}

// stateWords is the state and, where it says more, the reason.
func (m Message) stateWords() string {
	if m.Reason == "" || m.Reason == m.State {
		return m.State
	}
	return strings.TrimSpace(m.State + " (" + m.Reason + ")")
}

// place is the path in Vault of what the message speaks of.
func (m Message) place() string {
	if m.Name == "" {
		return m.Mount
	}
	return m.Mount + "/" + m.Name
}

// memberLines names so many members of a group, and says how many more there are.
func (m Message) memberLines(most int) []string {
	var named []string
	for _, member := range m.Members[:min(most, len(m.Members))] {
		named = append(named, strings.TrimSuffix(member.Name+": "+Message{State: member.State, Reason: member.Reason}.stateWords(), ": "))
	}
	switch more := m.MemberCount - len(named); {
	case more > 0 && len(named) > 0:
		named = append(named, fmt.Sprintf("and %d more", more))
	case more > 0:
		named = append(named, fmt.Sprintf("%d integrations", more))
	}
	return named
}

// stamp is a time for people, in UTC as everywhere in Vault; empty of a time that is not known.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// instant is a time for programs; empty of a time that is not known.
func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
