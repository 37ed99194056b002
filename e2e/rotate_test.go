package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const day = 24 * time.Hour

func TestRotationIsProvedServedAndTold(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			m := newMount(t, sharedVault(t), "")
			pod := startRotatingPod(t, oraclesim.Switches{})
			r := m.addRotating(pod, "gl", w)
			before := m.read("creds/gl").want(http.StatusOK)
			for n := 1; n <= 3; n++ {
				answered := m.write("rotate/gl", nil).want(http.StatusOK).has(fields{
					"state": "ok", "rotation_phase": "idle", "credential_version": n + 1, "last_rotation_error": nil,
				})
				if len(answered.Warnings) > 0 && w != byItself {
					t.Errorf("rotation %d warns: %q", n, answered.Warnings)
				}
				after := m.read("creds/gl").want(http.StatusOK).has(fields{"credential_version": n + 1})
				if fault := r.lost(pod.Pod(), after); fault != "" || after.text("password") == before.text("password") {
					t.Fatalf("rotation %d: %s; the password is new: %t", n, fault, after.text("password") != before.text("password"))
				}
				if moved := after.text("username") != before.text("username"); moved != (w == asPair) {
					t.Errorf("rotation %d: the user name was %s and is %s", n, before.text("username"), after.text("username"))
				}
				if answered.text("last_rotation_time") != after.text("last_vault_rotation") {
					t.Errorf("status says rotated at %s, creds at %s", answered.text("last_rotation_time"), after.text("last_vault_rotation"))
				}
				before = after
			}
			wantRotationsTold(t, m, 3)
			if n := passwordChanges(pod, r); n != 3 {
				t.Errorf("three rotations changed passwords %d times", n)
			}
		})
	}
}

// wantRotationsTold looks for so many rotations in what the mount remembers of them.
func wantRotationsTold(t *testing.T, m mount, rotations int) {
	t.Helper()
	var versions []string
	events, _ := m.read("history/gl").want(http.StatusOK).Data["events"].([]any)
	for _, event := range events {
		if e := event.(map[string]any); e["kind"] == "rotation" {
			versions = append(versions, fmt.Sprint(e["credential_version"]))
			if e["actor"] == nil || e["actor"] == "" || e["to_state"] != "ok" {
				t.Errorf("the history has %v, want who rotated, and ok", e)
			}
		}
	}
	slices.Sort(versions)
	if len(versions) != rotations || versions[0] != "2" || versions[rotations-1] != fmt.Sprint(rotations+1) {
		t.Errorf("the history has rotations to the versions %v, want %d of them: %v", versions, rotations, events)
	}
}

// passwordChanges counts how often the passwords of an integration's users were changed in Oracle.
func passwordChanges(pod *oraclesim.Server, r rotating) (n int) {
	for _, user := range r.users {
		n += len(pod.Pod().PasswordChanges(user))
	}
	return n
}

func TestRotateAsksForTheVersionThatItsCallerKnows(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", throughDomain)
	m.write("rotate/gl", fields{"cas": 2}).want(http.StatusBadRequest).says("credential_version is 1")
	m.write("rotate/gl", fields{"cas": 1}).want(http.StatusOK).has(fields{"credential_version": 2})
	m.write("rotate/gl", fields{"cas": 1}).want(http.StatusBadRequest)
	m.write("rotate/absent", nil).want(http.StatusNotFound)
	if n := passwordChanges(pod, r); n != 1 {
		t.Errorf("one rotation was permitted, and the password was changed %d times", n)
	}
}

