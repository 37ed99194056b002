package oraclesim

import "time"

// Switches hold what is not known about a real pod, one field per question. The zero value is the default pod;
// the default stands in each comment. Durations are measured on the pod's clock. The JSON names are those of the
// control port.
//
// Where the questions come from, in the order of the fields:
//   - How logins lock, and what counts, is documented for no REST API; the figures are those of Oracle Customer Connect,
//     thread 829584. What happens to a user who must change his password is not told either.
//   - The life, complexity and history of passwords are settings of a Security Console user category, which no REST API of
//     Fusion tells. The defaults are those that administrators describe; forbidden characters and a minimum age were not
//     found.
//   - The Password Expiry Report is documented (Oracle Applications, Password Expiry Report: it resets passwords past their
//     date, evaluated in UTC); whether a password is refused before the report ran is not.
//   - The bodies of errors differ between Oracle's REST guides and what clients report, and the order of 401 and 404, the
//     privileges of the catalogue and of describe, a bare ledgerBalances and the largest page are told nowhere.
//   - SCIM (Oracle Applications REST guide, Reset User Password, Disable a User) leaves open what a caller without the
//     privilege gets, whether "active" mirrors a lock, and whether a new password unlocks, has to be changed, or has any
//     effect where the login store is elsewhere.
//   - Maintenance has no documented form, location-based access is 401 or 403 (Oracle Integration, ERP adapter
//     prerequisites), and no rate limit of a pod is published, nor a Retry-After of a domain's 429.
//   - An identity domain is the login store of environments made after 6 April 2025 or upgraded since, and of no others (OCI,
//     Fusion Applications identity upgrade).
type Switches struct {
	// LockThreshold is the number of refused logins in a row that lock a user; 0 = DefaultLockThreshold.
	LockThreshold int `json:"lock_threshold"`
	// NeverLocks lets no number of refused logins lock a user; an administrator still can. Default: LockThreshold rules. A
	// domain's policy may say so by a threshold of 0.
	NeverLocks bool `json:"never_locks"`
	// LockDuration is the life of a lock; 0 = DefaultLockDuration.
	LockDuration time.Duration `json:"lock_duration"`
	// APILockLag is how long after an administrator's unlock the API still refuses; 0 = DefaultAPILockLag.
	APILockLag time.Duration `json:"api_lock_lag"`
	// NoAPILockLag makes an unlock effective at once. Default: the lag applies.
	NoAPILockLag bool `json:"no_api_lock_lag"`
	// LagAfterTimedUnlock lets the lag follow a lock that ended by itself, too. Default: only an administrator's.
	LagAfterTimedUnlock bool `json:"lag_after_timed_unlock"`
	// LockedLoginsExtendLock starts a lock anew with each login against it. Default: the lock ends when it would.
	LockedLoginsExtendLock bool `json:"locked_logins_extend_lock"`
	// LockedLoginsUncounted keeps logins against a lock, or in its lag, out of the count of failed logins. Default: they
	// count, and those in the lag can lock again.
	LockedLoginsUncounted bool `json:"locked_logins_uncounted"`
	// OnlyWrongPasswordsCount keeps every refusal of the right password (expired, disabled, locked, lag, to be changed)
	// out of the count of failed logins. Default: every refusal counts.
	OnlyWrongPasswordsCount bool `json:"only_wrong_passwords_count"`
	// MustChangeAccepted lets a user who has to change his password use the API. Default: 401.
	MustChangeAccepted bool `json:"must_change_accepted"`

	// PasswordMaxAge is the life of the passwords of users created without one of their own, and what the domain's policy
	// says; 0 = DefaultPasswordMaxAge; NeverExpires = no end.
	PasswordMaxAge time.Duration `json:"password_max_age"`
	// PasswordExpireWarning is how long before its end the domain's policy warns of an expiry; 0 = DefaultExpireWarning.
	PasswordExpireWarning time.Duration `json:"password_expire_warning"`
	// PasswordPolicy is the complexity that SCIM, userAccounts and the domain ask for; empty = PolicySimple.
	PasswordPolicy PasswordPolicy `json:"password_policy"`
	// PasswordMinLength is the least number of characters under PolicyCustom; 0 = 8.
	PasswordMinLength int `json:"password_min_length"`
	// PasswordHistory refuses a user's last so many passwords, the current one included: 1 is "Disallow last password".
	// Default 0: any password may come again. At most 24.
	PasswordHistory int `json:"password_history"`
	// PasswordMinAge refuses a change of a password younger than this. Default 0: no minimum age.
	PasswordMinAge time.Duration `json:"password_min_age"`
	// ForbiddenCharacters refuses a password that holds one of them. Default: none; no Oracle list was found.
	ForbiddenCharacters string `json:"forbidden_characters"`

	// ExpiredAcceptedUntilReport accepts an expired password until the Password Expiry Report has replaced it.
	// Default: an expired password is refused at once.
	ExpiredAcceptedUntilReport bool `json:"expired_accepted_until_report"`
	// ExpiryReportOff makes RunExpiryReport do nothing, as on a pod where nobody scheduled it. Default: it runs.
	ExpiryReportOff bool `json:"expiry_report_off"`
	// DailyExpiryReport runs the report by itself at each midnight UTC. Default: only on demand.
	DailyExpiryReport bool `json:"daily_expiry_report"`

	// ForbiddenBody is the form of a 403: BodyADF (default when empty), BodyEmpty, BodyPlain or BodyHTML. SCIM, which is
	// no ADF service, answers its own Errors object in place of BodyADF.
	ForbiddenBody BodyForm `json:"forbidden_body"`
	// ErrorBodyWithoutAccept answers errors in ADF's structured form to every client. Default: only to one whose Accept
	// header names application/vnd.oracle.adf.error+json, or that asks for version 4 or later of the REST framework; the
	// others get plain text.
	ErrorBodyWithoutAccept bool `json:"error_body_without_accept"`
	// ResourceBeforeLogin answers 404 for an unknown resource without looking at the password.
	// Default: 404 only after an accepted login.
	ResourceBeforeLogin bool `json:"resource_before_login"`
	// CatalogueWithoutLogin serves the version catalogue at the context root to anyone. Default: needs a login.
	CatalogueWithoutLogin bool `json:"catalogue_without_login"`
	// DescribeWithoutPrivilege lets a user read {resource}/describe of a module he may not use. Default: 403.
	DescribeWithoutPrivilege bool `json:"describe_without_privilege"`
	// BareFinderEmpty answers a query-driven resource (ledgerBalances) without a finder by an empty 200.
	// Default: 400.
	BareFinderEmpty bool `json:"bare_finder_empty"`
	// PageLimit is the largest page; a larger limit is clamped to it; 0 = DefaultPageLimit.
	PageLimit int `json:"page_limit"`

	// ScimWithoutPrivilege401 answers a SCIM caller without the privilege by 401, though his login was accepted.
	// Default: 403.
	ScimWithoutPrivilege401 bool `json:"scim_without_privilege_401"`
	// SelfChangeWithoutPrivilege lets a user without the privilege look himself up in SCIM and set his own password.
	// Default: no; no such self-service was found.
	SelfChangeWithoutPrivilege bool `json:"self_change_without_privilege"`
	// ActiveFlipsOnLock shows a locked user as "active": false in SCIM, and lets "active": true unlock him, as one public
	// test suite does. Default: SCIM shows no lock, and "active" is the suspension alone.
	ActiveFlipsOnLock bool `json:"active_flips_on_lock"`
	// PatchUnlocks makes a password that is set over SCIM, userAccounts or the domain lift a lock as Unlock does (with
	// its lag), and clear the count. Default: lock and count stay.
	PatchUnlocks bool `json:"patch_unlocks"`
	// ResetForcesChange makes a password that another sets over SCIM, userAccounts or the domain one that has to be
	// changed. Default: it can be used as it is, as two published vault integrations do.
	ResetForcesChange bool `json:"reset_forces_change"`
	// ScimPasswordIgnored answers 200 to a password set over SCIM and changes nothing, as a pod may whose login store is
	// elsewhere. Default: the password is set.
	ScimPasswordIgnored bool `json:"scim_password_ignored"`
	// ScimRefusalText describes a password that SCIM refuses, whatever for; empty = DefaultScimRefusalText.
	ScimRefusalText string `json:"scim_refusal_text"`

	// Maintenance is how the whole pod, and not the domain, answers; empty = MaintenanceOff. Faults come before it.
	Maintenance Maintenance `json:"maintenance"`
	// LocationAccess is location-based access control with the caller's address not listed; empty = LocationOff.
	LocationAccess LocationAccess `json:"location_access"`
	// LocationAccessCountsLogin spends a login before location-based access refuses. Default: the password is not looked
	// at.
	LocationAccessCountsLogin bool `json:"location_access_counts_login"`
	// RateLimit is how many requests the pod answers in one second of its clock; the others get 429 before their login.
	// Default 0: no limit; Oracle publishes no figure for a pod.
	RateLimit int `json:"rate_limit"`
	// RateLimitEvery answers 429 to every so many-th request to the pod. Default 0: none.
	RateLimitEvery int `json:"rate_limit_every"`
	// DomainRateLimit is how many requests the identity domain answers in one second of the pod's clock. Default 0: no
	// limit. A domain of the type Oracle Apps has 50 (40 for tokens).
	DomainRateLimit int `json:"domain_rate_limit"`
	// RetryAfter is the header of that name in every 429 and in a 503 of Maintenance. Default: no header.
	RetryAfter string `json:"retry_after"`

	// DomainNotLoginStore makes the identity domain one that the pod does not log in with: it has its own copy of each
	// account, as it was created, sees none of the pod's logins and changes, and a password set there has no effect on the
	// pod. Default: one account for both.
	DomainNotLoginStore bool `json:"domain_not_login_store"`
	// DomainPolicyUnreadable answers 403 to reads of the domain's password policies. Default: they can be read.
	DomainPolicyUnreadable bool `json:"domain_policy_unreadable"`
	// TokenLifetime is the life of an access token of the domain; 0 = DefaultTokenLifetime.
	TokenLifetime time.Duration `json:"token_lifetime"`
}
