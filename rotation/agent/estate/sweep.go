package estate

import (
	"encoding/json"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Progress is what a sweep has come to so far, or, of a dry run, what it would do.
type Progress struct {
	Mount     string      `json:"-"`
	Due       int         `json:"due"`
	Checked   int         `json:"checked"`
	Rotated   int         `json:"rotated"`
	Skipped   int         `json:"skipped"`
	Failed    int         `json:"failed"` // checks that could not be made or stored, and rotations that came to nothing
	Remaining int         `json:"remaining"`
	Results   []SweptName `json:"results"`
}

// SweptName is what a sweep did, or would do, about one integration or directory.
type SweptName struct {
	Name     string         `json:"name"`   // of a directory: with "directory/" before it
	Action   string         `json:"action"` // check, rotate or skip
	State    rotation.State `json:"state"`
	Reason   string         `json:"reason"`
	DueSince *time.Time     `json:"due_since"`
}

// ReadProgress reads the answer of a mount's sweep path.
func ReadProgress(mount string, data []byte) (Progress, error) {
	progress := Progress{Mount: mount}
	if err := json.Unmarshal(data, &progress); err != nil {
		return Progress{}, fmt.Errorf("read what the sweep of %s answered: %w", mount, err)
	}
	return progress, nil
}
