package estate

import (
	"encoding/json"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Status is one integration, as status and report show it. What this agent does not know of a newer engine is kept in
// Said.
type Status struct {
	Mount string `json:"-"` // without a slash at its end
	Name  string `json:"name"`

	State      rotation.State      `json:"state"`
	Severity   rotation.Severity   `json:"severity"`
	Reason     rotation.Reason     `json:"reason"`
	Message    string              `json:"message"`
	Confidence rotation.Confidence `json:"confidence"`
	Since      *time.Time          `json:"state_since"`
	Seq        int64               `json:"event_seq"`
	Version    int64               `json:"credential_version"`

	Username  string   `json:"username"`
	ServerURL string   `json:"server_url"`
	Policy    string   `json:"policy"`
	Selected  []string `json:"modules_selected"`

	Expiry       *time.Time `json:"password_expiry_time"`
	ExpiryDays   *int       `json:"days_until_expiry"`
	LastCheck    *time.Time `json:"last_check_time"`
	LastSuccess  *time.Time `json:"last_success_time"`
	NextCheck    *time.Time `json:"next_check_time"`
	LastRotation *time.Time `json:"last_rotation_time"`
	NextRotation *time.Time `json:"next_rotation_time"`

	Held          bool              `json:"held"`
	HeldUntil     *time.Time        `json:"held_until"`
	Refused       int               `json:"refused_logins"`
	AttemptsLeft  *int              `json:"attempts_left"`
	Foreign       *int              `json:"foreign_failed_logins"`
	Failures      int               `json:"consecutive_failures"`
	Phase         rotation.Phase    `json:"rotation_phase"`
	RotationError string            `json:"last_rotation_error"`
	Modules       map[string]Module `json:"modules"`
	Warnings      []string          `json:"warnings"`

	// Said is everything the engine said of it, for whoever reads it on: /api/v1/report and --output json.
	Said json.RawMessage `json:"-"`
}

// Module is what one finance module answered.
type Module struct {
	Result     string `json:"result"` // accessible, empty, forbidden, not_found or error
	HTTPStatus int    `json:"http_status"`
	Probe      string `json:"probe"`
}

// Accessible says whether the user may work with the module, rows or none.
func (m Module) Accessible() bool { return m.Result == "accessible" || m.Result == "empty" }

// ReadStatus reads one integration of a mount, as status, check, rotate and report answer it. The name is what was asked
// for where the answer does not repeat it.
func ReadStatus(mount, name string, said []byte) (Status, error) {
	status := Status{Mount: mount, Name: name}
	if err := json.Unmarshal(said, &status); err != nil {
		return Status{}, fmt.Errorf("read the status of %s/%s: %w", mount, name, err)
	}
	status.Said = json.RawMessage(said)
	return status, nil
}
