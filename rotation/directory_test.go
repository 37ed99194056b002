package rotation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestPermits(t *testing.T) {
	t.Parallel()
	const pod, other = "https://pod.example", "https://other.example"
	fusion := rotation.Directory{Kind: oracle.FusionDirectory, URL: pod, User: "Admin.One", AllowedUsernames: []string{"API_*", "exact", "*_int_*"}}
	domain := rotation.Directory{
		Kind: oracle.IdentityDomain, URL: "https://idcs.example", User: "client-id", AllowedUsernames: []string{"*"},
		AllowedServerHosts: []string{"*.fa.example", "pod.example"},
	}
	everybody := fusion
	everybody.AllowedUsernames = []string{"*"}
	nobody := fusion
	nobody.AllowedUsernames = nil
	tests := map[string]struct {
		directory rotation.Directory
		user, url string
		want      error
	}{
		"a glob":                                  {fusion, "API_GL", pod, nil},
		"a glob, in another case":                 {fusion, "api_gl", pod, nil},
		"an exact name":                           {fusion, "EXACT", pod, nil},
		"a glob in the middle":                    {fusion, "a_int_b", pod, nil},
		"an exact name and more":                  {fusion, "exactly", pod, rotation.ErrUserNotAllowed},
		"an exact name after more":                {fusion, "inexact", pod, rotation.ErrUserNotAllowed},
		"a glob after more":                       {fusion, "X_API_GL", pod, rotation.ErrUserNotAllowed},
		"a name that is not listed":               {fusion, "SYSADMIN", pod, rotation.ErrUserNotAllowed},
		"no name":                                 {fusion, "", pod, rotation.ErrUserNotAllowed},
		"an allowed name with white space":        {fusion, " API_GL", pod, rotation.ErrUserUnaskable},
		"nobody is listed":                        {nobody, "API_GL", pod, rotation.ErrUserNotAllowed},
		"everybody is":                            {everybody, "SYSADMIN", pod, nil},
		"its own user":                            {everybody, "Admin.One", pod, rotation.ErrOwnUser},
		"its own user in another case":            {everybody, "ADMIN.ONE", pod, rotation.ErrOwnUser},
		"its own user with white space":           {everybody, " admin.one\u00a0", pod, rotation.ErrUserUnaskable},
		"its own user with a long s":              {rotation.Directory{Kind: oracle.FusionDirectory, URL: pod, User: "sys", AllowedUsernames: []string{"*"}}, "ſys", pod, rotation.ErrOwnUser},
		"a client's id":                           {domain, "CLIENT-ID", pod, rotation.ErrOwnUser},
		"its own user, written with white space":  {rotation.Directory{Kind: oracle.FusionDirectory, URL: pod, User: " Admin.One ", AllowedUsernames: []string{"*"}}, "admin.one", pod, rotation.ErrOwnUser},
		"a glob, and a Kelvin sign":               {rotation.Directory{Kind: oracle.FusionDirectory, URL: pod, User: "x", AllowedUsernames: []string{"k*"}}, "\u212aing", pod, nil},
		"a quotation mark":                        {everybody, `API_GL" or userName sw "`, pod, rotation.ErrUserUnaskable},
		"a backslash":                             {everybody, `API\GL`, pod, rotation.ErrUserUnaskable},
		"a line break":                            {everybody, "API_GL\n", pod, rotation.ErrUserUnaskable},
		"a control character":                     {everybody, "API\x7f", pod, rotation.ErrUserUnaskable},
		"a fusion directory on another host":      {fusion, "API_GL", other, rotation.ErrHostNotServed},
		"a fusion directory on another port":      {fusion, "API_GL", pod + ":8443", rotation.ErrHostNotServed},
		"a fusion directory and a listed host":    {rotation.Directory{Kind: oracle.FusionDirectory, URL: pod, User: "x", AllowedUsernames: []string{"*"}, AllowedServerHosts: []string{"other.example"}}, "API_GL", other, rotation.ErrHostNotServed},
		"a domain and a listed host":              {domain, "API_GL", pod, nil},
		"a domain and a listed host with port":    {domain, "API_GL", pod + ":8443", nil},
		"a domain and a host of a pattern":        {domain, "API_GL", "https://abc.fa.example", nil},
		"a domain and its own host":               {domain, "API_GL", "https://idcs.example", rotation.ErrHostNotServed},
		"a domain and a host that ends so":        {domain, "API_GL", "https://notpod.example", rotation.ErrHostNotServed},
		"a domain without hosts":                  {rotation.Directory{Kind: oracle.IdentityDomain, URL: pod, User: "x", AllowedUsernames: []string{"*"}}, "API_GL", pod, rotation.ErrHostNotServed},
		"a directory of no kind":                  {rotation.Directory{URL: pod, User: "x", AllowedUsernames: []string{"*"}, AllowedServerHosts: []string{"*"}}, "API_GL", pod, rotation.ErrHostNotServed},
		"its own user goes before what is listed": {fusion, "admin.one", pod, rotation.ErrOwnUser},
	}
	for name, tt := range tests {
		if got := tt.directory.Permits(tt.user, tt.url); !errors.Is(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestHealthAfter(t *testing.T) {
	t.Parallel()
	d := rotation.Directory{Basis: 1}
	ok := rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: start, LastSuccess: start}
	later := start.Add(time.Minute)
	noUser := oracle.LookUp{Login: oracle.LoginAccepted, Answer: oracle.Answer{Outcome: oracle.NoRows, Delivery: oracle.Answered, HTTPStatus: 200}}
	down := oracle.LookUp{Login: oracle.LoginUnproved, Answer: oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "no such host"}}
	rejected := rotation.Health{Basis: 1, State: rotation.DirectoryRejected, Since: start, LastSuccess: start, Detail: "HTTP 401"}
	tests := map[string]struct {
		before rotation.Health
		answer oracle.LookUp
		at     time.Time
		want   rotation.Health
		worth  bool
	}{
		"the first answer":            {rotation.Health{}, doorSays(counted(0)), later, rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: later, LastSuccess: later}, true},
		"no such user is an answer":   {rotation.Health{}, noUser, later, rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: later, LastSuccess: later}, true},
		"again, soon after":           {ok, doorSays(counted(0)), start.Add(5*time.Minute - 1), rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: start, LastSuccess: start.Add(5*time.Minute - 1)}, false},
		"again, some time after":      {ok, doorSays(counted(0)), start.Add(5 * time.Minute), rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: start, LastSuccess: start.Add(5 * time.Minute)}, true},
		"again, the clock went back":  {ok, doorSays(counted(0)), start.Add(-time.Hour), rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: start, LastSuccess: start.Add(-time.Hour)}, true},
		"refused":                     {ok, doorRefuses, later, rotation.Health{Basis: 1, State: rotation.DirectoryRejected, Since: later, LastSuccess: start, Detail: "HTTP 401"}, true},
		"refused again":               {rejected, doorRefuses, later, rejected, false},
		"forbidden":                   {ok, doorForbids, later, rotation.Health{Basis: 1, State: rotation.DirectoryForbidden, Since: later, LastSuccess: start, Detail: "HTTP 403"}, true},
		"not reached":                 {ok, down, later, rotation.Health{Basis: 1, State: rotation.DirectoryUnreachable, Since: later, LastSuccess: start, Detail: "no such host"}, true},
		"not answered":                {ok, doorSilent, later, rotation.Health{Basis: 1, State: rotation.DirectoryUnreachable, Since: later, LastSuccess: start}, true},
		"of the secret before":        {rotation.Health{Basis: 0, State: rotation.DirectoryOK, Since: start, LastSuccess: start}, doorRefuses, later, rotation.Health{Basis: 1, State: rotation.DirectoryRejected, Since: later, Detail: "HTTP 401"}, true},
		"not reached, another detail": {rotation.Health{Basis: 1, State: rotation.DirectoryUnreachable, Since: start, Detail: "x"}, down, later, rotation.Health{Basis: 1, State: rotation.DirectoryUnreachable, Since: start, Detail: "no such host"}, true},
		"well again, the detail goes": {rejected, doorSays(counted(0)), later, rotation.Health{Basis: 1, State: rotation.DirectoryOK, Since: later, LastSuccess: later}, true},
	}
	for name, tt := range tests {
		got, worth := tt.before.After(d, tt.answer, tt.at)
		if got != tt.want || worth != tt.worth {
			t.Errorf("%s: %+v, worth storing: %v", name, got, worth)
		}
	}
}

