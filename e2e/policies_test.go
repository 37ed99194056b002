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
