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
)

// BodyForm is what stands in the body of an answer that is not a success.
type BodyForm string

// The closed list of body forms.
const (
	BodyEmpty BodyForm = "empty"
	// BodyADF is the error payload of Oracle's ADF REST framework (title, status, o:errorDetails).
	BodyADF   BodyForm = "adf_json"
	BodyPlain BodyForm = "plain"
	BodyHTML  BodyForm = "html"
)

// Switches hold what is not known about a real pod, one field per question. The zero value is the default pod;
// the default stands in each comment. Durations are measured on the pod's clock.
type Switches struct {
	// LockThreshold is the number of refused logins in a row that lock a user; 0 = DefaultLockThreshold.
	LockThreshold int
	// LockDuration is the life of a lock; 0 = DefaultLockDuration.
	LockDuration time.Duration
	// APILockLag is how long after an administrator's unlock the API still refuses; 0 = DefaultAPILockLag.
	APILockLag time.Duration
	// NoAPILockLag makes an unlock effective at once. Default: the lag applies.
	NoAPILockLag bool
	// LagAfterTimedUnlock lets the lag follow a lock that ended by itself, too. Default: only an administrator's.
	LagAfterTimedUnlock bool
	// LockedLoginsExtendLock starts a lock anew with each login against it. Default: the lock ends when it would.
	LockedLoginsExtendLock bool
	// ExpiredAcceptedUntilReport accepts an expired password until the Password Expiry Report has replaced it.
	// Default: an expired password is refused at once.
	ExpiredAcceptedUntilReport bool
	// ExpiryReportOff makes RunExpiryReport do nothing, as on a pod where nobody scheduled it. Default: it runs.
	ExpiryReportOff bool
	// DailyExpiryReport runs the report by itself at each midnight UTC. Default: only on demand.
	DailyExpiryReport bool
	// ForbiddenBody is the form of a 403: BodyADF (default when empty), BodyEmpty, BodyPlain or BodyHTML.
	ForbiddenBody BodyForm
	// ResourceBeforeLogin answers 404 for an unknown resource without looking at the password.
	// Default: 404 only after an accepted login.
	ResourceBeforeLogin bool
	// CatalogueWithoutLogin serves the version catalogue at the context root to anyone. Default: needs a login.
	CatalogueWithoutLogin bool
	// DescribeWithoutPrivilege lets a user read {resource}/describe of a module he may not use. Default: 403.
	DescribeWithoutPrivilege bool
	// BareFinderEmpty answers a query-driven resource (ledgerBalances) without a finder by an empty 200.
	// Default: 400.
	BareFinderEmpty bool
	// PageLimit is the largest page; a larger limit is clamped to it; 0 = DefaultPageLimit.
	PageLimit int
}

func (s Switches) withDefaults() Switches {
	s.LockThreshold = cmp.Or(s.LockThreshold, DefaultLockThreshold)
	s.LockDuration = cmp.Or(s.LockDuration, DefaultLockDuration)
	s.APILockLag = cmp.Or(s.APILockLag, DefaultAPILockLag)
	s.ForbiddenBody = cmp.Or(s.ForbiddenBody, BodyADF)
	s.PageLimit = cmp.Or(s.PageLimit, DefaultPageLimit)
	return s
}

// lag is how long the API refuses after a lock was lifted.
func (s Switches) lag() time.Duration {
	if s.NoAPILockLag {
		return 0
	}
	return s.APILockLag
}

func (s Switches) validate() error {
	if s.LockThreshold < 0 || s.LockDuration < 0 || s.APILockLag < 0 || s.PageLimit < 0 {
		return errors.New("lock threshold, lock duration, api lock lag and page limit must not be negative")
	}
	if s.ForbiddenBody == "" {
		return nil
	}
	if err := s.ForbiddenBody.validate(); err != nil {
		return fmt.Errorf("forbidden body: %w", err)
	}
	return nil
}

func (b BodyForm) validate() error {
	switch b {
	case BodyEmpty, BodyADF, BodyPlain, BodyHTML:
		return nil
	}
	return fmt.Errorf("body form %q is unknown: use empty, adf_json, plain or html", b)
}