func TestPasswordPolicyOfVaultMakesThePassword(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", throughFusion)
	m.passwordPolicy("abcdefghij", 27)
	m.write("policies/named", fields{"password_policy": m.path}).want(http.StatusNoContent)
	m.patch("integrations/gl", fields{"policy": "named"}).want(http.StatusOK)
	m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": 2})
	if got := m.read("creds/gl").text("password"); !regexp.MustCompile(`^[a-jA-Z0-9]{27}$`).MatchString(got) {
		t.Errorf("the password is not what the policy makes: %d characters", len(got))
	}
	// Without it, the next one is by the built-in generator again.
	m.write("policies/named", fields{"password_length": 40}).want(http.StatusNoContent)
	m.patch("policies/named", fields{"password_policy": nil}).want(http.StatusNoContent)
	m.write("rotate/gl", nil).want(http.StatusOK)
	if got := m.read("creds/gl").text("password"); len(got) != 40 {
		t.Errorf("the built-in generator made %d characters, want password_length, 40", len(got))
	}
	// A policy that Oracle would refuse costs nothing but a message.
	m.write("policies/named", fields{"password_policy": m.path}).want(http.StatusNoContent)
	if _, err := m.client.Logical().DeleteWithContext(t.Context(), "sys/policies/password/"+m.path); err != nil {
		t.Fatal(err)
	}
	m.write("rotate/gl", nil).want(http.StatusOK).says("not rotated").has(fields{"credential_version": 3, "rotation_phase": "idle", "state": "ok"})
}

// passwordPolicy writes a password policy of Vault under the mount's name: small letters, capitals and digits.
func (m mount) passwordPolicy(small string, length int) {
	m.t.Helper()
	rules := fmt.Sprintf("length = %d\n", length)
	for _, charset := range []string{small, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		rules += fmt.Sprintf("rule \"charset\" {\n charset = %q\n min-chars = 1\n}\n", charset)
	}
	_, err := m.client.Logical().WriteWithContext(m.t.Context(), "sys/policies/password/"+m.path, map[string]any{"policy": rules})
	mustDo(m.t, err)
}

// An old password is due at once; whoever asks for a sweep then has it rotated.
func TestSweepRotatesWhatIsDue(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	m.write("config", fields{"disable_automated_sweep": true}).want(http.StatusNoContent)
	m.write("policies/soon", fields{"rotate_before_expiry": "30d"}).want(http.StatusNoContent)
	r := m.addRotating(pod, "gl", throughFusion)
	m.patch("integrations/gl", fields{"policy": "soon"}).want(http.StatusOK)
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"rotated": 0})
	old := time.Now().Add(-61 * day).UTC().Format(time.RFC3339)
	m.patch("integrations/gl", fields{"password_set_time": old}).want(http.StatusOK)

	m.write("sweep", fields{"dry_run": true}).want(http.StatusOK).has(fields{"due": 1, "rotated": 0}).sweeps("gl", "rotate")
	m.write("integrations/gl", fields{"paused_until": time.Now().Add(time.Hour).Format(time.RFC3339), "pause_reason": "month end"}).want(http.StatusOK)
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"rotated": 0})
	m.patch("integrations/gl", fields{"paused_until": nil, "pause_reason": nil}).want(http.StatusOK)
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"due": 1, "rotated": 1, "failed": 0, "checked": 0, "remaining": 0}).sweeps("gl", "rotate")
	m.read("status/gl").want(http.StatusOK).has(fields{"credential_version": 2, "rotation_phase": "idle", "password_set_source": "engine"})
	if fault := r.lost(pod.Pod(), m.read("creds/gl")); fault != "" {
		t.Error(fault)
	}
	m.write("sweep", fields{"wait": 10}).want(http.StatusOK).has(fields{"due": 0, "rotated": 0})
}

