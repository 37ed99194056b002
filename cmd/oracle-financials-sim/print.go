package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// printState prints one fact a line: name, a space, value. A time that there is none of is "-".
func printState(w io.Writer, s oraclesim.State) error {
	lines := [][2]string{
		{"name", s.Name},
		{"id", s.ID},
		{"domain_id", s.DomainID},
		{"disabled", fmt.Sprint(s.Disabled)},
		{"federated", fmt.Sprint(s.Federated)},
		{"identity_admin", fmt.Sprint(s.IdentityAdmin)},
		{"must_change", fmt.Sprint(s.MustChange)},
		{"locked", fmt.Sprint(s.Locked)},
		{"locked_until", instant(s.LockedUntil)},
		{"api_locked_until", instant(s.APILockedUntil)},
		{"expired", fmt.Sprint(s.Expired)},
		{"password_set_time", instant(s.PasswordSet)},
		{"password_expiry_time", instant(s.PasswordExpiry)},
		{"failed_in_a_row", fmt.Sprint(s.FailedInARow)},
		{"refused_in_a_row_max", fmt.Sprint(s.RefusedInARowMax)},
		{"locks", fmt.Sprint(s.Locks)},
	}
	for _, role := range s.Roles {
		lines = append(lines, [2]string{"role", role.Code + " " + role.Name})
	}
	for _, module := range slices.Sorted(maps.Keys(s.Access)) {
		lines = append(lines, [2]string{"access " + string(module), string(s.Access[module])})
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(w, "%-21s %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

// printFields prints a flat JSON object, one key=value a line in the order of the keys, so that a line can be
// given back to "switch set".
func printFields(w io.Writer, object []byte) error {
	var fields map[string]any
	if err := json.Unmarshal(object, &fields); err != nil {
		return fmt.Errorf("read the simulator's answer: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if _, err := fmt.Fprintf(w, "%s=%v\n", key, fields[key]); err != nil {
			return err
		}
	}
	return nil
}
