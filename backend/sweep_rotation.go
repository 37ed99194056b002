package backend

import (
	"context"
	"errors"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// rotationLimit bounds one rotation from its begin until it is promoted, settled, or left for later: two requests
// that set the password, a proof, and the look-ups around them. It does not end with the request that began it.
const rotationLimit = 4 * time.Minute

// rotationContext is the context of a rotation: it ends with Clean, and not with who asked.
func (b *backend) rotationContext(ctx context.Context) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), rotationLimit)
	release := context.AfterFunc(b.life.work, cancel)
	return limited, func() {
		release()
		cancel()
	}
}

// sweepNames lists everything that may need something by itself.
func (b *backend) sweepNames() []string {
	names := b.view.names()
	for _, directory := range b.view.directoryNames() {
		names = append(names, directoryPrefix+directory)
	}
	return names
}

// sweepRotation begins a rotation by schedule, or carries one on.
func (b *backend) sweepRotation(ctx context.Context, result rotation.Result, place rotation.Place) (rotation.Result, error) {
	result.Action = rotation.ActionRotate
	if err := place.Take(ctx); err != nil {
		result.Action, result.Reason = rotation.ActionSkip, string(rotation.DenyInFlight)
		return b.withState(result), nil
	}
	ctx, cancel := b.rotationContext(ctx)
	defer cancel()
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: result.Name}
	outcome, err := b.rotator.Rotate(ctx, holder, rotation.RotateOptions{
		By: rotation.ByEngine, Actor: rotation.ActorEngine, Permitted: b.stillDue,
	})
	switch {
	case errors.Is(err, rotation.ErrRunning), errors.Is(err, rotation.ErrOvertaken), errors.Is(err, errNotDue):
		result.Action, result.Reason, err = rotation.ActionSkip, "rotation_under_way", nil
	case outcome.Error != rotation.NoFailure:
		result.Reason, result.Failed = string(outcome.Error), true
	default:
		result.Reason = "rotated"
	}
	return b.withState(result), err //nolint:wrapcheck // Rotate says which integration and what failed
}

// errNotDue ends a rotation that somebody else made, or put off, while it waited for its turn.
var errNotDue = errors.New("the rotation is not due any more")

// stillDue asks again once the turn has come: a person may have rotated meanwhile.
func (b *backend) stillDue(h rotation.Holding) error {
	snapshot, found := b.view.snapshot(h.Holder.Name)
	now := time.Now()
	if !found {
		return errNotDue
	}
	if action, at := snapshot.Due(now); action != rotation.ActionRotate || at.IsZero() || at.After(now) {
		return errNotDue
	}
	return nil
}

// sweepDirectory carries a rotation of a directory's own password on.
func (b *backend) sweepDirectory(ctx context.Context, name string, result rotation.Result, place rotation.Place) rotation.Result {
	result.Action = rotation.ActionRotate
	if err := place.Take(ctx); err != nil {
		result.Action, result.Reason = rotation.ActionSkip, string(rotation.DenyInFlight)
		return result
	}
	known, found := b.view.directory(name)
	if !found {
		result.Action, result.Reason = rotation.ActionSkip, "deleted"
		return result
	}
	ctx, cancel := b.rotationContext(ctx)
	defer cancel()
	holder := rotation.Holder{Kind: rotation.HolderDirectory, Name: name}
	var err error
	if known.entry.Rotation.phase() == rotation.PhaseIdle {
		_, err = b.rotator.TryKept(ctx, holder, rotation.SideCurrent, func() bool { return b.directoryRefused(name) })
	} else {
		_, err = b.rotator.Resume(ctx, holder, rotation.RotateOptions{By: rotation.ByEngine, Actor: rotation.ActorEngine})
	}
	if err != nil && !errors.Is(err, rotation.ErrRunning) && !errors.Is(err, rotation.ErrOvertaken) {
		result.Failed, result.Reason = true, "storage"
		b.Logger().Error("the rotation of a directory could not go on", "directory", name, "error", err)
	}
	return result
}

// directorySnapshot is a directory as far as the rotation of its own password decides on it.
func (b *backend) directorySnapshot(name string, k knownDirectory) rotation.Snapshot {
	d := k.entry.forRotation(name)
	policy, _ := b.view.policy(defaultPolicy)
	state := k.entry.Rotation.state(k.entry.keys())
	return rotation.Snapshot{
		Integration: rotation.Integration{
			Name: name, ID: k.entry.ID, Basis: k.entry.Basis, Username: k.entry.User, ServerURL: k.entry.URL, Rotation: state,
		},
		Policy: policy, Ledger: b.view.ledger(d.Account()), HostAllowed: true,
	}
}

// directoryRefused says whether a directory's stored password was refused.
func (b *backend) directoryRefused(name string) bool {
	known, found := b.view.directory(name)
	return found && b.directorySnapshot(name, known).StoredRefused()
}

// checkBoth checks an integration, both accounts of a pair at once, and after a refused login tries what may have
// been set late. The decision is that of the account that applications read.
func (b *backend) checkBoth(ctx context.Context, name string, options rotation.CheckOptions) (rotation.Decision, error) {
	entry, _ := b.view.integration(name)
	var other error
	var both sync.WaitGroup
	if entry.Standby != nil && options.Side == "" {
		if options.Place != nil {
			if err := options.Place.Take(ctx); err != nil {
				return rotation.Decision{Denial: rotation.DenyInFlight, Until: time.Now()}, nil //nolint:nilerr // nothing was asked
			}
		}
		options.Place = nil // the first of two answers is not the last
		both.Go(func() {
			standby := options
			standby.Side = rotation.SideStandby
			_, other = b.checkOne(ctx, name, standby)
		})
	}
	decision, err := b.checkOne(ctx, name, options)
	both.Wait()
	return decision, errors.Join(err, other)
}

func (b *backend) checkOne(ctx context.Context, name string, options rotation.CheckOptions) (rotation.Decision, error) {
	limited, cancel := b.loginContext(ctx)
	defer cancel()
	decision, err := b.checker.Check(limited, name, options)
	if err != nil || decision.Denial == rotation.DenyRotating || !b.keptMayBeLive(name, options.Side) {
		return decision, err //nolint:wrapcheck // Check says which integration and what failed
	}
	if options.Place != nil && options.Place.Take(limited) != nil { // the guard held the check back before it took one
		return decision, nil
	}
	holder := rotation.Holder{Kind: rotation.HolderIntegration, Name: name}
	if _, err := b.rotator.TryKept(limited, holder, options.Side, func() bool { return b.keptMayBeLive(name, options.Side) }); err != nil && !errors.Is(err, rotation.ErrRunning) && !errors.Is(err, rotation.ErrOvertaken) {
		return decision, err //nolint:wrapcheck // TryKept says which integration and what failed
	}
	return decision, nil
}

// keptMayBeLive says whether the stored password was refused while there is one that Oracle may have set late.
func (b *backend) keptMayBeLive(name string, side rotation.Side) bool {
	snapshot, found := b.view.snapshot(name)
	entry, _ := b.view.integration(name)
	kept := entry.kept()
	if side == rotation.SideStandby && snapshot.Standby != nil {
		snapshot, kept = *snapshot.Standby, entry.Standby.kept()
	}
	return found && kept > 0 && snapshot.StoredRefused()
}
