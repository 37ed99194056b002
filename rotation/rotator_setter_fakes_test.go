package rotation_test

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// setAnswer is what becomes of a request that sets a password.
type setAnswer struct {
	result oracle.SetResult
	effect time.Duration // after which it is set; never when negative
	hangs  bool          // until its caller gives up
}

const (
	never       = time.Duration(-1)
	notEntitled = time.Duration(-2) // never, and it is 403
	notReached  = time.Duration(-3) // never, and nothing left
)

var (
	setsIt      = setAnswer{oracle.SetAccepted, 0, false}
	saysSo      = setAnswer{oracle.SetAccepted, never, false} // a directory that is not where the pod checks passwords
	breaksRule  = setAnswer{oracle.SetPolicy, never, false}
	denies      = setAnswer{oracle.SetDenied, never, false} // 401
	forbids     = setAnswer{oracle.SetDenied, notEntitled, false}
	lags        = setAnswer{oracle.SetAccepted, 30 * time.Minute, false}
	didNothing  = setAnswer{oracle.SetNotDone, never, false}
	unreached   = setAnswer{oracle.SetNotDone, notReached, false}
	lost        = setAnswer{oracle.SetUnknown, never, false}
	lostButSet  = setAnswer{oracle.SetUnknown, 0, false}
	hangs       = setAnswer{oracle.SetUnknown, never, true}
	hangsButSet = setAnswer{oracle.SetUnknown, 0, true}
)

// setsLater is a lost answer to a request that Oracle carries out so much later.
func setsLater(after time.Duration) setAnswer { return setAnswer{oracle.SetUnknown, after, false} }

// SetPassword implements rotation.Setter.
func (p *process) SetPassword(ctx context.Context, d oracle.Directory, userID, username string, password secret.Value) oracle.Setting {
	if p.op() != nil {
		return oracle.Setting{Login: oracle.LoginUnproved, Result: oracle.SetNotDone, Answer: notSent.Cause}
	}
	p.mu.Lock()
	p.carriesOut()
	setting, hangs := p.setting(ctx, d, userID, username, password)
	p.mu.Unlock()
	if hangs {
		<-ctx.Done()
	} else {
		wait(ctx, requestTime)
	}
	if p.op() != nil {
		return oracle.Setting{Login: oracle.LoginUnanswered, Result: oracle.SetUnknown, Answer: doorSilent.Answer}
	}
	return setting
}

func (p *process) setting(ctx context.Context, d oracle.Directory, userID, username string, password secret.Value) (s oracle.Setting, hangs bool) {
	if ctx.Err() != nil {
		return oracle.Setting{Login: oracle.LoginUnproved, Result: oracle.SetNotDone, Answer: notSent.Cause}, false
	}
	p.permitted(userID, username, password)
	text, self := password.Reveal(), d.Login.Username == username
	if p.onSet != nil {
		p.onSet()
	}
	answer := p.nextSet(p.users[username], text)
	p.say("set %s: %s", text, answer.result)
	if self {
		by := p.charged(username)
		if answer.result == oracle.SetNotDone || answer.result == oracle.SetUnknown && answer.effect < 0 {
			return settingOf(answer), answer.hangs // it did not get there
		}
		if !p.users[username].try(d.Login.Password.Reveal(), by) {
			refused := setAnswer{oracle.SetDenied, never, false}
			if answer.result == oracle.SetUnknown {
				refused.result = oracle.SetUnknown
			}
			return settingOf(refused), answer.hangs
		}
	}
	if answer.effect >= 0 {
		p.queue = append(p.queue, queued{username, text, time.Now().Add(answer.effect)})
		p.carriesOut()
	}
	return settingOf(answer), answer.hangs
}

// nextSet is what becomes of a request: as the test wants it, or as Oracle does, which refuses a password that is
// set already.
func (w *world) nextSet(user *modelAccount, text string) setAnswer {
	switch {
	case len(w.sets) > 0:
		answer := w.sets[0]
		w.sets = w.sets[1:]
		return answer
	case w.doorDown || w.podDown:
		return lost
	case user.password == text:
		return breaksRule
	}
	return setsIt
}

// permitted holds a request that sets a password against what is stored.
func (p *process) permitted(userID, username string, password secret.Value) {
	h := p.holding
	target := h.Current
	if h.Standby != nil {
		target = *h.Standby
	}
	switch {
	case time.Now().After(h.Turn.Deadline):
		p.t.Errorf("a request to set a password left after its deadline")
	case h.Turn.Phase != rotation.PhaseSent || !h.Turn.Password.Equal(password):
		p.t.Errorf("a password was sent that is not stored as sent: %s", p.inStore())
	case username != target.Username || userID != "id-"+username:
		p.t.Errorf("the password of %s (%s) was set, not that of %s", username, userID, target.Username)
	}
}

func settingOf(a setAnswer) oracle.Setting {
	switch a.result {
	case oracle.SetAccepted:
		return oracle.Setting{Login: oracle.LoginAccepted, Result: a.result, Answer: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}}
	case oracle.SetPolicy:
		return oracle.Setting{Login: oracle.LoginAccepted, Result: a.result, Answer: oracle.Answer{Outcome: oracle.UnexpectedContent, Delivery: oracle.Answered, HTTPStatus: 400, Detail: "too short"}}
	case oracle.SetDenied:
		if a.effect == notEntitled {
			return oracle.Setting{Login: oracle.LoginAccepted, Result: a.result, Answer: oracle.Answer{Outcome: oracle.Forbidden, Delivery: oracle.Answered, HTTPStatus: 403}}
		}
		return oracle.Setting{Login: oracle.LoginRefused, Result: a.result, Answer: oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}}
	case oracle.SetNotDone:
		if a.effect != notReached {
			return oracle.Setting{Login: oracle.LoginAccepted, Result: a.result, Answer: oracle.Answer{Outcome: oracle.NotFound, Delivery: oracle.Answered, HTTPStatus: 404}}
		}
		return oracle.Setting{Login: oracle.LoginUnproved, Result: a.result, Answer: notSent.Cause}
	case oracle.SetUnknown:
	}
	return oracle.Setting{Login: oracle.LoginUnanswered, Result: oracle.SetUnknown, Answer: oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}}
}

// SetPasswordByToken implements rotation.Setter.
func (p *process) SetPasswordByToken(ctx context.Context, d oracle.Directory, userID, username string, password secret.Value) (oracle.Setting, bool) {
	if !p.byToken {
		return oracle.Setting{}, false
	}
	return p.SetPassword(ctx, d, userID, username, password), true
}
