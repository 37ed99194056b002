package once

import (
	"context"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// rotatePause is how often a rotation that goes on is asked after.
const rotatePause = 2 * time.Second

// Outcome is what came of a rotation. The list is closed.
type Outcome string

// The outcomes.
const (
	Rotated    Outcome = "rotated"    // a new password is served
	Nothing    Outcome = "nothing"    // the old one is served on
	Unresolved Outcome = "unresolved" // which password is live waits for a person
	GoesOn     Outcome = "goes_on"    // not settled within the time; the engine carries on
)

// Outcomes lists every outcome.
func Outcomes() []Outcome { return []Outcome{Rotated, Nothing, Unresolved, GoesOn} }

// Rotation is what is known at the end of a rotation.
type Rotation struct {
	Status  estate.Status
	Outcome Outcome
}

// Told is what is seen on the way: a phase, and with the first one the warnings of the answer.
type Told struct {
	Phase    rotation.Phase
	Warnings []string
}

// Rotate gives an integration a new password and waits until it is settled, as far as the context allows. It tells every
// phase that it sees. An error says that nothing was asked, or that what became of it is not known.
func Rotate(ctx context.Context, asked Engine, name Name, tell func(Told)) (Rotation, error) {
	before, err := asked.Status(ctx, name.Mount, name.Name)
	if err != nil {
		return Rotation{}, err
	}
	now, warnings, err := asked.Rotate(ctx, name.Mount, name.Name)
	if err != nil {
		return Rotation{}, err
	}
	tell(Told{now.Phase, warnings})
	result := Rotation{Status: now}
	for {
		result.Outcome = outcome(before, result.Status)
		if result.Outcome != GoesOn || !pause(ctx, rotatePause) {
			return result, nil
		}
		switch now, err := asked.Status(ctx, name.Mount, name.Name); {
		case err == nil:
			if now.Phase != result.Status.Phase {
				tell(Told{Phase: now.Phase})
			}
			result.Status = now
		case !isKind(err, engine.Unreachable, engine.Sealed, engine.Standby):
			return result, err
		}
	}
}

// outcome is what a status says of a rotation that began from another.
func outcome(before, now estate.Status) Outcome {
	switch now.Phase {
	case rotation.PhaseUnresolved:
		return Unresolved
	case rotation.PhasePrepared, rotation.PhaseSent, rotation.PhaseUnverified:
		return GoesOn
	case rotation.PhaseIdle:
	}
	carriedOn := before.Phase != rotation.PhaseIdle && before.Phase != "" // by this one, as it had served the new password
	if now.Version > before.Version || promoted(before, now) || carriedOn && now.RotationError == "" {
		return Rotated
	}
	return Nothing
}

func promoted(before, now estate.Status) bool {
	return now.LastRotation != nil && (before.LastRotation == nil || now.LastRotation.After(*before.LastRotation))
}
