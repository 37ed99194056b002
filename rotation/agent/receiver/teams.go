package receiver

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// teamsLimit is how large a message may be, in bytes: Teams takes about 28 KB (Teams connector, "Message size limit"), and
// the workflow adds some of its own.
const teamsLimit = 24 << 10

// teamsMessage is the envelope that a workflow's trigger takes, with one Adaptive Card in it.
type teamsMessage struct {
	Type        string            `json:"type"`
	Summary     string            `json:"summary"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	ContentURL  *string   `json:"contentUrl"`
	Content     teamsCard `json:"content"`
}

// teamsCard is an Adaptive Card 1.5. It has no TextBlock: those read Markdown and date functions, and a RichTextBlock
// shows its text as it is.
type teamsCard struct {
	Schema       string            `json:"$schema"`
	Type         string            `json:"type"`
	Version      string            `json:"version"`
	FallbackText string            `json:"fallbackText"`
	MSTeams      map[string]string `json:"msteams"`
	Body         []teamsBlock      `json:"body"`
	Actions      []teamsAction     `json:"actions,omitempty"`
}

type teamsBlock struct {
	Type    string     `json:"type"`
	Spacing string     `json:"spacing,omitempty"`
	Inlines []teamsRun `json:"inlines"`
}

type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Size   string `json:"size,omitempty"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
	Subtle bool   `json:"isSubtle,omitempty"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// writeTeams is a message for the workflow "When a Teams webhook request is received". Of a message that is too large the
// members of a group go first, and then the end of the text.
func writeTeams(m Message, _ secret.Value, _ time.Time) (letter, error) {
	for named, text := MaxMembers, maxText; text > 0; named /= 2 {
		m.Text = shortened(m.Text, text)
		body, err := json.Marshal(newTeamsMessage(m, named))
		if err != nil {
			return letter{}, fmt.Errorf("write the message: %w", err)
		}
		if len(body) <= teamsLimit {
			return letter{body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}, nil
		}
		if named == 0 {
			text /= 2
		}
	}
	return letter{}, errors.New("the message is too large for Teams, even without its text")
}

func newTeamsMessage(m Message, named int) teamsMessage {
	card := teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.5",
		FallbackText: m.heading(), MSTeams: map[string]string{"width": "Full"},
		Body: []teamsBlock{teamsText(teamsRun{Text: m.heading(), Size: "Large", Weight: "Bolder", Color: m.teamsColor()})},
	}
	if m.Text != "" {
		card.Body = append(card.Body, teamsText(teamsRun{Text: m.Text}))
	}
	for _, line := range m.memberLines(named) {
		card.Body = append(card.Body, teamsLine(teamsRun{Text: "• " + line}))
	}
	for _, fact := range m.facts() {
		card.Body = append(card.Body, teamsLine(teamsRun{Text: fact.label + ": ", Subtle: true}, teamsRun{Text: fact.value}))
	}
	if m.Link != "" {
		card.Actions = []teamsAction{{Type: "Action.OpenUrl", Title: "Open the agent's page", URL: m.Link}}
	}
	return teamsMessage{Type: "message", Summary: m.heading(), Attachments: []teamsAttachment{
		{ContentType: "application/vnd.microsoft.card.adaptive", Content: card},
	}}
}

// teamsText is a paragraph, teamsLine a line below another.
func teamsText(runs ...teamsRun) teamsBlock {
	for i := range runs {
		runs[i].Type = "TextRun"
	}
	return teamsBlock{Type: "RichTextBlock", Inlines: runs}
}

func teamsLine(runs ...teamsRun) teamsBlock {
	block := teamsText(runs...)
	block.Spacing = "Small"
	return block
}

// teamsColor is beside the word and the sign, never instead.
func (m Message) teamsColor() string {
	switch {
	case m.Kind == Resolved:
		return "Good"
	case m.Kind == Test:
		return "Accent"
	case m.Severity == rotation.SeverityCritical:
		return "Attention"
	case m.Severity == rotation.SeverityWarning:
		return "Warning"
	}
	return "Default"
}
