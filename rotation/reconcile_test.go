package rotation_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// statementRow is a person's statement: of which kind of holder, how far its rotation got, what really is live, what is
// stated of which account, and with which password.
type statementRow struct {
	kind      kind
	stage     stage
	live      string
	statement rotation.Statement
	side      rotation.Side
	password  string
	want      string // what left and was stored; what is stored then
}

// run states it, of a holder with an older password that logged in once.
func (s statementRow) run(t *testing.T) string {
	w := newWorld(t, s.kind)
	w.target().Previous = secret.New("older")
	w.reaches(s.stage)
	if s.side == rotation.SideStandby || s.kind != pairOverFusion {
		user := w.user()
		user.password, user.count = s.live, 0
	} else if s.statement == rotation.Adopt {
		w.users[gl].password = byHand
	}
	line := w.process().states(s.statement, s.side, s.password) + "; " + w.inStore()
	w.livePasswordIsStored()
	return line
}

var statements = []statementRow{
	{overFusion, atRest, "old", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older`},
	{overFusion, atRest, "older", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: refused, look; idle | API_GL old was older`},
	{overFusion, atRest, "older", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; idle | API_GL old was older`},
	{overFusion, atRest, "old", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: refused, look; idle | API_GL old was older`},
	{overFusion, atRest, "older", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL older was old`},
	{overFusion, atRest, "older", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: refused, look; idle | API_GL old was older`},
	{overFusion, atRest, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old`},

	{overFusion, isPrepared, "old", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older`},
	{overFusion, isPrepared, "older", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: refused, look; prepared new=new-1 | API_GL old was older`},
	{overFusion, isPrepared, "older", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; prepared new=new-1 | API_GL old was older`},
	{overFusion, isPrepared, "old", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: refused, look; prepared new=new-1 | API_GL old was older`},
	{overFusion, isPrepared, "older", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL older was old`},
	{overFusion, isPrepared, "older", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: refused, look; prepared new=new-1 | API_GL old was older`},
	{overFusion, isPrepared, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old`},

	{overFusion, isSent, "old", rotation.UseCurrent, rotation.SideCurrent, "", `knock, look, knock, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},
	{overFusion, isSent, "older", rotation.UseCurrent, rotation.SideCurrent, "", `knock, look, knock, login old: refused, look; sent new=new-1 | API_GL old was older | answer_lost`},
	{overFusion, isSent, "new-1", rotation.UsePending, rotation.SideCurrent, "", `knock, look, knock, login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{overFusion, isSent, "older", rotation.UsePending, rotation.SideCurrent, "", `knock, look, knock, login new-1: refused, look; sent new=new-1 | API_GL old was older | answer_lost`},
	{overFusion, isSent, "old", rotation.UsePrevious, rotation.SideCurrent, "", `knock, look, knock, login older: refused, look; sent new=new-1 | API_GL old was older | answer_lost`},
	{overFusion, isSent, "older", rotation.UsePrevious, rotation.SideCurrent, "", `knock, look, knock, login older: accepted, store idle (reconcile done); idle | API_GL older was old or new-1 | stopped_by_person`},
	{overFusion, isSent, "older", rotation.Adopt, rotation.SideCurrent, "by hand", `knock, look, knock, login by hand: refused, look; sent new=new-1 | API_GL old was older | answer_lost`},
	{overFusion, isSent, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `knock, look, knock, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old or new-1 | stopped_by_person`},

	{overFusion, isPromised, "old", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},
	{overFusion, isPromised, "older", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: refused, look; unverified new=new-1 refusals=1 | API_GL old was older`},
	{overFusion, isPromised, "new-1", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{overFusion, isPromised, "older", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: refused, look; unverified new=new-1 refusals=1 | API_GL old was older`},
	{overFusion, isPromised, "old", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: refused, look; unverified new=new-1 refusals=1 | API_GL old was older`},
	{overFusion, isPromised, "older", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL older was old or new-1 | stopped_by_person`},
	{overFusion, isPromised, "older", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: refused, look; unverified new=new-1 refusals=1 | API_GL old was older`},
	{overFusion, isPromised, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old or new-1 | stopped_by_person`},

	{overFusion, isServed, "new-1", rotation.UseCurrent, rotation.SideCurrent, "", `look, login new-1: accepted, store idle (reconcile); idle | API_GL new-1 was old`},
	{overFusion, isServed, "by hand", rotation.UseCurrent, rotation.SideCurrent, "", `look, login new-1: refused, look; unverified served refusals=1 | API_GL new-1? was old`},
	{overFusion, isServed, "new-1", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: accepted, store idle (reconcile); idle | API_GL new-1 was old`},
	{overFusion, isServed, "by hand", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: refused, look; unverified served refusals=1 | API_GL new-1? was old`},
	{overFusion, isServed, "old", rotation.UsePrevious, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile done); idle | API_GL old or new-1 | stopped_by_person`},
	{overFusion, isServed, "by hand", rotation.UsePrevious, rotation.SideCurrent, "", `look, login old: refused, look; unverified served refusals=1 | API_GL new-1? was old`},
	{overFusion, isServed, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old or new-1 | stopped_by_person`},

	{overFusion, isUnsettled, "old", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},
	{overFusion, isUnsettled, "older", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: refused, look; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},
	{overFusion, isUnsettled, "new-1", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{overFusion, isUnsettled, "older", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: refused, look; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},
	{overFusion, isUnsettled, "old", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: refused, look; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},
	{overFusion, isUnsettled, "older", rotation.UsePrevious, rotation.SideCurrent, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL older was old or new-1 | stopped_by_person`},
	{overFusion, isUnsettled, "older", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: refused, look; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},
	{overFusion, isUnsettled, "by hand", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old or new-1 | stopped_by_person`},

	{overFusion, isPromised, "new-1", rotation.Adopt, rotation.SideCurrent, "new-1", `look -> password_refused; unverified new=new-1 refusals=1 | API_GL old was older`},
	{overFusion, isPromised, "old", rotation.Adopt, rotation.SideCurrent, "old", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},

	{overFusion, isServed, "new-1", rotation.Adopt, rotation.SideCurrent, "new-1", `look -> password_refused; unverified served refusals=1 | API_GL new-1? was old`},
	{overFusion, isServed, "old", rotation.Adopt, rotation.SideCurrent, "old", `look, login old: accepted, store idle (reconcile done); idle | API_GL old or new-1 | stopped_by_person`},

	{overFusion, isUnsettled, "new-1", rotation.Adopt, rotation.SideCurrent, "new-1", `look -> password_refused; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},
	{overFusion, isUnsettled, "old", rotation.Adopt, rotation.SideCurrent, "old", `look -> password_refused; unresolved new=new-1 waits=1 | API_GL old was older | outcome_unknown`},

	{overFusion, isSent, "new-1", rotation.Adopt, rotation.SideCurrent, "new-1", `knock, look, knock, login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{overFusion, isSent, "old", rotation.Adopt, rotation.SideCurrent, "old", `knock, look, knock, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},

	{overDomain, isUnsettled, "new-1", rotation.UsePending, rotation.SideCurrent, "", `look, login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{overDomain, isUnsettled, "old", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},

	{bySelf, isUnsettled, "new-1", rotation.UsePending, rotation.SideCurrent, "", `login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{bySelf, isUnsettled, "old", rotation.UseCurrent, rotation.SideCurrent, "", `login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},

	{ofDirectory, isUnsettled, "new-1", rotation.UsePending, rotation.SideCurrent, "", `login new-1: accepted, store idle (reconcile done); idle | API_GL new-1 was old`},
	{ofDirectory, isUnsettled, "old", rotation.UseCurrent, rotation.SideCurrent, "", `login old: accepted, store idle (reconcile); idle | API_GL old was older or new-1 | stopped_by_person`},

	{pairOverFusion, atRest, "old-2", rotation.UseCurrent, rotation.SideStandby, "", `look, login old-2: accepted, store idle (reconcile); idle | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, atRest, "old-2", rotation.UsePending, rotation.SideStandby, "", ` -> missing; idle | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, atRest, "older", rotation.UsePrevious, rotation.SideStandby, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 older was old-2`},
	{pairOverFusion, atRest, "by hand", rotation.Adopt, rotation.SideStandby, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 by hand was old-2`},
	{pairOverFusion, atRest, "CURRENT", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store idle (reconcile); idle | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, atRest, "CURRENT", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; idle | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, atRest, "CURRENT", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL by hand was old | API_GL_2 old-2 was older`},

	{pairOverFusion, isSent, "old-2", rotation.UseCurrent, rotation.SideStandby, "", `knock, look, knock, login old-2: accepted, store idle (reconcile); idle | API_GL old | API_GL_2 old-2 was older or new-1 | stopped_by_person`},
	{pairOverFusion, isSent, "new-1", rotation.UsePending, rotation.SideStandby, "", `knock, look, knock, login new-1: accepted, store idle (reconcile done); idle | API_GL_2 new-1 was old-2 | API_GL old`},
	{pairOverFusion, isSent, "older", rotation.UsePrevious, rotation.SideStandby, "", `knock, look, knock, login older: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 older was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isSent, "by hand", rotation.Adopt, rotation.SideStandby, "by hand", `knock, look, knock, login by hand: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 by hand was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isSent, "CURRENT", rotation.UseCurrent, rotation.SideCurrent, "", `knock, look, login old: accepted, store sent (reconcile); sent new=new-1 | API_GL old | API_GL_2 old-2 was older | answer_lost`},
	{pairOverFusion, isSent, "CURRENT", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; sent new=new-1 | API_GL old | API_GL_2 old-2 was older | answer_lost`},
	{pairOverFusion, isSent, "CURRENT", rotation.Adopt, rotation.SideCurrent, "by hand", `knock, look, login by hand: accepted, store sent (reconcile done); sent new=new-1 | API_GL by hand was old | API_GL_2 old-2 was older | answer_lost`},

	{pairOverFusion, isPromised, "old-2", rotation.UseCurrent, rotation.SideStandby, "", `look, login old-2: accepted, store idle (reconcile); idle | API_GL old | API_GL_2 old-2 was older or new-1 | stopped_by_person`},
	{pairOverFusion, isPromised, "new-1", rotation.UsePending, rotation.SideStandby, "", `look, login new-1: accepted, store idle (reconcile done); idle | API_GL_2 new-1 was old-2 | API_GL old`},
	{pairOverFusion, isPromised, "older", rotation.UsePrevious, rotation.SideStandby, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 older was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isPromised, "by hand", rotation.Adopt, rotation.SideStandby, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 by hand was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isPromised, "CURRENT", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store unverified (reconcile); unverified new=new-1 refusals=1 | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, isPromised, "CURRENT", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; unverified new=new-1 refusals=1 | API_GL old | API_GL_2 old-2 was older`},
	{pairOverFusion, isPromised, "CURRENT", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store unverified (reconcile done); unverified new=new-1 refusals=1 | API_GL by hand was old | API_GL_2 old-2 was older`},

	{pairOverFusion, isUnsettled, "old-2", rotation.UseCurrent, rotation.SideStandby, "", `look, login old-2: accepted, store idle (reconcile); idle | API_GL old | API_GL_2 old-2 was older or new-1 | stopped_by_person`},
	{pairOverFusion, isUnsettled, "new-1", rotation.UsePending, rotation.SideStandby, "", `look, login new-1: accepted, store idle (reconcile done); idle | API_GL_2 new-1 was old-2 | API_GL old`},
	{pairOverFusion, isUnsettled, "older", rotation.UsePrevious, rotation.SideStandby, "", `look, login older: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 older was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isUnsettled, "by hand", rotation.Adopt, rotation.SideStandby, "by hand", `look, login by hand: accepted, store idle (reconcile done); idle | API_GL old | API_GL_2 by hand was old-2 or new-1 | stopped_by_person`},
	{pairOverFusion, isUnsettled, "CURRENT", rotation.UseCurrent, rotation.SideCurrent, "", `look, login old: accepted, store unresolved (reconcile); unresolved new=new-1 waits=1 | API_GL old | API_GL_2 old-2 was older | outcome_unknown`},
	{pairOverFusion, isUnsettled, "CURRENT", rotation.UsePending, rotation.SideCurrent, "", ` -> missing; unresolved new=new-1 waits=1 | API_GL old | API_GL_2 old-2 was older | outcome_unknown`},
	{pairOverFusion, isUnsettled, "CURRENT", rotation.Adopt, rotation.SideCurrent, "by hand", `look, login by hand: accepted, store unresolved (reconcile done); unresolved new=new-1 waits=1 | API_GL by hand was old | API_GL_2 old-2 was older | outcome_unknown`},
}

func TestStatements(t *testing.T) {
	t.Parallel()
	for _, tt := range statements {
		synctest.Test(t, func(t *testing.T) {
			if got := tt.run(t); got != tt.want {
				t.Errorf("%s, %s, %q is live, %s %q of %s\ngot  %s\nwant %s", tt.kind, tt.stage, tt.live, tt.statement, tt.password, tt.side, got, tt.want)
			}
		})
	}
}

func TestEveryStatementAndPhaseIsReached(t *testing.T) {
	t.Parallel()
	for _, s := range rotation.Statements() {
		for _, at := range []stage{atRest, isPrepared, isSent, isPromised, isServed, isUnsettled} {
			if !slices.ContainsFunc(statements, func(r statementRow) bool { return r.statement == s && r.stage == at }) {
				t.Errorf("no row states %s in %s", s, at)
			}
		}
	}
}

// What a statement leaves with the stored password, and what it tells.
func TestWhatAStatementTells(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stage     stage
		live      string
		statement rotation.Statement
		byUs      bool
		set       time.Duration // since the beginning
		done      bool
	}{
		"the stored one":                  {atRest, "old", rotation.UseCurrent, false, 0, false},
		"the new one, which was sent":     {isSent, "new-1", rotation.UsePending, true, 14 * time.Second, true},
		"the one before, as it was set":   {atRest, "older", rotation.UsePrevious, false, -30 * rotation.Day, true},
		"one that was set by hand":        {atRest, byHand, rotation.Adopt, false, 2 * time.Second, true},
		"the served one, which is proved": {isServed, "new-1", rotation.UseCurrent, true, 5 * time.Second, false},
		"a kept one, as it was sent":      {atRest, "kept", rotation.UsePending, true, -time.Hour, true},
	}
	for name, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			w := newWorld(t, overDomain)
			w.holding.Current.Previous, w.holding.Current.PreviousSet = secret.New("older"), began.Add(-30*rotation.Day)
			if tt.live == "kept" {
				keeping("kept")(w)
			}
			w.holding.Retry = rotation.Retry{Failures: rotation.MaxRotationRetries, Stopped: true}
			w.reaches(tt.stage)
			w.user().password = tt.live
			basis, proven := w.holding.Current.Basis, w.holding.ProvenBy
			w.process().states(tt.statement, rotation.SideCurrent, tt.live)
			h := w.holding
			if h.Current.SetByUs != tt.byUs || h.Current.Set.Sub(began).Round(time.Second) != tt.set || !h.Current.LoggedIn || !h.Current.KnownUser {
				t.Errorf("%s: set %v after the beginning, %+v", name, h.Current.Set.Sub(began), h.Current)
			}
			if h.Retry != (rotation.Retry{}) || h.Turn != (rotation.Turn{}) {
				t.Errorf("%s: %+v, %+v", name, h.Retry, h.Turn)
			}
			if changed := h.Current.Basis != basis; changed != tt.done && tt.done {
				t.Errorf("%s: the basis is %d, before %d", name, h.Current.Basis, basis)
			}
			if tt.stage == atRest && h.ProvenBy != proven {
				t.Errorf("%s: it counts as a proof of Oracle's word", name)
			}
			if len(w.told) != 1 {
				t.Fatalf("%s: told %+v", name, w.told)
			}
			m := w.told[0]
			if m.Kind != rotation.EventReconcile || m.Actor != "person" || m.Done != tt.done || m.Failed || m.Proof == nil || m.Side != rotation.SideCurrent || m.At.IsZero() {
				t.Errorf("%s: told %+v", name, m)
			}
		})
	}
}

// Of the current account of a pair no password is pending, but one may be kept.
func TestAKeptPasswordOfThePairsCurrentAccountIsStated(t *testing.T) {
	t.Parallel()
	for _, at := range []stage{atRest, isSent, isPromised, isUnsettled} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, pairOverFusion)
			w.reaches(at)
			before := w.inStore()
			w.holding.Current.Candidates = []rotation.Candidate{{Password: secret.New("kept"), Deadline: time.Now(), Own: true}}
			w.users[gl].password = "kept"
			w.process().states(rotation.UsePending, rotation.SideCurrent, "")
			if got, want := w.inStore(), strings.Replace(before, "API_GL old", "API_GL kept was old", 1); got != want {
				t.Errorf("in %s\ngot  %s\nwant %s", at, got, want)
			}
		})
	}
}

// The guard is asked for a statement, too.
func TestAStatementSpendsOneLoginOfAPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, bySelf)
		w.holding.Current.Previous = secret.New("older")
		w.user().password = byHand
		p := w.process()
		for range 2 {
			if line := p.states(rotation.UseCurrent, rotation.SideCurrent, ""); line != "login old: refused" {
				t.Error(line)
			}
		}
		if line := p.states(rotation.UsePrevious, rotation.SideCurrent, ""); line != " -> operator_budget" {
			t.Error(line)
		}
		for _, c := range w.ledgers[w.account()].Charges {
			if c.By != rotation.ByPerson || c.For != (rotation.Subject{IntegrationID: "id", Basis: 1}) {
				t.Errorf("charged %+v", c)
			}
		}
	})
}
