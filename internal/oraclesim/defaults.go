package oraclesim

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Defaults of a pod. The first three are what users of Oracle Customer Connect report (thread 829584, users
// locked in the API interface: five bad passwords, released after 30 to 60 minutes, the API refusing for about
// as long again); Oracle documents none of them for REST.
const (
	// DefaultLockThreshold is how many refused logins in a row lock a user.
	DefaultLockThreshold = 5
	// DefaultLockDuration is how long a lock lasts on the pod's clock.
	DefaultLockDuration = 60 * time.Minute
	// DefaultAPILockLag is how long the REST API goes on refusing after an administrator lifted a lock.
	DefaultAPILockLag = 60 * time.Minute
	// DefaultPasswordMaxAge is the usual "Days Before Password Expiration" of a Security Console user category.
	DefaultPasswordMaxAge = 90 * 24 * time.Hour
	// DefaultPageLimit is the largest page a collection answers with. Public connectors disagree: 499 or 500.
	DefaultPageLimit = 500
	// DefaultExpireWarning is "Days Before Password Expiry Warning" of a Security Console user category.
	DefaultExpireWarning = 10 * 24 * time.Hour
	// DefaultTokenLifetime is how long an access token of the identity domain is good; no Oracle page seen says so.
	DefaultTokenLifetime = time.Hour
	// DefaultScimRefusalText is the text of a refused password (Oracle Applications REST guide, Reset User Password).
	DefaultScimRefusalText = "Invalid Password: does not meet password policy"
)

func (s Switches) withDefaults() Switches {
	s.LockThreshold = cmp.Or(s.LockThreshold, DefaultLockThreshold)
	s.LockDuration = cmp.Or(s.LockDuration, DefaultLockDuration)
	s.APILockLag = cmp.Or(s.APILockLag, DefaultAPILockLag)
	s.PasswordMaxAge = cmp.Or(s.PasswordMaxAge, DefaultPasswordMaxAge)
	s.PasswordExpireWarning = cmp.Or(s.PasswordExpireWarning, DefaultExpireWarning)
	s.PasswordPolicy = cmp.Or(s.PasswordPolicy, PolicySimple)
	s.PasswordMinLength = cmp.Or(s.PasswordMinLength, minPasswordLength)
	s.ForbiddenBody = cmp.Or(s.ForbiddenBody, BodyADF)
	s.PageLimit = cmp.Or(s.PageLimit, DefaultPageLimit)
	s.ScimRefusalText = cmp.Or(s.ScimRefusalText, DefaultScimRefusalText)
	s.Maintenance = cmp.Or(s.Maintenance, MaintenanceOff)
	s.LocationAccess = cmp.Or(s.LocationAccess, LocationOff)
	s.TokenLifetime = cmp.Or(s.TokenLifetime, DefaultTokenLifetime)
	return s
}

// lag is how long the API refuses after a lock was lifted.
func (s Switches) lag() time.Duration {
	if s.NoAPILockLag {
		return 0
	}
	return s.APILockLag
}

// counts says whether a refusal adds to the count of failed logins.
func (s Switches) counts(reason Reason) bool {
	switch reason {
	case ReasonWrongPassword:
		return true
	case ReasonLocked, ReasonLockLag:
		return !s.LockedLoginsUncounted && !s.OnlyWrongPasswordsCount
	default:
		return !s.OnlyWrongPasswordsCount
	}
}

func (s Switches) validate() error {
	if s.LockThreshold < 0 || s.LockDuration < 0 || s.APILockLag < 0 || s.PageLimit < 0 {
		return errors.New("lock threshold, lock duration, api lock lag and page limit must not be negative")
	}
	if s.PasswordMinLength < 0 || s.PasswordMinAge < 0 || s.PasswordExpireWarning < 0 || s.TokenLifetime < 0 {
		return errors.New("password min length, password min age, password expire warning and token lifetime must not be negative")
	}
	if s.PasswordHistory < 0 || s.PasswordHistory > maxPasswordHistory {
		return fmt.Errorf("password history must be from 0 to %d", maxPasswordHistory)
	}
	if s.RateLimit < 0 || s.RateLimitEvery < 0 || s.DomainRateLimit < 0 {
		return errors.New("rate limits must not be negative")
	}
	if s.PasswordMaxAge < 0 && s.PasswordMaxAge != NeverExpires {
		return errors.New("password max age must be positive, or never")
	}
	for _, choice := range []interface{ validate() error }{s.PasswordPolicy, s.Maintenance, s.LocationAccess} {
		if err := choice.validate(); err != nil {
			return err
		}
	}
	if s.ForbiddenBody == "" {
		return nil
	}
	if err := s.ForbiddenBody.validate(); err != nil {
		return fmt.Errorf("forbidden body: %w", err)
	}
	return nil
}
