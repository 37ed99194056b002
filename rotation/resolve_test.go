package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// settlings are what becomes of passwords whose requests were not answered.
var settlings = map[string]tale{
	"lost on its way there": {
		kind: overFusion, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: accepted, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost on its way back, and refused for being used before": {
		kind: overFusion, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: policy, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"hangs until its deadline": {
		kind: overFusion, alter: []func(*world){answering(hangs)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: accepted, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"hangs until its deadline, and was set": {
		kind: overFusion, alter: []func(*world){answering(hangsButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: policy, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost twice on its way there": {
		kind: overFusion, alter: []func(*world){answering(lost, lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: refused, look, look, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost twice, and set by the second": {
		kind: overFusion, alter: []func(*world){answering(lost, lostButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost, and the administrator is refused when it is sent again": {
		kind: overFusion, alter: []func(*world){answering(lost, denies)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: denied, knock, login new-1: refused, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost, and not sent again": {
		kind: overFusion, alter: []func(*world){answering(lostButSet, didNothing)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: not_done, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost, and accepted without an effect when it is sent again": {
		kind: overFusion, alter: []func(*world){answering(lost, saysSo)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: accepted, look, knock, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: refused, look, store idle (rotation failed) -> not_proved`,
			`idle | API_GL old or new-1 | not_proved tries=1`,
		},
	},
	"lost, and accepted without an effect after one was proved": {
		kind: overFusion, alter: []func(*world){proven, answering(lost, saysSo)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: accepted, look, knock, login new-1: refused, look, store unverified (rotation failed) -> not_proved`,
			`1h0m0s later: look, login new-1: refused, look, store idle (rotation failed) -> not_proved`,
			`idle | API_GL new-1? was old | not_proved tries=1`,
		},
	},
	"lost, and the directory is silent when it is settled": {
		kind: overFusion, alter: []func(*world){answering(lostButSet), looking(doorSays(oracle.View{Found: oracle.Yes, ID: "id-API_GL"}), doorSilent)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost, and the permission is withdrawn before it is settled": {
		kind: overFusion, alter: []func(*world){answering(lost), withdrawn(3)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: refused, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost, and the first login of the settling is lost, too": {
		kind: overFusion, alter: []func(*world){answering(lost, lost), travelling(losesRequest)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: unanswered, store sent -> outcome_unknown`,
			`1m0s later: look, look, knock, login new-1: refused, look, look, store unresolved (rotation failed) -> outcome_unknown, unanswered_too_often`,
			`unresolved new=new-1 waits=2 | API_GL old | outcome_unknown`,
		},
	},
	"lost, and the settling finds the pod in maintenance": {
		kind: overFusion, alter: []func(*world){answering(lost, lost), travelling(unavailable)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: unproved, store sent -> outcome_unknown`,
			`1m0s later: look, look, login new-1: refused, look, look, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost, and neither logs in": {
		kind: overFusion, alter: []func(*world){answering(lost, lost), func(w *world) { w.onSet = func() { w.user().password = byHand } }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: refused, look, look, login old: refused, look, store unresolved (rotation failed) -> outcome_unknown`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost, and a budget of one": {
		kind: overFusion, alter: []func(*world){answering(lost, lost), budget(1)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: refused, look, look, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost, and a budget of one, and it was set": {
		kind: overFusion, alter: []func(*world){answering(lost, lostButSet), budget(1)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost over a domain": {
		kind: overDomain, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost over a domain, and set": {
		kind: overDomain, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost over a domain, and set by somebody else": {
		kind: overDomain, alter: []func(*world){answering(lost), func(w *world) { w.onSet = func() { w.user().password, w.user().set = byHand, time.Now() } }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: refused, look, look, login old: refused, look, store unresolved (rotation failed) -> outcome_unknown`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost over a domain that shows no dates": {
		kind: overDomain, alter: []func(*world){answering(lost), undated},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: refused, look, look, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost over a domain that shows no dates, and set": {
		kind: overDomain, alter: []func(*world){answering(lostButSet), undated},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost over a domain that is silent when it is settled": {
		kind: overDomain, alter: []func(*world){answering(lost), looking(doorSays(oracle.View{Found: oracle.Yes, ID: "id-API_GL", PasswordSet: start}), doorSilent, doorSilent)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: refused, look, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost over a domain, and set later": {
		kind: overDomain, alter: []func(*world){answering(setsLater(time.Hour))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost over a domain, and a budget of one": {
		kind: overDomain, alter: []func(*world){answering(lost), undated, budget(1)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: refused, look, look, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost by itself": {
		kind: bySelf, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: refused, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost by itself, and set": {
		kind: bySelf, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost by itself, and a budget of one": {
		kind: bySelf, alter: []func(*world){answering(lost), budget(1)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: refused, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost by itself, and set, with a budget of one": {
		kind: bySelf, alter: []func(*world){answering(lostButSet), budget(1)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost by itself, and somebody else set another": {
		kind: bySelf, alter: []func(*world){answering(lostButSet), func(w *world) { w.onSet = func() { w.user().password = byHand } }},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: refused, login old: refused, store unresolved (rotation failed) -> outcome_unknown`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost of a pair over fusion": {
		kind: pairOverFusion, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: accepted, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"lost of a pair over fusion, and set": {
		kind: pairOverFusion, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: policy, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"lost of a pair over a domain": {
		kind: pairOverDomain, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old | API_GL_2 old-2 or new-1 | not_applied tries=1`,
		},
	},
	"lost of a pair over a domain, and set": {
		kind: pairOverDomain, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"lost of a pair, and neither logs in": {
		kind: pairOverFusion, alter: []func(*world){answering(lost, lost), func(w *world) { w.onSet = func() { w.user().password = byHand } }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: refused, look, look, login old-2: refused, look, store unresolved (rotation failed) -> outcome_unknown`,
			`unresolved new=new-1 waits=1 | API_GL old | API_GL_2 old-2 | outcome_unknown`,
		},
	},
	"lost of a directory": {
		kind: ofDirectory, alter: []func(*world){answering(lost)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: refused, login old: accepted, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-1 | not_applied tries=1`,
		},
	},
	"lost of a directory, and set": {
		kind: ofDirectory, alter: []func(*world){answering(lostButSet)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost while the account is held": {
		kind: overFusion, by: rotation.ByPerson, alter: []func(*world){answering(lost, lost), ledgerWith(refusedBy(rotation.ByEngine))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, knock, login new-1: refused, look, look, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost while the engine's budget is spent": {
		kind: overFusion, by: rotation.ByPerson, alter: []func(*world){answering(lost, lost), ledgerWith(refusedBy(rotation.ByEngine), refusedBy(rotation.ByEngine))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: knock, look, look, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost over a domain while the engine's budget is spent": {
		kind: overDomain, by: rotation.ByPerson, alter: []func(*world){answering(lostButSet), ledgerWith(refusedBy(rotation.ByEngine), refusedBy(rotation.ByEngine))},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, store unresolved (rotation failed) -> outcome_unknown, held_for_person`,
			`unresolved new=new-1 waits=1 | API_GL old | outcome_unknown`,
		},
	},
	"lost after an unlock": {
		kind: overDomain, by: rotation.ByPerson, alter: []func(*world){answering(lostButSet), unlocked(30 * time.Minute)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`29m58s later: look, look, knock, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"lost, and the directory shows that one more refusal would lock": {
		kind: overDomain, alter: []func(*world){answering(lostButSet), func(w *world) { w.counts = true; w.onSet = func() { w.user().count = 4 } }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, store sent -> outcome_unknown, last_attempt`,
			`1m0s later: look, look, store sent -> outcome_unknown, last_attempt`,
			`2m0s later: look, look, store sent -> outcome_unknown, last_attempt`,
			`4m0s later: look, look, store sent -> outcome_unknown, last_attempt`,
			`sent new=new-1 waits=4 | API_GL old | outcome_unknown`,
		},
	},
	"lost, and the directory shows a lock": {
		kind: overDomain, alter: []func(*world){answering(lostButSet), func(w *world) { w.counts = true; w.onSet = func() { w.user().locked, w.user().count = true, 5 } }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: unknown, store sent -> answer_lost`,
			`5s later: look, look, store sent -> outcome_unknown, locked`,
			`1m0s later: look, look, store sent -> outcome_unknown, locked`,
			`2m0s later: look, look, store sent -> outcome_unknown, locked`,
			`4m0s later: look, look, store sent -> outcome_unknown, locked`,
			`sent new=new-1 waits=4 | API_GL old | outcome_unknown`,
		},
	},
}

func TestSettle(t *testing.T) {
	t.Parallel()
	tellAll(t, settlings)
}
