package rotation_test

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// directoryID is the directory that says what the tests' views say.
const directoryID = "dir"

// counted is what a directory that counts shows of a user with whom nothing is wrong but that many refused
// logins; five lock.
func counted(attempts int) oracle.View {
	return oracle.View{
		Found: oracle.Yes, Active: oracle.Yes, Locked: oracle.No, Expired: oracle.No, MustChange: oracle.No,
		LoginAttempts: &attempts, Rules: oracle.Rules{LockAfter: new(5)},
	}
}

// uncounted is what Fusion SCIM shows: whether there is such a user, and whether it is active.
func uncounted(active oracle.Fact) oracle.View { return oracle.View{Found: oracle.Yes, Active: active} }

func lockedView() oracle.View {
	return with(counted(5), func(v *oracle.View) { v.Locked = oracle.Yes })
}

// with is a view with one thing changed.
func with(v oracle.View, alter func(*oracle.View)) oracle.View {
	alter(&v)
	return v
}

// see is the ledger after the directory said so.
func see(l rotation.Ledger, v oracle.View, at time.Time) rotation.Ledger {
	return seeUnder(l, v, rotation.DefaultPolicy(), at)
}

func seeUnder(l rotation.Ledger, v oracle.View, p rotation.Policy, at time.Time) rotation.Ledger {
	return l.Sighted(rotation.Sighting{
		Directory: directoryID, IntegrationID: "id", CredentialVersion: 1,
		Observed: at, Generation: l.Generation, View: v,
	}, p, at)
}

// withDirectory gives the integration a directory.
func withDirectory(s *rotation.Snapshot) {
	s.Integration.Directory, s.Integration.DirectoryID = "door", directoryID
}

// withView is an integration whose directory last said so, two hours after start.
func withView(v oracle.View) change {
	return func(s *rotation.Snapshot) {
		withDirectory(s)
		s.Ledger = see(s.Ledger, v, start.Add(2*time.Hour))
	}
}

// withRefusals is an integration that Oracle refused that often, an hour apart, the last at start+1h.
func withRefusals(n int) change {
	return func(s *rotation.Snapshot) {
		s.Record.Login, s.Record.LastSuccess, s.Record.Modules = rotation.LoginRefused, time.Time{}, nil
		s.Integration.BecameCurrent, s.Ledger.Counts = start, true
		for i := range n {
			at := start.Add(time.Duration(i-n+2) * time.Hour)
			c := rotation.Charge{ID: string(rune('a' + i)), By: rotation.ByEngine, For: s.Integration.Subject(), Time: at, Deadline: at.Add(30 * time.Second)}
			s.Ledger = s.Ledger.Charged(c).Kept(c, rotation.ChargeRefused, at)
		}
	}
}