// sweeps complains unless a sweep did this with one name, and with no other.
func (a answer) sweeps(name, action string) {
	a.t.Helper()
	rows, _ := a.Data["results"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["name"] != name || rows[0].(map[string]any)["action"] != action {
		a.t.Errorf("the sweep has %v, want %s of %s", rows, action, name)
	}
}

// The same with nobody asking, in every way.
func TestEngineRotatesByItselfWhatIsDue(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	m.write("policies/soon", fields{"rotate_before_expiry": "30d"}).want(http.StatusNoContent)
	old := time.Now().Add(-61 * day)
	for _, w := range ways() {
		m.addAged(pod, string(w), w, old)
		m.read("creds/" + string(w)).want(http.StatusOK).has(fields{"ttl": nil, "rotation_period": nil})
		m.patch("integrations/"+string(w), fields{"policy": "soon", "password_set_time": old.Format(time.RFC3339)}).want(http.StatusOK)
	}
	for _, w := range ways() {
		await(t, 10*time.Second, "the sweep to rotate "+string(w), func() bool {
			return m.read("creds/"+string(w)).want(http.StatusOK).text("credential_version") == "2"
		})
		creds := m.read("creds/" + string(w)).has(fields{"rotation_period": 60 * 86400, "ttl": 3600, "rotation_schedule": nil})
		if set, err := time.Parse(time.RFC3339, creds.text("last_vault_rotation")); err != nil || time.Since(set).Abs() > time.Minute {
			t.Errorf("%s: last_vault_rotation is %s (%v), want now", w, creds.text("last_vault_rotation"), err)
		}
		next, err := time.Parse(time.RFC3339, m.read("status/"+string(w)).text("next_rotation_time"))
		if ahead := time.Until(next); err != nil || ahead < 50*day || ahead > 61*day {
			t.Errorf("%s: the next rotation is in %s (%v), want about 60 days", w, ahead, err)
		}
	}
}

func TestRotationPeriodCountsDownTheTTL(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", asPair)
	m.write("policies/each", fields{"rotation_period": "30m"}).want(http.StatusNoContent)
	m.patch("integrations/gl", fields{"policy": "each"}).want(http.StatusOK)
	creds := m.read("creds/gl").want(http.StatusOK).has(fields{"rotation_period": 1800})
	if ttl, err := time.ParseDuration(creds.text("ttl") + "s"); err != nil || ttl < 26*time.Minute || ttl > 30*time.Minute {
		t.Errorf("ttl is %s, want the half hour less up to a tenth", creds.text("ttl"))
	}
	m.patch("policies/each", fields{"rotation_period": nil, "rotation_schedule": "0 3 * * 0", "rotation_window": "2h"}).want(http.StatusNoContent)
	m.read("creds/gl").want(http.StatusOK).has(fields{"rotation_period": 7 * 86400, "rotation_schedule": nil})
	m.patch("policies/each", fields{"disable_automated_rotation": true}).want(http.StatusNoContent)
	m.read("creds/gl").want(http.StatusOK).has(fields{"rotation_period": nil, "ttl": nil})
	m.read("status/gl").want(http.StatusOK).has(fields{"next_rotation_time": nil})
}

func TestDirectoryRotatesItsOwnPassword(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	r := m.addRotating(pod, "gl", throughFusion)
	m.addRotating(pod, "other", throughDomain)
	for range 2 {
		m.write("directories/gl/rotate", nil).want(http.StatusOK).has(fields{"state": "ok", "rotation_phase": "idle", "password": nil, "last_rotation_error": nil})
	}
	if changes := pod.Pod().PasswordChanges("ADMIN_GL"); len(changes) != 2 {
		t.Errorf("the administrator's password was changed %d times, want 2", len(changes))
	}
	// It still opens the door.
	m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": 2, "rotation_phase": "idle"})
	if fault := r.lost(pod.Pod(), m.read("creds/gl")); fault != "" {
		t.Error(fault)
	}
	adopted := setElsewhere(t, pod, "ADMIN_GL")
	m.write("directories/gl/reconcile", fields{"action": "adopt", "password": newPassword()}).want(http.StatusBadRequest).says("Oracle refused this password")
	m.write("directories/gl/reconcile", fields{"action": "adopt", "password": adopted}).want(http.StatusOK).has(fields{"state": "ok"})
	m.write("rotate/gl", nil).want(http.StatusOK).has(fields{"credential_version": 3})
	m.write("directories/other/rotate", nil).want(http.StatusBadRequest).says("only a fusion directory")
	m.write("directories/absent/rotate", nil).want(http.StatusNotFound)
}
