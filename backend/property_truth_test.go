package backend_test

import (
	"encoding/json"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// invariants are held after every step.
func (w *world) invariants(rt *rapid.T) {
	status := w.status()
	if status != nil {
		w.stage.tally.add("status "+status["state"].(string), 1)
		w.confirmed(w.current(), status)
		if standby, found := status["standby"].(map[string]any); found {
			w.confirmed(standby["username"].(string), standby)
		}
	}
	w.keeps()
	w.serves()
	if broken := w.book.broken(); broken != "" {
		w.show(answer{data: status})
		for name, ledger := range w.ledgers() {
			text, _ := json.Marshal(ledger) // for people; what cannot be shown is left out
			w.log("  ledger of %s: %s", name, text)
		}
		w.tell()
		rt.Fatal(broken)
	}
}

// tell writes down how things are, for whoever has to find out why a promise was broken.
func (w *world) tell() {
	for _, name := range append(w.users(), adminUser) {
		w.log("  in Oracle: %+v", w.truth(name))
		w.log("  %s has %s", name, w.secret(w.live(name)))
		passwords, current, turn, _ := w.kept(name)
		for i, password := range passwords {
			passwords[i] = w.secret(password)
		}
		w.log("  stored %v, current %s, turn %+v", passwords, w.secret(current), turn)
	}
}

// status reads it; nil when there is none, or the storage does not answer.
func (w *world) status() map[string]any {
	got := w.ask(logical.ReadOperation, "status/gl", nil, nil)
	w.revive()
	if !got.ok {
		return nil
	}
	return got.data
}

// accepted says whether a state means that the last login was accepted.
func accepted(status map[string]any) bool {
	switch status["state"] {
	case "ok", "expiring", "limited":
		return true
	}
	return false
}

// confirmed holds what status calls so against what the test saw.
func (w *world) confirmed(name string, status map[string]any) {
	if status["confidence"] != "confirmed" {
		return
	}
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	last, tried := a.answers[w.storedPassword(name)]
	lie := func(why string) {
		w.book.fault("promise 4: %v (%v) of %s is called confirmed, but %s", status["state"], status["reason"], name, why)
	}
	switch status["state"] {
	case "locked":
		w.seenSo(a, status, lie, func(s oraclesim.State) bool { return s.Locked })
	case "disabled":
		flips := w.stage.pod.Switches().ActiveFlipsOnLock
		w.seenSo(a, status, lie, func(s oraclesim.State) bool { return s.Disabled || flips && s.Locked })
	case "must_change":
		w.seenSo(a, status, lie, func(s oraclesim.State) bool { return s.MustChange })
	case "expired":
		w.seenSo(a, status, lie, func(s oraclesim.State) bool { return s.Expired })
	case "rejected":
		if !a.doubt && (!tried || last) && !a.unserved && !a.unrecorded {
			lie("Oracle did not refuse this password last")
		}
	case "ok", "limited":
		if !a.doubt && (!tried || !last) {
			lie("Oracle did not accept this password last")
		}
	case "unreachable":
		if reason := status["reason"]; !a.doubt && !a.unasked && reason != "login_unanswered" {
			lie("the pod answered the last question")
		}
	}
}

// seenSo: a directory said it at the time that is shown, it was so, and no login was accepted since.
func (w *world) seenSo(a *account, status map[string]any, lie func(string), so func(oraclesim.State) bool) {
	view, _ := status["directory_view"].(map[string]any)
	observed, err := time.Parse(time.RFC3339, view["observed_time"].(string))
	if err != nil {
		lie(err.Error())
		return
	}
	// Times in answers are the bubble's, without fractions.
	observed = observed.Add(-w.set)
	const near = 2 * time.Second
	told := 0
	for _, s := range a.sightings {
		if observed.Sub(s.at) > -near && observed.Sub(s.until) < near && so(s.truth) {
			told = max(told, s.heard)
		}
	}
	switch {
	case told == 0:
		lie("it was not so when the directory was asked")
	case a.accepted > told && !a.doubt:
		lie("a login was accepted since")
	}
}
