package e2e_test

import (
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// The audit device is on, as on every Vault here; what it wrote is searched after the tests.
func TestWrongPasswordIsRefusedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	right := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: right})
	m := newMount(t, sharedVault(t), "")
	m.write("integrations/gl", integration(pod, user, newPassword())).want(http.StatusBadRequest).says("nothing was stored: Oracle refused")
	wantNothingStored(t, m)
	if all, refused := logins(pod, user), refusals(pod, user); all != 1 || refused != 1 {
		t.Errorf("the pod saw %d logins, %d of them refused, want exactly one", all, refused)
	}
	// The right one goes in on the people's second login of this window.
	m.write("integrations/gl", integration(pod, user, right)).want(http.StatusOK).has(fields{"credential_version": 1, "state": "ok"})
}

func TestWrongPasswordLeavesTheStoredOne(t *testing.T) {
	t.Parallel()
	m, pod, password := proved(t, sharedVault(t))
	before := m.read("creds/gl").want(http.StatusOK)
	m.patch("integrations/gl", fields{"password": newPassword()}).want(http.StatusBadRequest).says("nothing was stored")
	m.read("creds/gl").want(http.StatusOK).has(before.Data).has(fields{"password": password, "credential_version": 1})
	if n := refusals(pod, user); n != 1 {
		t.Errorf("the pod refused %d logins, want one", n)
	}
}

func TestPeopleCannotLockAnAccountByWriting(t *testing.T) {
	t.Parallel()
	pod := startPod(t, oraclesim.User{Name: user, Password: newPassword()})
	m := newMount(t, sharedVault(t), "")
	for range 2 {
		m.write("integrations/gl", integration(pod, user, newPassword())).want(http.StatusBadRequest).says("Oracle refused")
	}
	// Neither another name nor a deletion gives the account new logins.
	m.delete("integrations/gl").want(http.StatusNoContent)
	for range 5 {
		m.write("integrations/other", integration(pod, user, newPassword())).want(http.StatusBadRequest).says("operator_login_budget is spent")
	}
	if n := refusals(pod, user); n != 2 {
		t.Errorf("people spent %d logins, want operator_login_budget, 2", n)
	}
	wantNothingStored(t, m)
}

func TestWriteIsRefusedWithItsCause(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*oraclesim.Pod) error
		sent    fields
		says    string
		logins  int
	}{
		"a module forbidden": {
			func(p *oraclesim.Pod) error { return p.SetPrivilege(user, oraclesim.Payables, oraclesim.AccessDenied) },
			fields{"modules": "GL,AP"},
			"no privilege for AP", 2,
		},
		"every module missing": {
			func(p *oraclesim.Pod) error { return p.RemoveModule(oraclesim.FixedAssets) },
			fields{"modules": "FA"},
			"nothing was stored", 1,
		},
		"an HTML page": {
			func(p *oraclesim.Pod) error { return p.Inject(oraclesim.Fault{Kind: oraclesim.FaultSSOPage}) },
			nil, "not Oracle's REST API", 0,
		},
		"a pod that is down": {
			func(p *oraclesim.Pod) error { return p.SetDown(true) }, fields{"retry_attempts": 0}, "cannot be reached", 0,
		},
		"an unknown authority": {
			func(*oraclesim.Pod) error { return nil }, fields{"ca_cert": ""}, "failed TLS", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			password := newPassword()
			pod := startPod(t, oraclesim.User{Name: user, Password: password})
			m := newMount(t, sharedVault(t), "")
			if err := test.prepare(pod.Pod()); err != nil {
				t.Fatal(err)
			}
			m.write("integrations/gl", integration(pod, user, password).with(test.sent)).want(http.StatusBadRequest).says(test.says)
			wantNothingStored(t, m)
			if n := logins(pod, user); n != test.logins {
				t.Errorf("the pod saw %d logins, want %d", n, test.logins)
			}
		})
	}
}

// wantNothingStored asks for the integration in every way.
func wantNothingStored(t *testing.T, m mount) {
	t.Helper()
	for _, path := range []string{"integrations", "creds", "connector", "status"} {
		m.read(path + "/gl").want(http.StatusNotFound)
	}
	for _, path := range []string{"integrations", "creds", "status"} {
		m.list(path).want(http.StatusNotFound)
	}
	m.read("report").want(http.StatusOK).has(fields{"counts": map[string]any{}, "integrations": []any{}})
}
