package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// way is how an integration's password is set.
type way string

const (
	throughFusion way = "fusion"
	throughDomain way = "identity_domain"
	byItself      way = "self_managed"
	asPair        way = "pair"
)

func ways() []way { return []way{throughFusion, throughDomain, byItself, asPair} }

// rotating is an integration whose password can be rotated, with a directory of its own, so that what befalls one does
// not hold another back.
type rotating struct {
	name    string
	way     way
	users   []string // of a pair, two
	written fields   // as it was created
}

// startRotatingPod serves a pod with an identity domain, without users.
func startRotatingPod(t *testing.T, switches oraclesim.Switches) *oraclesim.Server {
	t.Helper()
	pod, err := oraclesim.Start(oraclesim.Config{Switches: switches, Domain: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pod.Close)
	return pod
}

// addRotating makes a user, whoever sets its password, and the integration.
func (m mount) addRotating(pod *oraclesim.Server, name string, w way) rotating {
	m.t.Helper()
	return m.addAged(pod, name, w, time.Time{})
}

// addAged does it with passwords that were set in Oracle at some time; zero: now.
func (m mount) addAged(pod *oraclesim.Server, name string, w way, set time.Time) rotating {
	m.t.Helper()
	user := "API_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	password := newPassword()
	mustDo(m.t, pod.Pod().AddUser(oraclesim.User{Name: user, Password: password, PasswordSet: set, IdentityAdmin: w == byItself}))
	r := rotating{name: name, way: w, users: []string{user}, written: integration(pod, user, password)}
	switch w {
	case throughFusion, asPair:
		m.addFusion(pod, name)
	case throughDomain:
		m.addDomain(pod, name)
	case byItself:
		r.written = r.written.with(fields{"self_managed": true, "accept_broad_privilege": true})
	}
	if w != byItself {
		r.written = r.written.with(fields{"directory": name})
	}
	if w == asPair {
		other, secret := user+"_B", newPassword()
		mustDo(m.t, pod.Pod().AddUser(oraclesim.User{Name: other, Password: secret, PasswordSet: set}))
		r.users = append(r.users, other)
		r.written = r.written.with(fields{"standby_username": other, "standby_password": secret})
	}
	m.write("integrations/"+name, r.written).want(200).has(fields{"state": "ok"})
	return r
}

func (m mount) addFusion(pod *oraclesim.Server, name string) {
	m.t.Helper()
	admin, secret := "ADMIN_"+strings.ToUpper(name), newPassword()
	mustDo(m.t, pod.Pod().AddUser(oraclesim.User{Name: admin, Password: secret, IdentityAdmin: true}))
	m.write("directories/"+name, fusionDirectory(pod, secret).with(fields{"username": admin})).want(200)
}

func (m mount) addDomain(pod *oraclesim.Server, name string) {
	m.t.Helper()
	client, secret := "client-"+name, newPassword()
	mustDo(m.t, pod.Pod().AddClient(oraclesim.Client{ID: client, Secret: secret}))
	m.write("directories/"+name, domainDirectory(pod, secret).with(fields{"client_id": client})).want(200)
}

// setsPassword says whether a request asks a pod or its domain to set a password.
func setsPassword(r oraclesim.Request) bool {
	return r.Method == "PATCH" && strings.HasPrefix(r.Path, "/hcmRestApi/scim/") ||
		r.Method == "PUT" && strings.HasPrefix(r.Path, "/admin/v1/UserPasswordChanger")
}

// lost says what is wrong with what creds serves, by the pod itself and without a login; empty when nothing.
func (r rotating) lost(pod *oraclesim.Pod, creds answer) string {
	if username := creds.text("username"); !pod.HasPassword(username, creds.text("password")) {
		return fmt.Sprintf("creds/%s serves a password of %s that is not the live one", r.name, username)
	}
	for _, user := range r.users {
		switch state, err := pod.State(user); {
		case err != nil:
			return err.Error()
		case state.Locked || state.Locks > 0:
			return fmt.Sprintf("%s was locked %d times", user, state.Locks)
		}
	}
	return ""
}
