package backend_test

import (
	"context"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// call is one of the things that the engine asks of Oracle. The list is closed.
type call string

// The calls.
const (
	callKnock  call = "knock"
	callSurvey call = "login"
	callLook   call = "look-up"
	callSet    call = "set"
)

// wire is Oracle as one process of the engine sees it: the real client over the network, told of and held back.
type wire struct {
	*oracle.Client
	tr   *trial
	disk *disk // of the same process
	// hangs are the calls that wait until they are called off.
	hangs call
}

// around makes a call, unless the process is dead.
func (w *wire) around(ctx context.Context, what call, username string, act func()) {
	if w.disk.isDead() {
		return
	}
	if w.hangs == what {
		<-ctx.Done()
	}
	w.tr.tick()
	asked, was := w.tr.listeners()
	asked(w, what, username)
	if w.disk.isDead() {
		return
	}
	w.tr.tick()
	act()
	w.tr.struck(w.disk) //nolint:contextcheck // what is read past the process does not end with its call
	was(w, what, username)
}

// Knock implements backend.Oracle.
func (w *wire) Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer {
	answer := gone()
	w.around(ctx, callKnock, "", func() { answer = w.Client.Knock(ctx, endpoint) })
	return answer
}

// Survey implements backend.Oracle.
func (w *wire) Survey(ctx context.Context, endpoint oracle.Endpoint, login oracle.Login, plans []oracle.Plan) oracle.Findings {
	findings := oracle.Findings{Login: oracle.LoginUnproved, Cause: gone()}
	w.around(ctx, callSurvey, login.Username, func() { findings = w.Client.Survey(ctx, endpoint, login, plans) })
	return findings
}

// LookUp implements backend.Oracle.
func (w *wire) LookUp(ctx context.Context, directory oracle.Directory, username string) oracle.LookUp {
	look := oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}
	w.around(ctx, callLook, username, func() { look = w.Client.LookUp(ctx, directory, username) })
	return look
}

// LookUpByToken implements backend.Oracle.
func (w *wire) LookUpByToken(ctx context.Context, directory oracle.Directory, username string) (oracle.LookUp, bool) {
	if directory.Kind == oracle.FusionDirectory {
		return oracle.LookUp{}, false // it has no tokens
	}
	look, answered := oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}, true
	w.around(ctx, callLook, username, func() { look, answered = w.Client.LookUpByToken(ctx, directory, username) })
	return look, answered
}

// SetPassword implements backend.Oracle.
func (w *wire) SetPassword(ctx context.Context, directory oracle.Directory, id, username string, password secret.Value) oracle.Setting {
	setting := oracle.Setting{Login: oracle.LoginUnproved, Answer: gone(), Result: oracle.SetNotDone}
	w.around(ctx, callSet, username, func() {
		w.tr.noted(username, password.Reveal())
		setting = w.Client.SetPassword(ctx, directory, id, username, password)
	})
	return setting
}

// SetPasswordByToken implements backend.Oracle.
func (w *wire) SetPasswordByToken(ctx context.Context, directory oracle.Directory, id, username string, password secret.Value) (oracle.Setting, bool) {
	if directory.Kind == oracle.FusionDirectory {
		return oracle.Setting{}, false // it has no tokens
	}
	setting, done := oracle.Setting{Login: oracle.LoginUnproved, Answer: gone(), Result: oracle.SetNotDone}, true
	w.around(ctx, callSet, username, func() {
		if setting, done = w.Client.SetPasswordByToken(ctx, directory, id, username, password); done {
			w.tr.noted(username, password.Reveal())
		}
	})
	return setting, done
}
