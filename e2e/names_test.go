package e2e_test

import (
	"net/http"
	"testing"
)

func TestUnknownNamesAre404OnEveryOperation(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	for _, path := range []string{"integrations", "creds", "connector", "status", "policies"} {
		m.read(path + "/absent").want(http.StatusNotFound).says("absent")
	}
	m.write("check/absent", nil).want(http.StatusNotFound).says("absent")
	m.patch("integrations/absent", fields{"timeout": 5}).want(http.StatusNotFound).says("absent")
	m.patch("policies/absent", fields{"failure_threshold": 5}).want(http.StatusNotFound).says("absent")
}

func TestDeletingAnUnknownNameIs204(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	for _, path := range []string{"integrations/absent", "policies/absent", "policies/default", "config"} {
		m.delete(path).want(http.StatusNoContent)
	}
}

func TestEmptyListsAre404AsVaultHasIt(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	for _, path := range []string{"integrations", "creds", "status"} {
		m.list(path).want(http.StatusNotFound)
	}
}

func TestNamesThatDoNotFitAreRefusedWithTheRule(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	for _, name := range []string{"a b", "a/b", "-a", ".a", "a$", "ä"} {
		m.write("integrations/"+name, fields{"username": user}).want(http.StatusBadRequest).says("names are letters")
		m.read("creds/" + name).want(http.StatusBadRequest).says("names are letters")
	}
	m.read("absent").want(http.StatusNotFound)
}
