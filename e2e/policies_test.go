package e2e_test

import (
	"net/http"
	"testing"
)

func TestPoliciesAreCreatedUsedAndDeleted(t *testing.T) {
	t.Parallel()
	m, _, _ := proved(t, sharedVault(t))
	m.list("policies").want(http.StatusOK).has(fields{"keys": []string{"default"}})
	m.write("policies/nightly", fields{"check_schedule": "30 2 * * *", "expiry_warning": "21d"}).want(http.StatusNoContent)
	m.list("policies").want(http.StatusOK).has(fields{"keys": []string{"default", "nightly"}})
	m.read("policies/nightly").want(http.StatusOK).has(fields{
		"check_schedule": "30 2 * * *", "check_period": nil, "expiry_warning": 21 * 86400, "password_max_age": 90 * 86400,
		"failure_threshold": 3, "login_failure_budget": 2, "operator_login_budget": 2, "operator_login_window": 3600, "hold_period": 86400,
	})

	m.write("integrations/gl", fields{"policy": "absent"}).want(http.StatusBadRequest).says("policy does not exist")
	m.write("integrations/gl", fields{"policy": "nightly"}).want(http.StatusOK)
	m.delete("policies/nightly").want(http.StatusBadRequest).says("gl")
	m.read("policies/nightly").want(http.StatusOK)
	m.write("integrations/gl", fields{"policy": "default"}).want(http.StatusOK)
	m.delete("policies/nightly").want(http.StatusNoContent)
	m.read("policies/nightly").want(http.StatusNotFound)

	// The default can be overwritten, and deleting it restores it.
	m.write("policies/default", fields{"check_period": "2h"}).want(http.StatusNoContent)
	m.read("policies/default").want(http.StatusOK).has(fields{"check_period": 7200})
	m.delete("policies/default").want(http.StatusNoContent)
	m.read("policies/default").want(http.StatusOK).has(fields{"check_period": 3600})
}

func TestPolicyPatchKeepsWhatIsOmittedAndNullRestoresTheDefault(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	m.write("policies/p", fields{"check_period": "2h", "failure_threshold": 7, "hold_period": 0}).want(http.StatusNoContent)
	m.patch("policies/p", fields{"failure_threshold": 5}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"check_period": 7200, "failure_threshold": 5, "hold_period": 0})
	m.patch("policies/p", fields{"check_period": nil, "failure_threshold": nil, "hold_period": nil}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"check_period": 3600, "failure_threshold": 3, "hold_period": 86400})
	m.patch("policies/p", fields{"check_schedule": "0 6 * * 1-5"}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"check_schedule": "0 6 * * 1-5", "check_period": nil})
	m.patch("policies/p", fields{"check_schedule": nil}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"check_schedule": nil, "check_period": 3600})
}

func TestPoliciesRefuseWhatWouldHarm(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	m.write("policies/p", fields{"check_period": "2h"}).want(http.StatusNoContent)
	for name, sent := range map[string]fields{
		"a minute is the shortest period": {"check_period": 59},
		"both schedules":                  {"check_period": 60, "check_schedule": "* * * * *"},
		"a cron expression with a zone":   {"check_schedule": "TZ=0 * * * *"},
		"six fields":                      {"check_schedule": "* * * * * *"},
		"a day that never comes":          {"check_schedule": "0 0 30 2 *"},
		"more logins than Oracle allows":  {"login_failure_budget": 3},
		"no login for people":             {"operator_login_budget": 0},
		"a window of a second":            {"operator_login_window": 1},
		"a hold of a second":              {"hold_period": 1},
		"a negative number":               {"failure_threshold": -1},
		"a rotation each second":          {"rotation_period": 1},
		"both schedules of rotation":      {"rotation_period": 86400, "rotation_schedule": "0 2 * * *"},
		"a rotation in another zone":      {"rotation_schedule": "TZ=UTC 0 2 * * *"},
		"a window without a schedule":     {"rotation_window": 3600},
		"a window of a minute":            {"rotation_schedule": "0 2 * * *", "rotation_window": 60},
		"a rotation before it was set":    {"rotate_before_expiry": "91d"},
		"a rotation before no expiry":     {"rotate_before_expiry": "14d", "password_max_age": 0},
		"a password policy that is not":   {"password_policy": "absent"},
		"a password policy that climbs":   {"password_policy": "../absent"},
		"a short password":                {"password_length": 8},
		"an unknown field":                {"check_perod": 60},
		"a wrong type":                    {"check_period": []int{60}},
	} {
		if got := m.write("policies/p", sent); got.status != http.StatusBadRequest || len(got.Errors) != 1 {
			t.Errorf("%s: status %d %q, want 400 and one sentence", name, got.status, got.Errors)
		}
		if got := m.write("policies/new", sent); got.status != http.StatusBadRequest {
			t.Errorf("%s, on create: status %d", name, got.status)
		}
	}
	m.read("policies/p").want(http.StatusOK).has(fields{"check_period": 7200})
	m.read("policies/new").want(http.StatusNotFound)
}

func TestPolicySaysWhenToRotate(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m := newMount(t, server, "")
	m.write("policies/p", fields{"rotation_period": "30d", "rotate_before_expiry": "14d"}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{
		"rotation_period": 30 * 86400, "rotation_schedule": nil, "rotation_window": nil, "rotate_before_expiry": 14 * 86400,
		"disable_automated_rotation": false, "password_policy": nil, "password_length": 24,
	})
	m.patch("policies/p", fields{"rotation_schedule": "0 3 * * 0", "rotation_window": "2h"}).want(http.StatusNoContent)
	read := m.read("policies/p").want(http.StatusOK).has(fields{"rotation_period": nil, "rotation_schedule": "0 3 * * 0", "rotation_window": 7200})
	m.write("policies/p", read.Data).want(http.StatusNoContent)
	m.patch("policies/p", fields{"rotation_schedule": nil, "rotate_before_expiry": nil}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"rotation_period": nil, "rotation_schedule": nil, "rotation_window": nil, "rotate_before_expiry": 0})
}

// A slip in the name of a Vault password policy shows when it is written, not in the night of the first rotation.
func TestPolicyNamesAPasswordPolicyOfVault(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m := newMount(t, server, "")
	name := m.path // Vault's password policies are shared by all its mounts
	m.write("policies/p", fields{"password_policy": name}).want(http.StatusBadRequest).says("no password could be drawn")
	m.read("policies/p").want(http.StatusNotFound)
	const rules = "length = 20\nrule \"charset\" { charset = \"abcdefghij\" }"
	if _, err := m.client.Logical().WriteWithContext(t.Context(), "sys/policies/password/"+name, map[string]any{"policy": rules}); err != nil {
		t.Fatal(err)
	}
	m.write("policies/p", fields{"password_policy": name}).want(http.StatusNoContent)
	m.read("policies/p").want(http.StatusOK).has(fields{"password_policy": name})
}
