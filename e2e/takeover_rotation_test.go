package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Users of the tests below: the operator knows the passwords of two, and of none of the victims'. The directories permit
// them all by API_*, so that only what the engine itself asks for stands between: a login with the stored password.
const (
	ownUser      = "API_OWN"
	otherOwnUser = "API_OWN_B"
	victimUser   = "API_VICTIM"
)

// prey is a stage on which an operator may try to take the victim over.
type prey struct {
	mount            // as the operator
	pod              *oraclesim.Server
	own, otherOwn    string // passwords
	directory        string
	passwordOfVictim string // which the operator does not know
}

// hunt plays an attack through each kind of directory, and counts what became of the victim's password.
func hunt(t *testing.T, attack func(p prey)) {
	t.Helper()
	for _, directory := range []string{"fusion", "domain"} {
		t.Run(directory, func(t *testing.T) {
			t.Parallel()
			m, pod, _ := administered(t, oraclesim.Switches{})
			p := prey{mount: m.person(operatorPolicy), pod: pod, own: newPassword(), otherOwn: newPassword(), directory: directory, passwordOfVictim: newPassword()}
			for name, password := range map[string]string{ownUser: p.own, otherOwnUser: p.otherOwn, victimUser: p.passwordOfVictim} {
				mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: name, Password: password}))
			}
			// What is due is rotated by itself, too.
			m.write("policies/soon", fields{"rotate_before_expiry": "80d"}).want(http.StatusNoContent)
			attack(p)
			takeOver(p.mount)
			wantUnchanged(t, pod, victimUser)
			if !pod.Pod().HasPassword(victimUser, p.passwordOfVictim) {
				t.Error("the victim's password is another one")
			}
			for _, login := range pod.Pod().Logins(victimUser) {
				if login.Accepted {
					t.Errorf("somebody logged in as the victim: %+v", login)
				}
			}
		})
	}
}

// with is an integration of a user, due to be rotated, with the directory.
func (p prey) with(username, password string, more fields) fields {
	return integration(p.pod, username, password).with(fields{
		"directory": p.directory, "policy": "soon", "password_set_time": time.Now().Add(-60 * day).Format(time.RFC3339),
	}).with(more)
}

// What is added to a write: unproved, that nobody proves it, and restful, that the schedule leaves it alone.
var (
	unproved = fields{"verify_connection": false}
	restful  = fields{"policy": "default"}
)

func TestNobodyIsRotatedWhoNeverLoggedIn(t *testing.T) {
	t.Parallel()
	hunt(t, func(p prey) {
		p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
	})
}

func TestNameThatLoggedInIsNoLicenceForAnother(t *testing.T) {
	t.Parallel()
	for name, attack := range map[string]func(p prey){
		"the user name is changed": func(p prey) {
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		},
		"there and back again": func(p prey) {
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
			takeOver(p.mount)
			p.write("integrations/prey", p.with(ownUser, newPassword(), unproved)).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		},
		"in other letters": func(p prey) {
			p.write("integrations/prey", p.with("api_victim", newPassword(), unproved)).want(http.StatusOK)
		},
		"deleted and created": func(p prey) {
			p.delete("integrations/prey").want(http.StatusNoContent)
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		},
		"deleted, created, and written before it is proved": func(p prey) {
			p.delete("integrations/prey").want(http.StatusNoContent)
			p.write("integrations/prey", p.with(ownUser, newPassword(), unproved)).want(http.StatusOK)
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hunt(t, func(p prey) {
				p.write("integrations/prey", p.with(ownUser, p.own, restful)).want(http.StatusOK).has(fields{"state": "ok"})
				attack(p)
				p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			})
		})
	}
}

// A user of the same name on a pod of the operator's own proves nothing on this one.
func TestLoginOnAnotherPodIsNoLicence(t *testing.T) {
	t.Parallel()
	hunt(t, func(p prey) {
		known := newPassword()
		elsewhere := startPod(p.t, oraclesim.User{Name: victimUser, Password: known})
		p.write("integrations/prey", integration(elsewhere, victimUser, known)).want(http.StatusOK).has(fields{"state": "ok"})
		p.write("integrations/prey", p.with(victimUser, known, unproved)).want(http.StatusOK)
		p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
		p.write("integrations/prey", integration(elsewhere, victimUser, known).with(fields{"directory": ""})).want(http.StatusOK)
		p.write("integrations/prey", p.with(victimUser, newPassword(), unproved)).want(http.StatusOK)
		p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
	})
}

