package oracle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What the two directories show of an account in each of its states.
func TestSimulatedViews(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	simple := &oracle.PasswordRules{MinLength: 8, MaxLength: 500, MinDigits: 1}
	rules := oracle.Rules{MaxAge: pointer(90 * day), Warning: pointer(10 * day), LockAfter: pointer(5), LockDuration: pointer(time.Hour), Password: simple}
	healthy := oracle.View{
		Found: oracle.Yes, Active: oracle.Yes, Locked: oracle.No, Expired: oracle.No, MustChange: oracle.No, CannotExpire: oracle.No,
		PasswordSet: began, LoginAttempts: pointer(0), Rules: rules,
	}
	domain := func(change func(*oracle.View)) oracle.View {
		view := healthy
		change(&view)
		return view
	}
	fusion := oracle.View{Found: oracle.Yes, Active: oracle.Yes, Roles: []string{"Financial Integration Specialist"}, RolesKnown: true}
	suspended := fusion
	suspended.Active = oracle.No
	refuse := func(t *testing.T, p pod, n int) {
		t.Helper()
		for range n {
			wrong := oracle.Login{Username: user, Password: secret.New("wrong")}
			if got := ask(within(t, patience), newClient(t), p.endpoint, wrong); got.Outcome != oracle.Refused {
				t.Fatalf("a wrong password: %+v", got)
			}
		}
	}
	tests := map[string]struct {
		switches       oraclesim.Switches
		setUp          func(*testing.T, pod)
		fusion, domain oracle.View
	}{
		"healthy": {fusion: fusion, domain: healthy},
		"an accepted login": {
			setUp: func(t *testing.T, p pod) {
				t.Helper()
				refuse(t, p, 1)
				p.sim.Pod().AdvanceClock(time.Hour)
				if got := ask(within(t, patience), newClient(t), p.endpoint, login()); got.Outcome != oracle.Rows {
					t.Fatalf("the right password: %+v", got)
				}
			},
			fusion: fusion, domain: domain(func(v *oracle.View) { v.LastLogin = began.Add(time.Hour) }),
		},
		"two refused logins": {
			setUp:  func(t *testing.T, p pod) { t.Helper(); refuse(t, p, 2) },
			fusion: fusion, domain: domain(func(v *oracle.View) { v.LoginAttempts = pointer(2) }),
		},
		"locked by refused logins": {
			setUp: func(t *testing.T, p pod) { t.Helper(); refuse(t, p, 5) }, fusion: fusion,
			domain: domain(func(v *oracle.View) {
				v.Locked, v.LockReason, v.LockedSince, v.LoginAttempts = oracle.Yes, oracle.LockedByPassword, began, pointer(5)
			}),
		},
		"locked, on a pod that shows it": {
			switches: oraclesim.Switches{ActiveFlipsOnLock: true},
			setUp:    func(t *testing.T, p pod) { t.Helper(); must(t, p.sim.Pod().Lock(user)) }, fusion: suspended,
			domain: domain(func(v *oracle.View) {
				v.Locked, v.LockReason, v.LockedSince = oracle.Yes, oracle.LockedByAdministrator, began
			}),
		},
		"a lock that ended": {
			setUp: func(t *testing.T, p pod) { t.Helper(); refuse(t, p, 5); p.sim.Pod().AdvanceClock(61 * time.Minute) }, fusion: fusion, domain: healthy,
		},
		"suspended": {
			setUp: func(t *testing.T, p pod) { t.Helper(); must(t, p.sim.Pod().Disable(user)) }, fusion: suspended,
			domain: domain(func(v *oracle.View) { v.Active = oracle.No }),
		},
		"expired": {
			setUp: func(t *testing.T, p pod) { t.Helper(); p.sim.Pod().AdvanceClock(90*day + time.Second) }, fusion: fusion,
			domain: domain(func(v *oracle.View) { v.Expired = oracle.Yes }),
		},
		"set anew": {
			setUp: func(t *testing.T, p pod) {
				t.Helper()
				p.sim.Pod().AdvanceClock(40 * day)
				must(t, p.sim.Pod().SetPassword(user, "Other-1234!"))
			},
			fusion: fusion, domain: domain(func(v *oracle.View) { v.PasswordSet = began.Add(40 * day) }),
		},
		"to be changed": {
			setUp:  func(t *testing.T, p pod) { t.Helper(); must(t, p.sim.Pod().SetMustChange(user, true)) },
			fusion: fusion, domain: domain(func(v *oracle.View) { v.MustChange = oracle.Yes }),
		},
		"more roles": {
			setUp: func(t *testing.T, p pod) {
				t.Helper()
				must(t, p.sim.Pod().AddRole(user, oraclesim.Role{Code: "ORA_X", Name: "Payables Clerk"}))
			},
			fusion: oracle.View{
				Found: oracle.Yes, Active: oracle.Yes, Roles: []string{"Financial Integration Specialist", "Payables Clerk"}, RolesKnown: true,
			},
			domain: healthy,
		},
		"no roles": {
			setUp: func(t *testing.T, p pod) {
				t.Helper()
				must(t, p.sim.Pod().RemoveRole(user, oraclesim.RoleFinancialIntegrationSpecialist))
			},
			fusion: oracle.View{Found: oracle.Yes, Active: oracle.Yes, RolesKnown: true}, domain: healthy,
		},
		"another policy": {
			switches: oraclesim.Switches{LockThreshold: 3, LockDuration: 30 * time.Minute, PasswordMaxAge: oraclesim.NeverExpires, PasswordExpireWarning: 7 * day},
			fusion:   fusion,
			domain: domain(func(v *oracle.View) {
				v.CannotExpire = oracle.Yes
				v.Rules = oracle.Rules{
					MaxAge: pointer(time.Duration(0)), Warning: pointer(7 * day), LockAfter: pointer(3), LockDuration: pointer(30 * time.Minute), Password: simple,
				}
			}),
		},
		"other rules for passwords": {
			switches: oraclesim.Switches{PasswordPolicy: oraclesim.PolicyVeryComplex, ForbiddenCharacters: "<&"},
			setUp: func(t *testing.T, p pod) {
				t.Helper()
				p.sim.Pod().SetDomainRules(oraclesim.DomainRules{
					MinLength: 14, MaxLength: 30, MinLowerCase: 2, MinUpperCase: 3, MinNumerals: 4, MinSpecialChars: 5, MaxSpecialChars: 6, MinAlphas: 7,
					MinAlphaNumerals: 8, MinUniqueChars: 9, MaxRepeatedChars: 10, StartsWithAlphabet: true, AllowedChars: "cab!", RequiredChars: "!",
					DisallowedSubstrings: []string{"welcome"}, UserNameDisallowed: true,
				})
			},
			fusion: fusion,
			domain: domain(func(v *oracle.View) {
				v.Rules.Password = &oracle.PasswordRules{
					MinLength: 14, MaxLength: 30, MinLower: 2, MinUpper: 3, MinDigits: 4, MinSpecial: 5, MaxSpecial: 6, MinAlphas: 7,
					MinAlphanumerics: 8, MinUnique: 9, MaxRepeated: 10, StartsWithLetter: true, Allowed: "!abc", Forbidden: "&<", Required: "!", NoUsername: true,
				}
			}),
		},
		"a policy that cannot be read": {
			switches: oraclesim.Switches{DomainPolicyUnreadable: true}, fusion: fusion, domain: domain(func(v *oracle.View) { v.Rules = oracle.Rules{} }),
		},
		"a domain that is not the login store": {
			switches: oraclesim.Switches{DomainNotLoginStore: true},
			setUp:    func(t *testing.T, p pod) { t.Helper(); refuse(t, p, 5) }, fusion: fusion, domain: healthy,
		},
		"deleted": {
			setUp:  func(t *testing.T, p pod) { t.Helper(); must(t, p.sim.Pod().RemoveUser(user)) },
			fusion: oracle.View{Found: oracle.No}, domain: oracle.View{Found: oracle.No},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, fusion, domain := startDirectories(t, test.switches)
			id, err := p.sim.Pod().State(user)
			must(t, err)
			if test.fusion.Found == oracle.Yes {
				test.fusion.ID, test.domain.ID = id.ID, id.DomainID
			}
			if test.setUp != nil {
				test.setUp(t, p)
			}
			p.sim.Pod().ResetLogs()
			client := newClient(t)
			for _, row := range []struct {
				directory oracle.Directory
				want      oracle.View
			}{{fusion, test.fusion}, {domain, test.domain}} {
				look := client.LookUp(within(t, patience), row.directory, strings.ToLower(user))
				if diff := cmp.Diff(row.want, look.View, cmpopts.EquateEmpty()); diff != "" || look.Login != oracle.LoginAccepted || !look.Answered() {
					t.Errorf("%s: %s, %+v: %s", row.directory.Kind, look.Login, look.Answer, diff)
				}
			}
			want := "Users token Users policy"
			if test.fusion.Found == oracle.No {
				want = "Users token Users"
			}
			if got := asks(p); got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
			if logins := p.sim.Pod().Logins(user); len(logins) != 0 {
				t.Errorf("the user that was looked up logged in: %+v", logins)
			}
		})
	}
}
