package receiverfake

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func readEvent(into *Delivery, header http.Header) error {
	var said struct {
		ID   string
		Data struct{ Kind, Key, Severity, Title, Message string }
	}
	if err := decode(into.Body, &said); err != nil {
		return err
	}
	if said.ID != header.Get("webhook-id") {
		return fmt.Errorf("the event is %q and the webhook %q", said.ID, header.Get("webhook-id"))
	}
	into.ID, into.Key, into.Severity = said.ID, said.Data.Key, said.Data.Severity
	into.Title, into.Text, into.Resolved = said.Data.Title, said.Data.Message, said.Data.Kind == "resolved"
	return nil
}

func readSlack(into *Delivery) error {
	var said struct {
		Blocks []struct {
			Type   string
			Text   struct{ Text string }
			Fields []struct{ Text string }
		}
	}
	if err := decode(into.Body, &said); err != nil {
		return err
	}
	for _, block := range said.Blocks {
		switch {
		case block.Type == "header":
			into.Title = unescaped(block.Text.Text)
		case block.Type == "section" && block.Text.Text != "":
			into.Text = strings.TrimSpace(into.Text + "\n" + unescaped(block.Text.Text))
		}
		for _, field := range block.Fields {
			if value, is := strings.CutPrefix(field.Text, "*Severity*\n"); is {
				into.Severity = value
			}
		}
	}
	into.Resolved = into.Severity == "resolved"
	return nil
}

func unescaped(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

func readTeams(into *Delivery) error {
	var said struct {
		Attachments []struct {
			Content struct {
				Body []struct{ Inlines []struct{ Text string } }
			}
		}
	}
	if err := decode(into.Body, &said); err != nil {
		return err
	}
	for i, block := range said.Attachments[0].Content.Body {
		line := ""
		for _, run := range block.Inlines {
			line += run.Text
		}
		if i == 0 {
			into.Title = line
			continue
		}
		into.Text = strings.TrimSpace(into.Text + "\n" + line)
		if value, is := strings.CutPrefix(line, "Severity: "); is {
			into.Severity = value
		}
	}
	into.Resolved = into.Severity == "resolved"
	return nil
}

func (f *Fake) readPagerDuty(into *Delivery) error {
	var said struct {
		RoutingKey string `json:"routing_key"`
		Action     string `json:"event_action"`
		DedupKey   string `json:"dedup_key"`
		Payload    struct {
			Summary  string
			Severity string
			Details  struct{ Message string } `json:"custom_details"`
		}
	}
	if err := decode(into.Body, &said); err != nil {
		return err
	}
	if said.RoutingKey != f.RoutingKey {
		return errors.New("nobody has this routing_key")
	}
	into.Key, into.Title, into.Text = said.DedupKey, said.Payload.Summary, said.Payload.Details.Message
	into.Severity, into.Resolved = said.Payload.Severity, said.Action == "resolve"
	return nil
}

// readAlerts speaks of the first alert; others end what the first one replaces.
func readAlerts(into *Delivery) error {
	var said []struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
	}
	if err := decode(into.Body, &said); err != nil {
		return err
	}
	for _, alert := range said {
		if alert.EndsAt.Before(alert.StartsAt) {
			return errors.New("start time must be before end time")
		}
	}
	into.Key, into.Severity = said[0].Labels["trouble"], said[0].Labels["severity"]
	into.Title, into.Text = said[0].Annotations["summary"], said[0].Annotations["description"]
	into.Resolved = !said[0].EndsAt.After(into.At)
	return nil
}
