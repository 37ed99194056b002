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
	return func(ctx context.Context) (oracle.View, bool) {
		look, err := v.lookUp(ctx, i)
		if err != nil {
			v.complain("a directory could not be asked", "directory", i.Directory, "integration", i.Name, "error", err)
			return oracle.View{}, false
		}
		return look.View, look.Answered()
	}
}

// errAnotherDirectory is said of a directory that was deleted and created while an integration was checked.
var errAnotherDirectory = errors.New("the directory is another one by now")

// lookUp asks a directory about one of its permitted users. The permission is read again each time: it may
// have been withdrawn since the integration was written.
func (v *Viewer) lookUp(ctx context.Context, i Integration) (oracle.LookUp, error) {
	d, door, policy, err := v.directories.LoadDirectory(ctx, i.Directory)
	if err != nil {
		return oracle.LookUp{}, fmt.Errorf("load directory %q: %w", i.Directory, err)
	}
	if d.ID != i.DirectoryID {
		return oracle.LookUp{}, errAnotherDirectory
	}
	if err := d.Permits(i.Username, i.ServerURL); err != nil {
		return oracle.LookUp{}, err
	}
	if look, answered := v.lookUps.LookUpByToken(ctx, door, i.Username); answered {
		v.note(ctx, d, look)
		return look, nil
	}
	done := make(chan answer, 1)
	go func() {
		detached, cancel := v.detach(ctx)
		defer cancel()
		look, _, err := v.prove(detached, d, door, policy, ByEngine, i.Username, ctx.Err)
		if err == nil && look.Answer.Outcome != "" { // empty: the guard let no login leave, so nothing was learned
			v.note(detached, d, look)
		}
		done <- answer{look, err}
	}()
	select {
	case a := <-done:
		return a.look, a.err
	case <-ctx.Done():
		return oracle.LookUp{}, fmt.Errorf("wait for the directory: %w", context.Cause(ctx))
	}
}

// answer is what a look-up came to.
type answer struct {
	look oracle.LookUp
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
	return v.prove(ctx, d, door, policy, ByPerson, username, ctx.Err)
}

func (v *Viewer) prove(ctx context.Context, d Directory, door oracle.Directory, policy Policy, by Initiator, username string,
	unwanted func() error,
) (oracle.LookUp, Decision, error) {
	var look oracle.LookUp
	proof, err := v.prover.Prove(ctx, d.Account(), by, func(context.Context) (Attempt, error) {
		return Attempt{
			Subject: Subject{IntegrationID: d.ID, Basis: d.Basis}, Endpoint: door.Endpoint, Policy: policy,
			Fingerprint: d.Fingerprint, NotIfRejected: by == ByPerson, Directory: d.WatchedBy,
			Login: func(ctx context.Context) oracle.Findings {
				look = v.lookUps.LookUp(ctx, door, username)
				return oracle.Findings{Login: look.Login, Cause: look.Answer}
			},
		}, unwanted() // nobody waits for the answer any more
	})
	if err == nil && proof.Decision.Denial == Allowed && look.Answer.Outcome == "" {
		look.Answer = proof.Findings.Cause // a knock that was not answered
	}
	return look, proof.Decision, err
}
