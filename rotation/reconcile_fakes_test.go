package rotation_test

import (
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// stage is how far a rotation got before a person states something. The list is closed.
type stage string

const (
	atRest      stage = "idle"
	isPrepared  stage = "prepared"
	isSent      stage = "sent" // and its time is over
	isPromised  stage = "unverified"
	isServed    stage = "unverified, and served"
	isUnsettled stage = "unresolved"
)

// reaches brings a holder that far, by a process that is no more.
func (w *world) reaches(s stage) {
	p := w.process()
	switch s {
	case atRest:
		return
	case isPrepared:
		p.stopsAt = 3 // once it has read the account and stored what it prepared
	case isSent:
		w.sets = []setAnswer{lost}
	case isPromised:
		w.sets = []setAnswer{saysSo}
	case isServed:
		proven(w)
		w.sets = []setAnswer{saysSo}
	case isUnsettled:
		w.sets, w.undated = []setAnswer{lost, lost}, true
		w.onSet = func() { w.user().password = byHand }
	}
	if s == isUnsettled {
		p.story(rotation.ByEngine)
	} else {
		_, _ = p.rotate(rotation.ByEngine)
	}
	time.Sleep(10 * time.Second)
	w.took()
	w.told = nil
}

// states is a person's statement.
func (p *process) states(s rotation.Statement, side rotation.Side, password string) string {
	result, err := p.reconcile(rotation.ReconcileOptions{Statement: s, Side: side, Password: secret.New(password)})
	line := p.took()
	if result.Missing {
		line += " -> missing"
	}
	if result.Decision.Denial != rotation.Allowed {
		line += " -> " + string(result.Decision.Denial)
	}
	if err != nil {
		line += " -> " + err.Error()
	}
	return line
}
