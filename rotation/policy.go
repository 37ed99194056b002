package rotation

import (
	"errors"
	"fmt"
	"time"
)

// Day is what the contract calls a day: exactly 24 hours.
const Day = 24 * time.Hour

// Bounds of a policy. Each keeps a setting from harming the account or the pod.
const (
	// MinPeriod is the shortest period or window: one probe of each module a minute is what Oracle's own
	// monitoring pages do, and Vault's schedules do not run more often either.
	MinPeriod = time.Minute
	// MaxPeriod keeps dates within what a time can hold; service accounts are often set to 9,999 days.
	MaxPeriod = 36500 * Day
	// MaxLoginBudget keeps engine and people together below Oracle's usual threshold of five.
	MaxLoginBudget = 2
	// MaxFailureThreshold is where waiting longer would only hide an outage.
	MaxFailureThreshold = 1000
)

// Policy says when to check, when to rotate, when to warn, and how many refused logins may be risked.
type Policy struct {
	CheckPeriod         time.Duration `json:"check_period"`     // zero when CheckSchedule is set
	CheckSchedule       string        `json:"check_schedule"`   // five-field cron expression in UTC
	PasswordMaxAge      time.Duration `json:"password_max_age"` // zero: the password never expires
	ExpiryWarning       time.Duration `json:"expiry_warning"`
	FailureThreshold    int           `json:"failure_threshold"`     // transient failures in a row before unreachable
	LoginFailureBudget  int           `json:"login_failure_budget"`  // refused or unanswered logins in a row that the engine itself may cause
	OperatorLoginBudget int           `json:"operator_login_budget"` // refused logins that people may add within OperatorLoginWindow
	OperatorLoginWindow time.Duration `json:"operator_login_window"`
	HoldPeriod          time.Duration `json:"hold_period"`  // after a refused login; zero: the engine never tries again by itself
	UnlockDelay         time.Duration `json:"unlock_delay"` // from an unlock to the next login

	RotationPeriod           time.Duration `json:"rotation_period"`      // zero: none
	RotationSchedule         string        `json:"rotation_schedule"`    // five-field cron expression in UTC; empty: none
	RotationWindow           time.Duration `json:"rotation_window"`      // after a slot of RotationSchedule; zero: a missed slot never lapses
	RotateBeforeExpiry       time.Duration `json:"rotate_before_expiry"` // zero: the expiry is no reason to rotate
	DisableAutomatedRotation bool          `json:"disable_automated_rotation"`
	PasswordPolicy           string        `json:"password_policy"` // name of a Vault password policy; empty: the built-in generator
	PasswordLength           int           `json:"password_length"` // of the built-in generator, in characters

	Modified time.Time `json:"modified"` // when the policy last changed; zero for the built-in default
}

// DefaultPolicy is Oracle's default of 90 days, checked every hour.
func DefaultPolicy() Policy {
	return Policy{
		CheckPeriod:         time.Hour,
		PasswordMaxAge:      90 * Day,
		ExpiryWarning:       14 * Day,
		FailureThreshold:    3,
		LoginFailureBudget:  MaxLoginBudget,
		OperatorLoginBudget: MaxLoginBudget,
		OperatorLoginWindow: time.Hour,
		HoldPeriod:          24 * time.Hour,
		UnlockDelay:         time.Hour,
		PasswordLength:      DefaultPasswordLength,
	}
}

// Validate says what is wrong with the policy, in a sentence for the person who wrote it.
func (p Policy) Validate() error {
	if p.CheckSchedule != "" {
		if p.CheckPeriod != 0 {
			return errors.New("check_period and check_schedule exclude each other: send one of them")
		}
		if _, err := ParseCron(p.CheckSchedule); err != nil {
			return fmt.Errorf("check_schedule: %w", err)
		}
	} else if err := within("check_period", p.CheckPeriod, MinPeriod); err != nil {
		return err
	}
	if p.HoldPeriod != 0 {
		if err := within("hold_period", p.HoldPeriod, MinPeriod); err != nil {
			return fmt.Errorf("%w, or 0 for never", err)
		}
	}
	if err := within("unlock_delay", p.UnlockDelay, 0); err != nil {
		return err
	}
	if err := within("operator_login_window", p.OperatorLoginWindow, MinPeriod); err != nil {
		return err
	}
	if err := within("password_max_age", p.PasswordMaxAge, 0); err != nil {
		return err
	}
	if err := within("expiry_warning", p.ExpiryWarning, 0); err != nil {
		return err
	}
	if p.PasswordMaxAge > 0 && p.ExpiryWarning >= p.PasswordMaxAge {
		return errors.New("expiry_warning must be shorter than password_max_age, or every password would be expiring from its first day")
	}
	if err := p.validateCounts(); err != nil {
		return err
	}
	return p.validateRotation()
}

func (p Policy) validateCounts() error {
	if p.FailureThreshold < 1 || p.FailureThreshold > MaxFailureThreshold {
		return fmt.Errorf("failure_threshold must be from 1 to %d", MaxFailureThreshold)
	}
	if p.LoginFailureBudget < 1 || p.LoginFailureBudget > MaxLoginBudget {
		return errors.New("login_failure_budget must be 1 or 2: Oracle locks an account after about five refused logins")
	}
	if p.OperatorLoginBudget < 1 || p.OperatorLoginBudget > MaxLoginBudget {
		return errors.New("operator_login_budget must be 1 or 2: Oracle locks an account after about five refused logins")
	}
	return nil
}

func within(field string, d, lowest time.Duration) error {
	if d < lowest || d > MaxPeriod {
		return fmt.Errorf("%s must be from %d to %d seconds", field, int64(lowest/time.Second), int64(MaxPeriod/time.Second))
	}
	return nil
}
