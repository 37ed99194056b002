package backend

import (
	"context"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// mergePolicy lays what was sent over a policy. Sending one kind of schedule replaces the other.
func mergePolicy(p rotation.Policy, f fields) rotation.Policy {
	byDefault := rotation.DefaultPolicy()
	schedule, scheduled := f["check_schedule"].(string)
	period, periodic := f["check_period"].(time.Duration)
	switch {
	case scheduled && schedule != "" && !periodic:
		p.CheckSchedule, p.CheckPeriod = schedule, 0
	case scheduled && schedule != "":
		p.CheckSchedule, p.CheckPeriod = schedule, period // Validate refuses both
	case periodic:
		p.CheckSchedule, p.CheckPeriod = "", period
	default: // null, or an empty schedule, brings the default period back
		_, periodSent := f["check_period"]
		_, scheduleSent := f["check_schedule"]
		if scheduleSent || (periodSent && p.CheckSchedule == "") {
			p.CheckSchedule, p.CheckPeriod = "", byDefault.CheckPeriod
		}
	}
	set(f, "password_max_age", &p.PasswordMaxAge, byDefault.PasswordMaxAge)
	set(f, "expiry_warning", &p.ExpiryWarning, byDefault.ExpiryWarning)
	set(f, "failure_threshold", &p.FailureThreshold, byDefault.FailureThreshold)
	set(f, "login_failure_budget", &p.LoginFailureBudget, byDefault.LoginFailureBudget)
	set(f, "operator_login_budget", &p.OperatorLoginBudget, byDefault.OperatorLoginBudget)
	set(f, "operator_login_window", &p.OperatorLoginWindow, byDefault.OperatorLoginWindow)
	set(f, "hold_period", &p.HoldPeriod, byDefault.HoldPeriod)
	set(f, "unlock_delay", &p.UnlockDelay, byDefault.UnlockDelay)
	return mergeRotation(p, f)
}

// mergeRotation lays the rotation fields that were sent over a policy. Sending one kind of schedule replaces the
// other, and a window goes with its schedule.
func mergeRotation(p rotation.Policy, f fields) rotation.Policy {
	byDefault := rotation.DefaultPolicy()
	if get(f, "rotation_schedule", "") != "" {
		p.RotationPeriod = 0
	}
	if get(f, "rotation_period", time.Duration(0)) != 0 {
		p.RotationSchedule = ""
	}
	set(f, "rotation_period", &p.RotationPeriod, 0) // Validate refuses both
	set(f, "rotation_schedule", &p.RotationSchedule, "")
	if p.RotationSchedule == "" {
		p.RotationWindow = 0
	}
	set(f, "rotation_window", &p.RotationWindow, 0)
	set(f, "rotate_before_expiry", &p.RotateBeforeExpiry, 0)
	set(f, "disable_automated_rotation", &p.DisableAutomatedRotation, false)
	set(f, "password_policy", &p.PasswordPolicy, "")
	set(f, "password_length", &p.PasswordLength, byDefault.PasswordLength)
	return p
}

// tryPasswordPolicy draws a password from the Vault password policy that was sent, so that a slip in its name shows
// now and not in the night of the first rotation. Nothing of what Vault says is repeated, and what was drawn is
// dropped.
func (b *backend) tryPasswordPolicy(ctx context.Context, f fields) error {
	name := get(f, "password_policy", "")
	if name == "" {
		return nil
	}
	_, err := b.System().GeneratePasswordFromPolicy(ctx, name)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("draw a password from a Vault password policy: %w", context.Cause(ctx))
	}
	return badRequest("password_policy: no password could be drawn from a Vault password policy of this name: " +
		"correct the name, or write a policy that works under sys/policies/password/ first")
}
