package receiver

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Slack's limits, in characters (reference of Block Kit: header, section, and a section's fields).
const (
	slackHeader = 150
	slackText   = 3000
	slackField  = 2000
)

type slackMessage struct {
	Text   string       `json:"text"` // what a notification on a phone shows, and a screen reader reads
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string         `json:"type"`
	Text     *slackWords    `json:"text,omitempty"`
	Fields   []slackWords   `json:"fields,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
}

// slackWords is plain_text or mrkdwn. Verbatim keeps Slack from making links and mentions of what looks like them.
type slackWords struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

type slackElement struct {
	Type string     `json:"type"`
	Text slackWords `json:"text"`
	URL  string     `json:"url"`
}

// writeSlack is a message for an incoming webhook.
func writeSlack(m Message, _ secret.Value, _ time.Time) (letter, error) {
	said := slackMessage{Text: slackEscaped(m.heading()+"\n"+m.Text, slackText)}
	said.Blocks = append(said.Blocks, slackBlock{Type: "header", Text: &slackWords{Type: "plain_text", Text: slackEscaped(m.heading(), slackHeader)}})
	if m.Text != "" {
		said.Blocks = append(said.Blocks, slackSection(slackEscaped(m.Text, slackText)))
	}
	if named := m.memberLines(MaxMembers); len(named) > 0 {
		said.Blocks = append(said.Blocks, slackSection(slackEscaped("• "+strings.Join(named, "\n• "), slackText)))
	}
	table := slackBlock{Type: "section"}
	for _, fact := range m.facts() {
		table.Fields = append(table.Fields, slackWords{Type: "mrkdwn", Verbatim: true, Text: "*" + fact.label + "*\n" + slackEscaped(fact.value, slackField-len(fact.label)-3)})
	}
	said.Blocks = append(said.Blocks, table)
	if m.Link != "" {
		said.Blocks = append(said.Blocks, slackBlock{Type: "actions", Elements: []slackElement{
			{Type: "button", Text: slackWords{Type: "plain_text", Text: "Open the agent's page"}, URL: m.Link},
		}})
	}
	body, err := json.Marshal(said)
	if err != nil {
		return letter{}, fmt.Errorf("write the message: %w", err)
	}
	return letter{body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}, nil
}

func slackSection(text string) slackBlock {
	return slackBlock{Type: "section", Text: &slackWords{Type: "mrkdwn", Text: text, Verbatim: true}}
}

// slackEscaped escapes what Slack takes for mentions and links, and cuts the text so that it keeps a limit as Slack counts:
// escaped, and in UTF-16.
func slackEscaped(text string, limit int) string {
	var escaped strings.Builder
	left := limit - 1 // for the sign that it was cut
	for _, r := range text {
		said, size := string(r), utf16.RuneLen(r)
		switch r {
		case '&':
			said, size = "&amp;", 5
		case '<':
			said, size = "&lt;", 4
		case '>':
			said, size = "&gt;", 4
		}
		if left -= size; left < 0 {
			return escaped.String() + "…"
		}
		escaped.WriteString(said)
	}
	return escaped.String()
}
