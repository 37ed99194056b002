package backend

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// rotateWait is how long a request waits for its rotation; with reading the status it stays within requestLimit.
const rotateWait = 40 * time.Second

func (b *backend) pathRotate() *framework.Path {
	return &framework.Path{
		Pattern:      nounRotate + "/" + namePattern + "$",
		DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: operationPrefix},
		Fields: map[string]*framework.FieldSchema{
			"name": nameField("integration"),
			"cas":  {Type: framework.TypeInt, Description: "Rotate only if this equals the current credential_version."},
		},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{
				Callback: handle(b.rotate), Summary: "Change the password in Oracle to a generated one, now, and answer with the status.",
				Responses:                 answers("The status after it.", statusContent()),
				ForwardPerformanceStandby: true, ForwardPerformanceSecondary: true,
				DisplayAttrs: &framework.DisplayAttributes{OperationVerb: "rotate", OperationSuffix: "integration"},
			},
		},
		HelpSynopsis: "Rotate now: generate a password, set it in Oracle, prove it, and serve it.",
		HelpDescription: `
The new password is stored before it is sent, and served once it is proved; creds/ never
waits. What is not settled when this answers goes on by itself: rotation_phase in the
status says where it stands. The password is never in the answer.

A rotation needs a directory on the integration (or self_managed), and a stored password
that has logged in. Over a directory it also heals an account whose password was lost.

    vault write -f oracle-financials/rotate/gl-prod
    vault write oracle-financials/rotate/gl-prod cas=3
`,
	}
}

func (b *backend) rotate(ctx context.Context, req request) (*logical.Response, error) {
	if err := b.view.ensure(ctx); err != nil {
		return nil, err
	}
	snapshot, found := b.view.snapshot(req.name)
	if !found {
		return nil, unknownName(nounIntegrations, req.name)
	}
	if cas, sent := req.fields["cas"].(int); sent && cas != snapshot.Integration.CredentialVersion {
		return nil, badRequest("cas does not match: credential_version is %d, so somebody has written or rotated since; read it again", snapshot.Integration.CredentialVersion)
	}
	if snapshot.Integration.Rotation.Phase == rotation.PhaseUnresolved {
		return nil, badRequest("nothing was rotated: the last rotation is unresolved; read status/%s, and state with reconcile/%s which password is live", req.name, req.name)
	}
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: req.name}
	before := snapshot.Integration.CredentialVersion
	outcome, err := b.rotateNow(ctx, holder, rotation.RotateOptions{
		By: rotation.ByPerson, Actor: actorOf(req.Request), Permitted: func(h rotation.Holding) error {
			if cas, sent := req.fields["cas"].(int); sent && cas != h.Integration.CredentialVersion {
				return badRequest("cas does not match any more: somebody has written or rotated meanwhile; read it again")
			}
			return nil
		},
	})
	if err == nil && beginRefused(outcome.Error) && snapshot.Integration.Rotation.Phase == rotation.PhaseIdle {
		return nil, badRequest("nothing was rotated: %s", rotation.RefusedToRotate(snapshot.Integration, outcome.Error))
	}
	if err != nil && !errors.Is(err, rotation.ErrRunning) {
		return nil, err
	}
	answer, statusErr := b.statusOf(req.name)
	if statusErr == nil {
		b.warnOfRotation(answer, req.name, before, outcome, err)
	}
	return answer, statusErr
}

// beginRefused says whether a rotation was never begun, for a reason that a person has to mend first.
func beginRefused(why rotation.Failure) bool {
	switch why { //nolint:exhaustive // the others are what became of one that was begun
	case rotation.NoWay, rotation.NeverLoggedIn, rotation.LoginsCharged, rotation.TooManyCandidates, rotation.SharedAccount:
		return true
	}
	return false
}

// warnOfRotation says in the answer what the status alone would not make plain.
func (b *backend) warnOfRotation(answer *logical.Response, name string, before int, outcome rotation.Outcome, err error) {
	snapshot, _ := b.view.snapshot(name)
	phase, version := snapshot.Integration.Rotation.Phase, snapshot.Integration.CredentialVersion
	switch {
	case errors.Is(err, rotation.ErrRunning):
		answer.AddWarning("a rotation is already running; no second one was begun")
	case outcome.Error != rotation.NoFailure:
		answer.AddWarning("not rotated: " + rotation.RefusedToRotate(snapshot.Integration, outcome.Error))
		if outcome.Denial != rotation.Allowed {
			answer.AddWarning("no login was spent: " + rotation.Denied(rotation.Decision{Denial: outcome.Denial, Until: outcome.Until}))
		}
	case phase != rotation.PhaseIdle || version == before:
		answer.AddWarning("the rotation goes on; rotation_phase in the status says where it stands")
	}
}

// rotateNow rotates for a person, and waits for it as long as a request may.
func (b *backend) rotateNow(ctx context.Context, holder rotation.Holder, o rotation.RotateOptions) (rotation.Outcome, error) {
	return b.longer(ctx, func(ctx context.Context) (rotation.Outcome, error) { return b.rotator.Rotate(ctx, holder, o) })
}

// longer does work that goes on when its request has no more time.
func (b *backend) longer(ctx context.Context, work func(context.Context) (rotation.Outcome, error)) (rotation.Outcome, error) {
	type ended struct {
		outcome rotation.Outcome
		err     error
	}
	done := make(chan ended, 1)
	if !b.life.begin() {
		return rotation.Outcome{}, errEnding
	}
	go func() {
		defer b.life.jobs.Done()
		detached, cancel := b.rotationContext(ctx)
		defer cancel()
		outcome, err := work(detached)
		if err != nil && !errors.Is(err, rotation.ErrRunning) && !isUserError(err) {
			b.Logger().Error("a rotation could not go on", "error", err)
		}
		done <- ended{outcome, err}
	}()
	waiting, cancel := context.WithTimeout(ctx, rotateWait)
	defer cancel()
	select {
	case e := <-done:
		return e.outcome, e.err
	case <-waiting.Done():
		return rotation.Outcome{}, nil
	}
}

// errEnding is said while the mount is being taken down.
var errEnding = errors.New("the engine is being stopped: try again on the active node")
