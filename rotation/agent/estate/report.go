package estate

import (
	"encoding/json"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Report is one answer of a mount's report path: a page of a full one, or what changed.
type Report struct {
	Generated   time.Time
	Revision    string // to be sent back as since, that of the first page
	Full        bool   // take it as a new beginning, even where since was sent
	Counts      map[rotation.State]int
	Statuses    []Status // ordered by name
	Directories []Directory
	Deleted     []string
	Sweep       Sweep
	Version     string // the engine's
}

// Sweep is how the engine's own clock does.
type Sweep struct {
	Started  *time.Time `json:"last_started_time,omitempty"`
	Finished *time.Time `json:"last_finished_time,omitempty"`
	Lag      int        `json:"lag_seconds"` // how long the longest overdue has waited, in seconds
	Due      int        `json:"due"`
}

// Directory is one administrator door, as its read shows it.
type Directory struct {
	Mount string `json:"-"`
	Name  string `json:"name"`

	Type          string                  `json:"type"`
	URL           string                  `json:"url"`
	State         rotation.DirectoryState `json:"state"`
	Message       string                  `json:"message"`
	Phase         rotation.Phase          `json:"rotation_phase"`
	RotationError string                  `json:"last_rotation_error"`
	LastSuccess   *time.Time              `json:"last_success_time"`
	HeldSince     *time.Time              `json:"held_since"`

	Said json.RawMessage `json:"-"`
}

// ReadReport reads the data of one answer of a mount's report path.
func ReadReport(mount string, data []byte) (Report, error) {
	var said struct {
		Generated    time.Time              `json:"generated_time"`
		Revision     string                 `json:"revision"`
		Full         bool                   `json:"full"`
		Counts       map[rotation.State]int `json:"counts"`
		Integrations []json.RawMessage      `json:"integrations"`
		Directories  []json.RawMessage      `json:"directories"`
		Deleted      []string               `json:"deleted"`
		Sweep        Sweep                  `json:"sweep"`
		Version      string                 `json:"version"`
	}
	if err := json.Unmarshal(data, &said); err != nil {
		return Report{}, fmt.Errorf("read the report of %s: %w", mount, err)
	}
	if said.Revision == "" {
		return Report{}, fmt.Errorf("read the report of %s: it names no revision, so it is not this engine's: see which plugin "+
			"is mounted there with vault secrets list", mount)
	}
	report := Report{
		Generated: said.Generated, Revision: said.Revision, Full: said.Full, Counts: said.Counts, Deleted: said.Deleted,
		Sweep: said.Sweep, Version: said.Version,
	}
	for _, row := range said.Integrations {
		status, err := ReadStatus(mount, "", row)
		if err != nil {
			return Report{}, err
		}
		if status.Name == "" {
			return Report{}, fmt.Errorf("read the report of %s: an integration in it has no name", mount)
		}
		report.Statuses = append(report.Statuses, status)
	}
	for _, row := range said.Directories {
		directory := Directory{Mount: mount, Said: row}
		if err := json.Unmarshal(row, &directory); err != nil {
			return Report{}, fmt.Errorf("read the report of %s: a directory: %w", mount, err)
		}
		report.Directories = append(report.Directories, directory)
	}
	return report, nil
}
