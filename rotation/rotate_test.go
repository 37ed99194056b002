package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// rotations are what answers to the requests of a rotation mean, by the first process that asks.
var rotations = map[string]tale{
	"set and proved, over fusion": {
		kind: overFusion,
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"set and proved, over a domain": {
		kind: overDomain,
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"set and proved, by itself": {
		kind: bySelf,
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"set and proved, of a pair over fusion": {
		kind: pairOverFusion,
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"set and proved, of a pair over a domain": {
		kind: pairOverDomain,
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL_2 new-1 was old-2 | API_GL old`,
		},
	},
	"set and proved, of a directory": {
		kind: ofDirectory,
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: accepted, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"refused by rules once": {
		kind: overFusion, alter: []func(*world){answering(breaksRule)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: policy, draw, store prepared, look, store sent, set new-2: accepted, look, login new-2: accepted, store idle (rotation done)`,
			`idle | API_GL new-2 was old`,
		},
	},
	"refused by rules twice": {
		kind: overDomain, alter: []func(*world){answering(breaksRule, breaksRule)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: policy, draw, store prepared, look, store sent, set new-2: policy, draw, store prepared, look, store sent, set new-3: accepted, look, login new-3: accepted, store idle (rotation done)`,
			`idle | API_GL new-3 was old`,
		},
	},
	"refused by rules three times": {
		kind: overFusion, alter: []func(*world){answering(breaksRule, breaksRule, breaksRule)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: policy, draw, store prepared, look, store sent, set new-2: policy, draw, store prepared, look, store sent, set new-3: policy, store idle (rotation failed) -> policy_refused`,
			`idle | API_GL old | policy_refused tries=1`,
		},
	},
	"refused by rules three times, by itself": {
		kind: bySelf, alter: []func(*world){answering(breaksRule, breaksRule, breaksRule)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: policy, draw, store prepared, login old: accepted, store sent, set new-2: policy, draw, store prepared, login old: accepted, store sent, set new-3: policy, store idle (rotation failed) -> policy_refused`,
			`idle | API_GL old | policy_refused tries=1`,
		},
	},
	"refused by rules, and no other password can be made": {
		kind: overFusion, alter: []func(*world){answering(breaksRule), drawFails(2)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: policy, draw fails, store idle (rotation failed) -> generator_failed`,
			`idle | API_GL old | generator_failed tries=1`,
		},
	},
	"refused by rules, and then the answer is lost": {
		kind: overDomain, alter: []func(*world){answering(breaksRule, lost)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: policy, draw, store prepared, look, store sent, set new-2: unknown, store sent -> answer_lost`,
			`5s later: look, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or new-2 | not_applied tries=1`,
		},
	},
	"the administrator is refused": {
		kind: overDomain, alter: []func(*world){answering(denies)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: denied, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"the user is refused that sets its own": {
		kind: bySelf, alter: []func(*world){answering(denies)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: denied, store idle (rotation failed) -> current_refused`,
			`idle | API_GL old | current_refused tries=1`,
		},
	},
	"the administrator may not": {
		kind: overFusion, alter: []func(*world){answering(forbids)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: denied, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"the user may not set its own": {
		kind: bySelf, alter: []func(*world){answering(forbids)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: denied, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"nothing was done": {
		kind: overFusion, alter: []func(*world){answering(didNothing)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: not_done, store idle (rotation failed) -> not_done`,
			`idle | API_GL old | not_done tries=1`,
		},
	},
	"nothing was done, by itself": {
		kind: bySelf, alter: []func(*world){answering(didNothing)},
		want: []string{
			`draw, store prepared, login old: accepted, store sent, set new-1: not_done, store idle (rotation failed) -> not_done`,
			`idle | API_GL old | not_done tries=1`,
		},
	},
	"nothing is sent": {
		kind: overFusion, alter: []func(*world){answering(unreached)},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: not_done, store idle (rotation failed) -> directory_unanswered`,
			`idle | API_GL old | directory_unanswered tries=1`,
		},
	},
	"no password can be made": {
		kind: overFusion, alter: []func(*world){drawFails(1)},
		want: []string{
			`draw fails, store idle (rotation failed) -> generator_failed`,
			`idle | API_GL old | generator_failed tries=1`,
		},
	},
	"the directory is silent": {
		kind: overFusion, alter: []func(*world){looking(doorSilent)},
		want: []string{
			`draw, store prepared, look, store idle (rotation failed) -> directory_unanswered`,
			`idle | API_GL old | directory_unanswered tries=1`,
		},
	},
	"the directory refuses its own user": {
		kind: overFusion, alter: []func(*world){looking(doorRefuses)},
		want: []string{
			`draw, store prepared, look, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"the directory forbids its own user": {
		kind: overDomain, alter: []func(*world){looking(doorForbids)},
		want: []string{
			`draw, store prepared, look, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"the directory does not know the user": {
		kind: overDomain, alter: []func(*world){looking(doorSays(oracle.View{Found: oracle.No, ID: "id"}))},
		want: []string{
			`draw, store prepared, look, store idle (rotation failed) -> no_such_user`,
			`idle | API_GL old | no_such_user tries=1`,
		},
	},
	"the directory has no id of the user": {
		kind: overDomain, alter: []func(*world){looking(doorSays(oracle.View{Found: oracle.Yes}))},
		want: []string{
			`draw, store prepared, look, store idle (rotation failed) -> no_such_user`,
			`idle | API_GL old | no_such_user tries=1`,
		},
	},
	"the directory may not be used for the user": {
		kind: overFusion, alter: []func(*world){func(w *world) { w.forbidden = true }},
		want: []string{
			`draw, store prepared, store idle (rotation failed) -> directory_forbids`,
			`idle | API_GL old | directory_forbids tries=1`,
		},
	},
	"the permission is withdrawn before the password is sent": {
		kind: overFusion, alter: []func(*world){withdrawn(2)},
		want: []string{
			`draw, store prepared, look, store sent, store idle (rotation failed) -> directory_forbids`,
			`idle | API_GL old | directory_forbids tries=1`,
		},
	},
	"the user that sets its own is refused": {
		kind: bySelf, alter: []func(*world){func(w *world) { w.user().password = byHand }},
		want: []string{
			`draw, store prepared, login old: refused, store idle (rotation failed) -> current_refused`,
			`idle | API_GL old | current_refused tries=1`,
		},
	},
	"the user that sets its own is not answered": {
		kind: bySelf, alter: []func(*world){travelling(losesAnswer)},
		want: []string{
			`draw, store prepared, login old: unanswered, store idle (rotation failed) -> directory_unanswered`,
			`idle | API_GL old | directory_unanswered tries=1`,
		},
	},
	"the user that sets its own may not look": {
		kind: bySelf, alter: []func(*world){looking(doorForbids)},
		want: []string{
			`draw, store prepared, login old: accepted, store idle (rotation failed) -> directory_refused`,
			`idle | API_GL old | directory_refused tries=1`,
		},
	},
	"the user that sets its own is not found": {
		kind: bySelf, alter: []func(*world){looking(doorSays(oracle.View{Found: oracle.No}))},
		want: []string{
			`draw, store prepared, login old: accepted, store idle (rotation failed) -> no_such_user`,
			`idle | API_GL old | no_such_user tries=1`,
		},
	},
	"the pod is down for a user that sets its own": {
		kind: bySelf, alter: []func(*world){func(w *world) { w.podDown = true }},
		want: []string{
			`draw, store prepared, login old: unanswered, store idle (rotation failed) -> directory_unanswered`,
			`idle | API_GL old | directory_unanswered tries=1`,
		},
	},
	"a knock is not answered for a user that sets its own": {
		kind: bySelf, alter: []func(*world){func(w *world) { w.podDown, w.ledgers[w.account()] = true, rotation.Ledger{Knock: true} }},
		want: []string{
			`draw, store prepared, knock, store idle (rotation failed) -> directory_unanswered`,
			`idle | API_GL old | directory_unanswered tries=1`,
		},
	},
	"one is kept, and sent again": {
		kind: overFusion, alter: []func(*world){keeping("kept")},
		want: []string{
			`store prepared, look, store sent, set kept: accepted, look, login kept: accepted, store idle (rotation done)`,
			`idle | API_GL kept was old`,
		},
	},
	"several are kept, and the last is sent again": {
		kind: overDomain, alter: []func(*world){keeping("kept-1", "kept-2")},
		want: []string{
			`store prepared, look, store sent, set kept-2: accepted, look, login kept-2: accepted, store idle (rotation done)`,
			`idle | API_GL kept-2 was old or kept-1`,
		},
	},
	"the kept one is refused by rules": {
		kind: overFusion, alter: []func(*world){keeping("kept"), answering(breaksRule)},
		want: []string{
			`store prepared, look, store sent, set kept: policy, draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old or kept`,
		},
	},
	"the kept one was set already": {
		kind: overDomain, alter: []func(*world){keeping("kept"), func(w *world) { w.user().password = "kept" }},
		want: []string{
			`store prepared, look, store sent, set kept: policy, draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old or kept`,
		},
	},
	"the kept one is lost once more": {
		kind: overDomain, alter: []func(*world){keeping("kept"), answering(lost)},
		want: []string{
			`store prepared, look, store sent, set kept: unknown, store sent -> answer_lost`,
			`5s later: look, store idle (rotation failed) -> not_applied`,
			`idle | API_GL old or kept | not_applied tries=1`,
		},
	},
	"nothing was done with the kept one": {
		kind: overDomain, alter: []func(*world){keeping("kept"), answering(didNothing)},
		want: []string{
			`store prepared, look, store sent, set kept: not_done, store idle (rotation failed) -> not_done`,
			`idle | API_GL old or kept | not_done tries=1`,
		},
	},
	"what is kept for a day is sent no more": {
		kind: overFusion, alter: []func(*world){keeping("kept"), func(w *world) { w.target().Candidates[0].Deadline = time.Now().Add(-25 * time.Hour) }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
	"the standby of a pair keeps one": {
		kind: pairOverDomain, alter: []func(*world){keeping("kept")},
		want: []string{
			`store prepared, look, store sent, set kept: accepted, look, login kept: accepted, store idle (rotation done)`,
			`idle | API_GL_2 kept was old-2 | API_GL old`,
		},
	},
	"a person heals a refused account": {
		kind: overFusion, by: rotation.ByPerson, alter: []func(*world){ledgerWith(refusedBy(rotation.ByEngine), refusedBy(rotation.ByEngine)), func(w *world) { w.user().password = byHand }},
		want: []string{
			`draw, store prepared, look, store sent, set new-1: accepted, look, login new-1: accepted, store idle (rotation done)`,
			`idle | API_GL new-1 was old`,
		},
	},
}

func TestWhatAnswersMean(t *testing.T) {
	t.Parallel()
	tellAll(t, rotations)
}