func TestPairIsNoWayToSomebodyElse(t *testing.T) {
	t.Parallel()
	standby := func(username, password string) fields {
		return fields{"standby_username": username, "standby_password": password}
	}
	for name, attack := range map[string]func(p prey){
		"the standby is the victim": func(p prey) {
			p.write("integrations/prey", p.with(ownUser, p.own, standby(victimUser, newPassword()).with(unproved).with(restful))).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			p.write("integrations/prey", fields{"policy": "soon"}).want(http.StatusOK)
		},
		"the standby is the victim, and the account that is read has logged in": func(p prey) {
			p.write("integrations/prey", p.with(ownUser, p.own, restful)).want(http.StatusOK)
			p.write("integrations/prey", standby(victimUser, newPassword()).with(unproved).with(fields{"policy": "soon"})).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
		},
		"the victim is read, and becomes the standby by a rotation": func(p prey) {
			p.write("integrations/prey", p.with(ownUser, p.own, standby(otherOwnUser, p.otherOwn).with(restful))).want(http.StatusOK)
			p.write("integrations/prey", p.with(victimUser, newPassword(), unproved).with(restful)).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusOK) // of the operator's own user, who may
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			p.write("integrations/prey", fields{"policy": "soon"}).want(http.StatusOK)
		},
		"a standby that logged in is renamed": func(p prey) {
			p.write("integrations/prey", p.with(ownUser, p.own, standby(otherOwnUser, p.otherOwn).with(restful))).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusOK)
			p.write("integrations/prey", standby(victimUser, newPassword()).with(unproved)).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			p.write("integrations/prey", standby(ownUser, newPassword()).with(unproved)).want(http.StatusOK)
			p.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
			p.write("integrations/prey", standby(victimUser, newPassword()).with(unproved).with(fields{"policy": "soon"})).want(http.StatusOK)
		},
		"a pair is ended and begun with the victim": func(p prey) {
			p.write("integrations/prey", p.with(ownUser, p.own, standby(otherOwnUser, p.otherOwn).with(restful))).want(http.StatusOK)
			p.write("integrations/prey", standby("", "")).want(http.StatusOK)
			p.write("integrations/prey", standby(victimUser, newPassword()).with(unproved).with(fields{"policy": "soon"})).want(http.StatusOK)
		},
		"nobody whom the directory does not permit": func(p prey) {
			for _, name := range []string{"CFO", adminUser, "XAPI_1"} {
				p.write("integrations/prey", p.with(ownUser, p.own, standby(name, newPassword()).with(unproved))).
					want(http.StatusBadRequest).says("standby_username: the directory's")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hunt(t, attack)
		})
	}
}

// A user who may set his own password may set, in Oracle, everybody's. The engine uses that for nobody else.
func TestSelfManagedUserSetsOnlyItsOwnPassword(t *testing.T) {
	t.Parallel()
	m, pod, _ := administered(t, oraclesim.Switches{})
	operator, own := m.person(operatorPolicy), newPassword()
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: ownUser, Password: own, IdentityAdmin: true}))
	mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: victimUser, Password: newPassword(), IdentityAdmin: true}))
	self := fields{"self_managed": true, "accept_broad_privilege": true}
	operator.write("integrations/prey", integration(pod, ownUser, own).with(fields{"self_managed": true})).want(http.StatusBadRequest).says("accept_broad_privilege")
	operator.write("integrations/prey", integration(pod, ownUser, own).with(self)).want(http.StatusOK).says("reset any Fusion user")
	if warned := operator.read("status/prey").want(http.StatusOK).text("warnings"); !strings.Contains(warned, "reset any Fusion user") {
		t.Errorf("status warns of %q, want what self_managed gives away", warned)
	}
	operator.write("rotate/prey", nil).want(http.StatusOK).has(fields{"credential_version": 2})
	own = m.read("creds/prey").text("password")
	for _, written := range []fields{
		integration(pod, victimUser, newPassword()).with(unproved),
		integration(pod, ownUser, newPassword()).with(unproved),
		integration(pod, victimUser, own).with(unproved),
	} {
		operator.write("integrations/prey", written).want(http.StatusOK)
		operator.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
		takeOver(operator)
	}
	operator.delete("integrations/prey").want(http.StatusNoContent)
	operator.write("integrations/prey", integration(pod, victimUser, newPassword()).with(self).with(unproved)).want(http.StatusOK)
	operator.write("rotate/prey", nil).want(http.StatusBadRequest).says("nothing was rotated")
	takeOver(operator)
	wantUnchanged(t, pod, victimUser)
	if changes := pod.Pod().PasswordChanges(ownUser); len(changes) != 1 {
		t.Errorf("the user's own password was changed %d times, want by the one rotation: %+v", len(changes), changes)
	}
}
