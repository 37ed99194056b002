package rotation

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// Setter asks directories to set passwords.
type Setter interface {
	SetPassword(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) oracle.Setting
	SetPasswordByToken(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) (oracle.Setting, bool)
}

// setTime is how long a request that sets a password may take, from storing it to the last instant at which it
// leaves: as long as a login, with the knock and the turn that its directory may have to wait for.
const setTime = 40 * time.Second

// find asks who sets the password for its own name of the user, and when the password was last set. A user who sets
// it by itself proves its password with this: it is a login.
func (r *Rotator) find(ctx context.Context, h Holding) (Seen, Outcome, error) {
	if h.Way == WaySelf {
		return r.findSelf(ctx, h)
	}
	of := h.Integration
	of.Username = h.target().Username
	look, err := r.viewer.lookUp(ctx, of)
	switch {
	case err != nil:
		return Seen{}, Outcome{Error: directoryError(err), Detail: err.Error()}, nil
	case look.Login == oracle.LoginRefused, look.Answer.Outcome == oracle.Forbidden:
		return Seen{}, Outcome{Error: DirectoryRefused, Detail: answerWords(look.Answer)}, nil
	}
	return found(look)
}

func found(look looked) (Seen, Outcome, error) {
	switch {
	case !look.Answered():
		return Seen{}, Outcome{Error: DirectorySilent, Detail: answerWords(look.Answer)}, nil
	case look.View.Found != oracle.Yes || look.View.ID == "":
		return Seen{}, Outcome{Error: NoSuchUser}, nil
	}
	return look.seen(), Outcome{}, nil
}

// directoryError tells a permission that was withdrawn from a directory that could not be asked.
func directoryError(err error) Failure {
	if isPermission(err) {
		return DirectoryForbids
	}
	return DirectorySilent
}

func (r *Rotator) findSelf(ctx context.Context, h Holding) (Seen, Outcome, error) {
	limited, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	keys := *h.target()
	account := h.account(keys)
	mark, err := r.around.Fingerprint(limited, account, keys.Password)
	if err != nil {
		return Seen{}, Outcome{}, err //nolint:wrapcheck // it says what could not be read
	}
	var look looked
	proof, err := r.prover.attempt(limited, account, ByEngine, Attempt{
		Subject: h.subject(keys), IntegrationID: h.ID, Endpoint: h.Endpoint, Fingerprint: mark, Policy: h.Policy,
		Still: func(ctx context.Context) error { return r.still(ctx, h) },
		Login: func(ctx context.Context) oracle.Findings {
			look.LookUp = r.viewer.lookUps.LookUp(ctx, h.ownDoor(), keys.Username)
			look.at = instant()
			return oracle.Findings{Login: look.Login, Cause: look.Answer}
		},
	})
	switch {
	case err != nil:
		return Seen{}, Outcome{}, err
	case proof.Decision.Denial != Allowed:
		return Seen{}, Outcome{Error: LoginHeldBack, Denial: proof.Decision.Denial, Until: proof.Decision.Until}, nil
	case look.Login == oracle.LoginRefused:
		return Seen{}, Outcome{Error: CurrentRefused}, nil
	case look.Answer.Outcome == oracle.Forbidden:
		return Seen{}, Outcome{Error: DirectoryRefused, Detail: answerWords(look.Answer)}, nil
	case look.Answer.Outcome == "": // a knock that was not answered
		look.Answer = proof.Findings.Cause
	}
	return found(look)
}

// ownDoor is the pod's own door, opened by the user whose password is set.
func (h Holding) ownDoor() oracle.Directory {
	keys := *h.target()
	return oracle.Directory{
		Kind: oracle.FusionDirectory, Endpoint: h.Endpoint, Login: oracle.Login{Username: keys.Username, Password: keys.Password},
	}
}

// set sends the new password, once. What it returns is certain: whatever is not is unknown.
func (r *Rotator) set(ctx context.Context, h Holding) (oracle.Setting, error) {
	limited, cancel := context.WithDeadline(ctx, h.Turn.Deadline)
	defer cancel()
	if h.Way == WaySelf {
		return r.setSelf(limited, h)
	}
	of := h.Integration
	of.Username = h.target().Username
	return r.viewer.setPassword(limited, r.setter, of, h.Turn.UserID, h.Turn.Password)
}

func (r *Rotator) setSelf(ctx context.Context, h Holding) (oracle.Setting, error) {
	keys := *h.target()
	account := h.account(keys)
	mark, err := r.around.Fingerprint(ctx, account, keys.Password)
	if err != nil {
		return oracle.Setting{}, err //nolint:wrapcheck // it says what could not be read
	}
	setting := oracle.Setting{Result: oracle.SetNotDone}
	err = r.prover.change(ctx, account, Attempt{
		Subject: h.subject(keys), IntegrationID: h.ID, Endpoint: h.Endpoint, Fingerprint: mark, Policy: h.Policy,
		Login: func(ctx context.Context) oracle.Findings {
			setting = r.setter.SetPassword(ctx, h.ownDoor(), h.Turn.UserID, keys.Username, h.Turn.Password)
			return oracle.Findings{Login: setting.Login, Cause: setting.Answer}
		},
	})
	if err != nil && setting.Result == oracle.SetNotDone {
		return setting, err
	}
	return setting, nil // what Oracle said counts, also where its charge could not be settled
}

// setPassword sends a password through an integration's directory. The permission is asked once more: it may have
// been withdrawn since. An error is one before anything was sent.
func (v *Viewer) setPassword(ctx context.Context, setter Setter, i Integration, userID string, password secret.Value) (oracle.Setting, error) {
	d, door, policy, err := v.permitted(ctx, i)
	if err != nil {
		return oracle.Setting{Result: oracle.SetNotDone}, err
	}
	if setting, done := setter.SetPasswordByToken(ctx, door, userID, i.Username, password); done {
		if setting.Result == oracle.SetDenied {
			v.note(ctx, d, oracle.LookUp{Login: setting.Login, Answer: setting.Answer})
		}
		return setting, nil
	}
	setting := oracle.Setting{Result: oracle.SetNotDone}
	proof, err := v.prover.Prove(ctx, d.Account(), ByEngine, func(ctx context.Context) (Attempt, error) {
		if d, door, policy, err = v.permitted(ctx, i); err != nil { // its own password may have changed meanwhile
			return Attempt{}, err
		}
		return Attempt{
			Subject: Subject{IntegrationID: d.ID, Basis: d.Basis}, Endpoint: door.Endpoint, Policy: policy, Fingerprint: d.Fingerprint,
			Directory: d.WatchedBy,
			Login: func(ctx context.Context) oracle.Findings {
				setting = setter.SetPassword(ctx, door, userID, i.Username, password)
				return oracle.Findings{Login: setting.Login, Cause: setting.Answer}
			},
		}, nil
	})
	switch {
	case setting.Answer.Outcome != "": // it was sent, or tried: what that came to counts, whatever could be stored
		v.note(ctx, d, oracle.LookUp{Login: setting.Login, Answer: setting.Answer})
		return setting, nil
	case err != nil:
		return setting, err
	case proof.Decision.Denial != Allowed:
		return setting, errDirectoryHeld
	}
	setting.Answer = proof.Findings.Cause // a knock that was not answered
	return setting, nil
}
