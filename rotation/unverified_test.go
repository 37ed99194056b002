package rotation_test

import (
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// seenLocked is an account that a directory showed locked when it was last asked.
func seenLocked(w *world) {
	w.ledgers[w.account()] = rotation.Ledger{SeenLocked: true, Generation: 1, Sighting: &rotation.Sighting{Directory: directoryID}}
}

// What the directory then shows of the lock.
var (
	unlockedLook    = doorSays(oracle.View{Found: oracle.Yes, ID: "id-API_GL", Active: oracle.Yes, Locked: oracle.No})
	stillLockedLook = doorSays(oracle.View{Found: oracle.Yes, ID: "id-API_GL", Active: oracle.Yes, Locked: oracle.Yes})
)

// unproved are passwords that Oracle said it set, and that the first login did not prove.
var unproved = map[string]tale{
	"the person's budget is spent": {
		kind: overFusion, by: rotation.ByPerson, alter: []func(*world){ledgerWith(refusedBy(rotation.ByPerson), refusedBy(rotation.ByPerson))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, store unverified (rotation) -> not_proved, operator_budget`,
			`1m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the person's budget is spent, after one was proved": {
		kind: overDomain, by: rotation.ByPerson, alter: []func(*world){proven, ledgerWith(refusedBy(rotation.ByPerson), refusedBy(rotation.ByPerson))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, store unverified (rotation) -> not_proved, operator_budget`,
			`1m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the person's budget and the engine's are spent": {
		kind: overFusion, by: rotation.ByPerson, alter: []func(*world){ledgerWith(refusedBy(rotation.ByEngine), refusedBy(rotation.ByEngine), refusedBy(rotation.ByPerson), refusedBy(rotation.ByPerson))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, store unverified (rotation) -> not_proved, operator_budget`,
			`57m8s later: look, store unverified -> not_proved, held_for_person`,
			`2m0s later: look, store unverified -> not_proved, held_for_person`,
			`4m0s later: look, store unverified -> not_proved, held_for_person`,
			`8m0s later: look, store unverified -> not_proved, held_for_person`,
			`unverified new=new-1 waits=5 | API_GL old`,
		},
	},
	"the directory shows that a lock is over, and is silent right before the login": {
		kind: overDomain, alter: []func(*world){seenLocked, looking(unlockedLook, doorSilent)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, store unverified (rotation) -> not_proved, unlocked_waiting`,
			`59m58s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the directory shows that a lock is over, and is silent before the login that settles": {
		kind: overDomain, alter: []func(*world){answering(lostButSet), seenLocked, looking(stillLockedLook, unlockedLook, doorSilent)}, by: rotation.ByPerson,
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, store sent -> outcome_unknown, unlocked_waiting`,
			`59m59s later: look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the login that proves is not answered": {
		kind: overFusion, alter: []func(*world){travelling(losesAnswer)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: unanswered, store unverified (rotation) -> not_proved`,
			`1m0s later: look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the login that proves is lost, after one was proved": {
		kind: overDomain, alter: []func(*world){proven, travelling(losesRequest)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: unanswered, store unverified (rotation) -> not_proved`,
			`1m0s later: look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the login that proves finds the pod in maintenance": {
		kind: overFusion, alter: []func(*world){travelling(unavailable)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: unproved, store unverified (rotation) -> not_proved`,
			`1m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the login that proves finds the pod in maintenance, of a pair": {
		kind: pairOverFusion, alter: []func(*world){proven, travelling(unavailable)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: unproved, store unverified (rotation) -> not_proved`,
			`1m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"the API lags": {
		kind: overFusion, alter: []func(*world){answering(lags)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the API lags, after one was proved": {
		kind: overDomain, alter: []func(*world){proven, answering(lags)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the API lags, of a pair": {
		kind: pairOverFusion, alter: []func(*world){proven, answering(lags)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`57m6s later: look, login old: accepted`,
			`2m52s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"the API lags, by itself": {
		kind: bySelf, alter: []func(*world){answering(lags)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: refused, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the API lags, and a person asked": {
		kind: overDomain, by: rotation.ByPerson, alter: []func(*world){answering(lags)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the directory is not where the pod checks passwords": {
		kind: overDomain, alter: []func(*world){answering(saysSo)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: refused, look, store idle (rotation failed) -> not_proved`,
			`idle | API_GL old or new-1 | not_proved tries=1`,
		},
	},
	"a rotation was proved, and then Oracle's word is wrong": {
		kind: overDomain, alter: []func(*world){proven, answering(saysSo)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: refused, look, store idle (rotation failed) -> not_proved`,
			`idle | API_GL new-1? was old | not_proved tries=1`,
		},
	},
	"Oracle's word is wrong, of a pair": {
		kind: pairOverDomain, alter: []func(*world){proven, answering(saysSo)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`57m6s later: look, login old: accepted`,
			`2m52s later: look, login new-1: refused, look, store idle (rotation failed) -> not_proved`,
			`idle | API_GL old | API_GL_2 old-2 or new-1 | not_proved tries=1`,
		},
	},
	"Oracle's word is wrong, by itself": {
		kind: bySelf, alter: []func(*world){proven, answering(saysSo)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: refused, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: login new-1: refused, store idle (rotation failed) -> not_proved`,
			`idle | API_GL new-1? was old | not_proved tries=1`,
		},
	},
	"the second proof is not answered": {
		kind: overFusion, alter: []func(*world){proven, answering(saysSo), travelling(arrives, losesRequest)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: unanswered, store unverified -> not_proved`,
			`1m0s later: look, store unverified -> not_proved, unanswered_too_often`,
			`2m0s later: look, store unverified -> not_proved, unanswered_too_often`,
			`4m0s later: look, store unverified -> not_proved, unanswered_too_often`,
			`unverified served refusals=1 waits=4 | API_GL new-1? was old`,
		},
	},
	"the second proof finds the pod in maintenance": {
		kind: bySelf, alter: []func(*world){answering(lags), travelling(arrives, arrives, unavailable)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: refused, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: login new-1: unproved, store unverified -> not_proved`,
			`1m0s later: login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"a budget of one": {
		kind: overDomain, alter: []func(*world){answering(saysSo), budget(1)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, store unverified -> not_proved, held_for_person`,
			`1m0s later: look, store unverified -> not_proved, held_for_person`,
			`2m0s later: look, store unverified -> not_proved, held_for_person`,
			`4m0s later: look, store unverified -> not_proved, held_for_person`,
			`unverified new=new-1 refusals=1 waits=4 | API_GL old`,
		},
	},
	"a budget of one, after one was proved": {
		kind: overFusion, alter: []func(*world){proven, answering(saysSo), budget(1)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, store unverified -> not_proved, held_for_person`,
			`1m0s later: look, store unverified -> not_proved, held_for_person`,
			`2m0s later: look, store unverified -> not_proved, held_for_person`,
			`4m0s later: look, store unverified -> not_proved, held_for_person`,
			`unverified served refusals=1 waits=4 | API_GL new-1? was old`,
		},
	},
	"a budget of one, by itself": {
		kind: bySelf, alter: []func(*world){answering(saysSo), budget(1)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: refused, store unverified (rotation failed) -> not_proved`,
			`unverified new=new-1 refusals=1 | API_GL old`,
		},
	},
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	tellAll(t, unproved)
}
