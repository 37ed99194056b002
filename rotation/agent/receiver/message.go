package receiver

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Kind is why somebody is told. The list is closed.
type Kind string

// The kinds.
const (
	// Trouble is something that is not as it should be, and was not told before.
	Trouble Kind = "trouble"
	// Reminder is a trouble that still stands, after the repeat interval.
	Reminder Kind = "reminder"
	// Expiry is a password that expires in 30, 14, 7, 3 days or one.
	Expiry Kind = "expiry"
	// Resolved is a trouble that is over.
	Resolved Kind = "resolved"
	// Test is somebody who tries whether messages arrive.
	Test Kind = "test"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Trouble, Reminder, Expiry, Resolved, Test} }

// Message is what one receiver is told once.
type Message struct {
	ID       string            `json:"id"`  // the same at every repeat of a delivery
	Key      string            `json:"key"` // of the trouble: the same for it, its reminders and its end
	Kind     Kind              `json:"kind"`
	Severity rotation.Severity `json:"severity"`
	Title    string            `json:"title"` // one line, such as gl-prod: locked
	Text     string            `json:"text"`  // what is the case, and what to do next
	Time     time.Time         `json:"time"`  // of what is told
	Since    time.Time         `json:"since"` // when the trouble began; zero: not known

	Mount     string `json:"mount"`
	Name      string `json:"name,omitempty"` // of the integration, directories/NAME of a directory; empty for a group or a mount
	State     string `json:"state,omitempty"`
	Reason    string `json:"reason,omitempty"`
	ServerURL string `json:"server_url,omitempty"`

	Members     []Member `json:"members,omitempty"`      // of a group, the first of them
	MemberCount int      `json:"member_count,omitempty"` // of a group, all of them

	Expiry *time.Time `json:"expiry,omitempty"` // of the password
	Link   string     `json:"link,omitempty"`   // to the agent's page; empty: the agent does not know its own address
}

// Member is one integration of a group.
type Member struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

// MaxMembers is how many members of a group a message names; of the others it says how many they are.
const MaxMembers = 50

// Receiver is somebody who is told.
type Receiver interface {
	// Send tells one message, once. An error that is a *Refused is the receiver's no; any other means that no answer came
	// or that nothing could be sent. What was sent before an error may have arrived all the same.
	Send(ctx context.Context, m Message) error
}

// Refresher is a receiver that takes a trouble for over when it hears nothing of it. A Trouble or Reminder that stands is
// to be sent again every so often; an Expiry and a Test are not.
type Refresher interface {
	Every() time.Duration
	// Refresh tells again what stands, in one letter. Its errors are Send's; one that is refused for good may have been
	// refused for one message only.
	Refresh(ctx context.Context, standing []Message) error
}
