package e2e_test

import (
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What Vault Enterprise has beside is neither missed nor mentioned on the community edition: a schedule of rotation is
// written without a warning, and the engine keeps it.
func TestCommunityEditionIsNotToldOfARotationManager(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	m.write("policies/monthly", fields{"rotation_period": "30d"}).want(http.StatusNoContent)
	m.patch("policies/monthly", fields{"rotation_schedule": "0 2 1 * *", "rotation_window": "2h"}).want(http.StatusNoContent)
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", throughFusion)
	r.written = r.written.with(fields{"policy": "monthly", "password_set_time": m.read("status/gl").text("password_set_time")})
	written := m.write("integrations/gl", r.written).want(http.StatusOK).has(fields{"state": "ok"})
	if len(written.Warnings) != 0 {
		t.Errorf("the write of an integration that is rotated by schedule warns of %q", written.Warnings)
	}
	if next := m.read("status/gl").want(http.StatusOK).text("next_rotation_time"); next == "" {
		t.Error("status tells no next rotation")
	}
	m.patch("policies/monthly", fields{"disable_automated_rotation": true}).want(http.StatusNoContent)
	m.delete("integrations/gl").want(http.StatusNoContent)
	m.delete("policies/monthly").want(http.StatusNoContent)
}
