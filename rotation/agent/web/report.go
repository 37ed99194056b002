package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Schema is the version of what /api/v1/report answers. Fields are added under the same one, none is taken away.
const Schema = "oracle-financials.report/v1"

// reported is the whole estate as JSON.
type reported struct {
	Schema       string          `json:"schema"`
	Generated    time.Time       `json:"generated_time"`
	Mounts       []reportedMount `json:"mounts"`
	Integrations []row           `json:"integrations"`
}

// reportedMount is one mount; what is not known of it is absent.
type reportedMount struct {
	Mount       string                 `json:"mount"`
	Up          bool                   `json:"up"`
	Fault       string                 `json:"fault,omitempty"`
	SweepFault  string                 `json:"sweep_fault,omitempty"`
	Revision    string                 `json:"revision,omitempty"`
	Version     string                 `json:"version,omitempty"`
	Generated   *time.Time             `json:"generated_time,omitempty"` // of its last report, by the engine's clock
	Sweep       *estate.Sweep          `json:"sweep,omitempty"`
	Counts      map[rotation.State]int `json:"counts,omitempty"`
	Directories []row                  `json:"directories"`
}

// row is what the engine said, with the mount and name it said it of.
type row map[string]json.RawMessage

func report(w http.ResponseWriter, known estate.Snapshot, log hclog.Logger) {
	text, err := encode(known)
	if err != nil {
		log.Error("report cannot be shown", "error", err)
		http.Error(w, "The report cannot be shown: see the agent's log.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // a reader who left can't be told so
}

// encode is what is known as JSON.
func encode(known estate.Snapshot) ([]byte, error) {
	shown := reported{
		Schema: Schema, Generated: known.Taken.UTC().Truncate(time.Second), Mounts: []reportedMount{}, Integrations: []row{},
	}
	for _, mount := range known.Mounts {
		m := reportedMount{
			Mount: mount.Path, Up: mount.Up, Fault: mount.Fault, SweepFault: mount.SweepFault, Directories: []row{},
			Revision: mount.Revision, Version: mount.Version, Counts: mount.Counts,
		}
		if mount.Revision != "" {
			m.Generated, m.Sweep = &mount.Generated, &mount.Sweep
		}
		for _, directory := range mount.Directories {
			said, err := newRow(mount.Path, directory.Name, directory.Said)
			if err != nil {
				return nil, err
			}
			m.Directories = append(m.Directories, said)
		}
		for _, status := range mount.Statuses {
			said, err := newRow(mount.Path, status.Name, status.Said)
			if err != nil {
				return nil, err
			}
			if status.Expiry != nil { // the engine says a row again when it changes, and that a day has passed is no change
				said["days_until_expiry"] = json.RawMessage(strconv.Itoa(rotation.DaysUntil(*status.Expiry, known.Taken)))
			}
			shown.Integrations = append(shown.Integrations, said)
		}
		shown.Mounts = append(shown.Mounts, m)
	}
	return json.Marshal(shown)
}

// newRow is what was said as it was said, also what this agent does not know of a newer engine.
func newRow(mount, name string, said json.RawMessage) (row, error) {
	r := row{}
	if err := json.Unmarshal(said, &r); err != nil {
		return nil, fmt.Errorf("show what the engine said of %s/%s: %w", mount, name, err)
	}
	for key, value := range map[string]string{"mount": mount, "name": name} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("show the %s of %s/%s: %w", key, mount, name, err)
		}
		r[key] = text
	}
	return r, nil
}