func TestDirectoryStatusOf(t *testing.T) {
	t.Parallel()
	fusion := rotation.Directory{Name: "door", Basis: 1, Kind: oracle.FusionDirectory, URL: "https://pod.example", User: "ADMIN"}
	domain := fusion
	domain.Kind = oracle.IdentityDomain
	of := func(s rotation.DirectoryState) rotation.Health {
		return rotation.Health{Basis: 1, State: s, LastSuccess: start, Detail: "HTTP 401"}
	}
	byDefault := rotation.DefaultPolicy()
	noSecondTry := byDefault
	noSecondTry.HoldPeriod = 0
	tests := map[string]struct {
		directory rotation.Directory
		health    rotation.Health
		ledger    rotation.Ledger
		policy    rotation.Policy
		state     rotation.DirectoryState
		says      string
	}{
		"never asked":             {fusion, rotation.Health{}, rotation.Ledger{}, byDefault, rotation.DirectoryUnchecked, "Not asked yet"},
		"asked of another secret": {fusion, rotation.Health{Basis: 0, State: rotation.DirectoryOK}, rotation.Ledger{}, byDefault, rotation.DirectoryUnchecked, "Not asked yet"},
		"answers":                 {fusion, of(rotation.DirectoryOK), rotation.Ledger{}, byDefault, rotation.DirectoryOK, "Answers."},
		"refused, and held":       {fusion, of(rotation.DirectoryRejected), spent(engineRefused), byDefault, rotation.DirectoryHeld, "before 2026-03-03T06:00:00Z"},
		"held for a person":       {fusion, of(rotation.DirectoryRejected), spent(engineRefused), noSecondTry, rotation.DirectoryHeld, "by itself"},
		"held, and never asked":   {fusion, rotation.Health{}, spent(engineUnanswered, engineUnanswered), byDefault, rotation.DirectoryHeld, "by itself"},
		"refused, and not held":   {fusion, of(rotation.DirectoryRejected), rotation.Ledger{}, byDefault, rotation.DirectoryRejected, "was refused (HTTP 401)"},
		"forbidden by Fusion":     {fusion, of(rotation.DirectoryForbidden), rotation.Ledger{}, byDefault, rotation.DirectoryForbidden, "ASE_REST_SERVICE_ACCESS_IDENTITY_INTEGRATION_PRIV"},
		"forbidden by the domain": {domain, of(rotation.DirectoryForbidden), rotation.Ledger{}, byDefault, rotation.DirectoryForbidden, "User Administrator"},
		"not reached":             {domain, of(rotation.DirectoryUnreachable), rotation.Ledger{}, byDefault, rotation.DirectoryUnreachable, "pod.example"},
	}
	for name, tt := range tests {
		got := rotation.DirectoryStatusOf(tt.directory, tt.health, tt.ledger, tt.policy, start.Add(time.Minute))
		if got.State != tt.state || !strings.Contains(got.Message, tt.says) || !strings.HasSuffix(got.Message, ".") {
			t.Errorf("%s: %+v", name, got)
		}
		if held := tt.state == rotation.DirectoryHeld; held == got.HeldSince.IsZero() {
			t.Errorf("%s: held since %v", name, got.HeldSince)
		}
		if known := tt.health.Basis == 1; known == got.LastSuccess.IsZero() {
			t.Errorf("%s: last success %v", name, got.LastSuccess)
		}
	}
}
