package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Directories keeps directories.
type Directories interface {
	// LoadDirectory reads a directory, with its secret and the policy that its logins follow.
	LoadDirectory(ctx context.Context, name string) (Directory, oracle.Directory, Policy, error)
	// SaveHealth notes how a directory answered; it drops the note when the directory is another one by now.
	SaveHealth(ctx context.Context, seen Directory, look oracle.LookUp, now time.Time) error
}

// LookUps asks directories.
type LookUps interface {
	LookUp(ctx context.Context, directory oracle.Directory, username string) oracle.LookUp
	LookUpByToken(ctx context.Context, directory oracle.Directory, username string) (oracle.LookUp, bool)
	// ForgetToken makes the next LookUp log in.
	ForgetToken(directory oracle.Directory)
}

// Viewer asks directories about users, and spends their own logins under the guard.
type Viewer struct {
	directories Directories
	lookUps     LookUps
	prover      *Prover
	detach      func(context.Context) (context.Context, context.CancelFunc)
	complain    func(text string, facts ...any)
}

// NewViewer gives a viewer. detach gives the context of a login, which outlives the check that asked for it:
// a login called off because a check had no more time would be kept as unanswered, and two of them hold the
// directory. complain gets what went wrong beside an answer.
func NewViewer(directories Directories, lookUps LookUps, prover *Prover,
	detach func(context.Context) (context.Context, context.CancelFunc), complain func(text string, facts ...any),
) *Viewer {
	return &Viewer{directories, lookUps, prover, detach, complain}
}

// Looker gives a way to ask an integration's directory; nil when it has none.
func (v *Viewer) Looker(i Integration) Look {
	if i.Directory == "" {
		return nil
	}
	return func(ctx context.Context) (Seen, bool) {
		look, err := v.lookUp(ctx, i)
		if err != nil {
			v.complain("a directory could not be asked", "directory", i.Directory, "integration", i.Name, "error", err)
			return Seen{}, false
		}
		return look.seen(), look.Answered()
	}
}

// looked is what a look-up came to, and when.
type looked struct {
	oracle.LookUp
	at time.Time
}

func (l looked) seen() Seen { return Seen{l.View, l.at} }

// errAnotherDirectory is said of a directory that was deleted and created while an integration was checked.
var errAnotherDirectory = errors.New("the directory is another one by now")

// errDirectoryRotating keeps a directory quiet whose own password may not be the live one.
var errDirectoryRotating = errors.New("the directory's own password is being rotated, and which one is live is not settled: reconcile the directory")

// errDirectoryHeld: the guard lets the directory spend no login of its own.
var errDirectoryHeld = errors.New("the lockout guard holds the directory's own login: read the directory, and send its password again once that is right")

// isPermission says whether a directory must not be used for a user, which asking again does not change.
func isPermission(err error) bool {
	for _, forbids := range []error{ErrOwnUser, ErrUserNotAllowed, ErrHostNotServed, ErrUserUnaskable} {
		if errors.Is(err, forbids) {
			return true
		}
	}
	return false
}

// lookUp asks a directory about one of its permitted users. The permission is read again each time: it may
// have been withdrawn since the integration was written.
func (v *Viewer) lookUp(ctx context.Context, i Integration) (looked, error) {
	d, door, policy, err := v.permitted(ctx, i)
	if err != nil {
		return looked{}, err
	}
	if look, answered := v.lookUps.LookUpByToken(ctx, door, i.Username); answered {
		at := instant()
		v.note(ctx, d, look)
		return looked{look, at}, nil
	}
	done := make(chan answer, 1)
	go func() {
		detached, cancel := v.detach(ctx)
		defer cancel()
		look, _, err := v.prove(detached, d.Account(), ByEngine, i.Username, func(late context.Context) (Directory, oracle.Directory, Policy, error) {
			if err := ctx.Err(); err != nil { // nobody waits for the answer any more
				return d, door, policy, err
			}
			var err error
			d, door, policy, err = v.permitted(late, i) // its own password may have changed while this waited
			return d, door, policy, err
		})
		if err == nil && look.Answer.Outcome != "" { // empty: the guard let no login leave, so nothing was learned
			v.note(detached, d, look.LookUp)
		}
		done <- answer{look, err}
	}()
	select {
	case a := <-done:
		return a.look, a.err
	case <-ctx.Done():
		return looked{}, fmt.Errorf("wait for the directory: %w", context.Cause(ctx))
	}
}

// permitted reads an integration's directory, and whether it may be asked about this user now.
func (v *Viewer) permitted(ctx context.Context, i Integration) (Directory, oracle.Directory, Policy, error) {
	d, door, policy, err := v.directories.LoadDirectory(ctx, i.Directory)
	switch {
	case err != nil:
		err = fmt.Errorf("load directory %q: %w", i.Directory, err)
	case d.ID != i.DirectoryID:
		err = errAnotherDirectory
	case d.Rotating:
		err = errDirectoryRotating
	default:
		err = d.Permits(i.Username, i.ServerURL)
	}
	return d, door, policy, err
}

// answer is what a look-up came to.
type answer struct {
	look looked
	err  error
}

// note remembers how the directory answered. The answer itself holds whether or not that can be stored.
func (v *Viewer) note(ctx context.Context, d Directory, look oracle.LookUp) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime) // a look-up that hung took all of ctx
	defer cancel()
	if err := v.directories.SaveHealth(late, d, look, instant()); err != nil {
		v.complain("the health of a directory could not be stored", "directory", d.Name, "error", err)
	}
}

// Prove spends one login of a directory that is about to be stored, by looking a user up. A token in hand
// would prove nothing about the secret.
func (v *Viewer) Prove(ctx context.Context, d Directory, door oracle.Directory, policy Policy, username string) (oracle.LookUp, Decision, error) {
	v.lookUps.ForgetToken(door)
	look, decision, err := v.prove(ctx, d.Account(), ByPerson, username, func(ctx context.Context) (Directory, oracle.Directory, Policy, error) {
		return d, door, policy, ctx.Err()
	})
	return look.LookUp, decision, err
}

// prove looks a user up with one login of a directory, which load gives when its turn has come.
func (v *Viewer) prove(ctx context.Context, account Account, by Initiator, username string,
	load func(context.Context) (Directory, oracle.Directory, Policy, error),
) (looked, Decision, error) {
	var look looked
	proof, err := v.prover.Prove(ctx, account, by, func(ctx context.Context) (Attempt, error) {
		d, door, policy, err := load(ctx)
		return Attempt{
			Subject: Subject{IntegrationID: d.ID, Basis: d.Basis}, Endpoint: door.Endpoint, Policy: policy,
			Fingerprint: d.Fingerprint, NotIfRejected: by == ByPerson, Directory: d.WatchedBy,
			Login: func(ctx context.Context) oracle.Findings {
				look.LookUp = v.lookUps.LookUp(ctx, door, username)
				look.at = instant()
				return oracle.Findings{Login: look.Login, Cause: look.Answer}
			},
		}, err
	})
	if err == nil && proof.Decision.Denial == Allowed && look.Answer.Outcome == "" {
		look.Answer = proof.Findings.Cause // a knock that was not answered
	}
	return look, proof.Decision, err
}
