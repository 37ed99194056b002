package output

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// The schemas of what is written as JSON. A field may be added to one; nothing else of it changes.
const (
	StatusSchema = "oracle-financials.status/v1"
	SweepSchema  = "oracle-financials.sweep/v1"
)

type statusDocument struct {
	Schema       string                       `json:"schema"`
	Generated    string                       `json:"generated_time"`
	Integrations []map[string]json.RawMessage `json:"integrations"`
	Faults       []Fault                      `json:"faults,omitempty"`
}

// json writes every status as the engine said it, with its mount and name.
func (e Estate) json(w io.Writer) error {
	document := statusDocument{
		Schema: StatusSchema, Generated: stamp(e.Now), Integrations: []map[string]json.RawMessage{}, Faults: e.Faults,
	}
	for _, status := range e.Statuses {
		integration, err := said(status)
		if err != nil {
			return err
		}
		document.Integrations = append(document.Integrations, integration)
	}
	return writeJSON(w, document)
}

// said is what the engine said of an integration, what this agent does not know of it included.
func said(s estate.Status) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(s.Said, &fields); err != nil {
		return nil, fmt.Errorf("write the status of %s/%s: %w", s.Mount, s.Name, err)
	}
	for field, value := range map[string]string{"mount": s.Mount, "name": s.Name} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[field] = text
	}
	return fields, nil
}

func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// stamp is a time in an answer.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
