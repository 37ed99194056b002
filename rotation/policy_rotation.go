package rotation

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Bounds of a policy's rotation fields.
const (
	// MinRotationWindow is that of Vault's own engines: a failover and a few retries fit into it.
	MinRotationWindow = time.Hour
	// MinPasswordLength is where a generated password of four kinds of character is beyond guessing.
	MinPasswordLength = 16
	// MaxPasswordLength is where more would gain nothing.
	MaxPasswordLength = 64
	// DefaultPasswordLength is three times what Oracle's strictest built-in password policy asks for.
	DefaultPasswordLength = 24
)

// passwordPolicyName is what names of Vault password policies look like. Vault itself takes nearly anything; what is
// refused here would never be found, or be read as a path.
var passwordPolicyName = regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*)*$`)

// maxPasswordPolicyName bounds the name, in characters.
const maxPasswordPolicyName = 128

// validateRotation says what is wrong with the fields that rotation depends on.
func (p Policy) validateRotation() error {
	if err := p.validateRotationSchedule(); err != nil {
		return err
	}
	if err := p.validateBeforeExpiry(); err != nil {
		return err
	}
	if name := p.PasswordPolicy; name != "" && (len(name) > maxPasswordPolicyName || !passwordPolicyName.MatchString(name)) {
		return fmt.Errorf(`password_policy must be the name of a Vault password policy: letters, digits, "_", "-", "." and "/", at most %d characters`,
			maxPasswordPolicyName)
	}
	if p.PasswordLength < MinPasswordLength || p.PasswordLength > MaxPasswordLength {
		return fmt.Errorf("password_length must be from %d to %d", MinPasswordLength, MaxPasswordLength)
	}
	return nil
}

func (p Policy) validateRotationSchedule() error {
	if p.RotationSchedule == "" {
		if p.RotationWindow != 0 {
			return errors.New("rotation_window is the time after a slot of rotation_schedule: send both, or no window")
		}
		if p.RotationPeriod == 0 {
			return nil
		}
		return orZero(within("rotation_period", p.RotationPeriod, MinPeriod), "for none")
	}
	if p.RotationPeriod != 0 {
		return errors.New("rotation_period and rotation_schedule exclude each other: send one of them")
	}
	if _, err := ParseCron(p.RotationSchedule); err != nil {
		return fmt.Errorf("rotation_schedule: %w", err)
	}
	if p.RotationWindow == 0 {
		return nil
	}
	return orZero(within("rotation_window", p.RotationWindow, MinRotationWindow), "for none")
}

func (p Policy) validateBeforeExpiry() error {
	if p.RotateBeforeExpiry == 0 {
		return nil
	}
	if err := within("rotate_before_expiry", p.RotateBeforeExpiry, MinPeriod); err != nil {
		return orZero(err, "for never")
	}
	if p.PasswordMaxAge == 0 {
		return errors.New("rotate_before_expiry needs a password_max_age: by this policy no password expires, so send one, or 0 for rotate_before_expiry")
	}
	if p.PasswordMaxAge-p.RotateBeforeExpiry < MinPeriod {
		return fmt.Errorf("rotate_before_expiry must be shorter than password_max_age by %d seconds or more, or every password would be rotated as soon as it is set",
			int64(MinPeriod/time.Second))
	}
	return nil
}

// orZero adds what 0 stands for to the bounds of a field that may be left out.
func orZero(err error, meaning string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w, or 0 %s", err, meaning)
}

// RotationKey names the rotation schedule, so that a stored time shows whether it was computed from this one. It is
// empty when nothing is rotated by schedule.
func (p Policy) RotationKey() string {
	if p.DisableAutomatedRotation {
		return ""
	}
	key := ""
	switch {
	case p.RotationSchedule != "":
		key = "window " + p.RotationWindow.String() + " cron " + p.RotationSchedule
	case p.RotationPeriod != 0:
		key = "period " + p.RotationPeriod.String()
	}
	if p.RotateBeforeExpiry != 0 {
		key = fmt.Sprintf("%s before expiry of %s, %s", p.RotateBeforeExpiry, p.PasswordMaxAge, key)
	}
	return key
}
