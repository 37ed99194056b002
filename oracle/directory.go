package oracle

import (
	"context"
	"time"
)

// DirectoryKind is which administrator's door a directory is. The list is closed.
type DirectoryKind string

// The kinds of directory.
const (
	// FusionDirectory is Fusion SCIM on the pod itself, asked as a user with the identity privilege.
	FusionDirectory DirectoryKind = "fusion"
	// IdentityDomain is the OCI IAM identity domain before the pod, asked as an OAuth client.
	IdentityDomain DirectoryKind = "identity_domain"
)

// Directory is an administrator's door to the accounts of a pod.
type Directory struct {
	Kind     DirectoryKind
	Endpoint Endpoint // ServerURL is the directory's own address
	Login    Login    // for an identity domain the client's id and secret
}

// Fact is what a directory says about one thing. What it does not say is not known, which is never "no".
type Fact string

// What a fact can be.
const (
	NotKnown Fact = ""
	Yes      Fact = "yes"
	No       Fact = "no"
)

// LockReason is why an identity domain locked a user. The list is closed.
type LockReason string

// The reasons of a lock (OCI SDK, identity_domains ExtUserState locked.reason 0 to 5).
const (
	LockReasonNotKnown    LockReason = ""
	LockedByPassword      LockReason = "failed_password"
	LockedByAdministrator LockReason = "administrator"
	LockedByReset         LockReason = "failed_reset"
	LockedByMFA           LockReason = "failed_mfa"
	LockedByFederatedMFA  LockReason = "failed_mfa_federated"
	LockedByDatabaseLogin LockReason = "failed_database_login"
)

// View is what a directory says about one user. A zero field is not known.
type View struct {
	Found         Fact       `json:"found,omitempty"` // whether there is such a user; with No, the rest is not known
	ID            string     `json:"id,omitempty"`    // the directory's own name of the user
	Active        Fact       `json:"active,omitempty"`
	Locked        Fact       `json:"locked,omitempty"`
	LockedSince   time.Time  `json:"locked_since,omitzero"`
	LockReason    LockReason `json:"lock_reason,omitempty"`
	Expired       Fact       `json:"expired,omitempty"`
	MustChange    Fact       `json:"must_change,omitempty"`
	CannotExpire  Fact       `json:"cannot_expire,omitempty"`
	PasswordSet   time.Time  `json:"password_set,omitzero"`
	LoginAttempts *int       `json:"login_attempts,omitempty"` // refused logins in a row, everybody's
	LastLogin     time.Time  `json:"last_login,omitzero"`      // the last accepted login, anybody's
	Roles         []string   `json:"roles,omitempty"`          // their names for people, at most MaxRoles
	RolesKnown    bool       `json:"roles_known,omitempty"`
	Rules         Rules      `json:"rules,omitzero"`
}

// MaxRoles bounds how many roles of a user are kept: an integration user has a handful.
const MaxRoles = 100

// Rules is the password policy in force for a user, as far as the directory shows it.
type Rules struct {
	MaxAge       *time.Duration `json:"max_age,omitempty"`       // 0: never expires
	Warning      *time.Duration `json:"warning,omitempty"`       // before MaxAge
	LockAfter    *int           `json:"lock_after,omitempty"`    // refused logins in a row; 0: never locks
	LockDuration *time.Duration `json:"lock_duration,omitempty"` // until the directory unlocks by itself
	Password     *PasswordRules `json:"password,omitempty"`      // never the zero value: nil when nothing is known
}

// PasswordRules is what a new password has to be, as far as a directory shows it. Zero is not known, or not asked: what
// is not said about a password is not held against it. Numbers are of characters.
type PasswordRules struct {
	MinLength        int    `json:"min_length,omitempty"`
	MaxLength        int    `json:"max_length,omitempty"`
	MinLower         int    `json:"min_lower,omitempty"`
	MinUpper         int    `json:"min_upper,omitempty"`
	MinDigits        int    `json:"min_digits,omitempty"`
	MinSpecial       int    `json:"min_special,omitempty"`
	MaxSpecial       int    `json:"max_special,omitempty"`
	MinAlphas        int    `json:"min_alphas,omitempty"`        // letters
	MinAlphanumerics int    `json:"min_alphanumerics,omitempty"` // letters and digits
	MinUnique        int    `json:"min_unique,omitempty"`
	MaxRepeated      int    `json:"max_repeated,omitempty"`
	MinNew           int    `json:"min_new,omitempty"` // that the password before it does not have
	StartsWithLetter bool   `json:"starts_with_letter,omitempty"`
	Allowed          string `json:"allowed,omitempty"`   // a set of characters: no other may occur
	Forbidden        string `json:"forbidden,omitempty"` // a set: none may occur
	Required         string `json:"required,omitempty"`  // a set: each must occur
	NoUsername       bool   `json:"no_username,omitempty"`
	NoNames          bool   `json:"no_names,omitempty"` // neither first nor last name
}

// LookUp is the result of asking a directory about a user.
type LookUp struct {
	// Login is what the directory's own login came to; LoginUnproved too when none was needed.
	Login LoginResult
	// Answer is the one that decided: Rows when the user was found, NoRows when there is no such user.
	Answer Answer
	View   View
}

// Answered says whether the directory said anything about the user.
func (l LookUp) Answered() bool { return l.Answer.Outcome == Rows || l.Answer.Outcome == NoRows }

// LookUp asks a directory what is known about a user, and logs in to it where that is needed, at most once: with the
// request to Fusion SCIM, and for a new token at an identity domain. A user whose name could be read as a question
// about somebody else is not asked for, and the answer says so.
func (c *Client) LookUp(ctx context.Context, directory Directory, username string) LookUp {
	if reason := unaskable(username); reason != "" {
		return LookUp{Login: LoginUnproved, Answer: unsent(reason)}
	}
	switch directory.Kind {
	case FusionDirectory:
		return c.lookUpFusion(ctx, directory, username)
	case IdentityDomain:
		return c.lookUpDomain(ctx, directory, username)
	}
	return LookUp{Login: LoginUnproved, Answer: unsent("a directory is of type fusion or identity_domain")}
}

// LookUpByToken asks an identity domain with a token in hand and never logs in. It returns false when
// there is no such token, or the domain does not accept it any more; that token is not used again.
func (c *Client) LookUpByToken(ctx context.Context, directory Directory, username string) (LookUp, bool) {
	if directory.Kind != IdentityDomain || unaskable(username) != "" {
		return LookUp{Login: LoginUnproved}, false
	}
	token, found := c.tokens.find(directory)
	if !found {
		return LookUp{Login: LoginUnproved}, false
	}
	look := c.askDomain(ctx, directory.Endpoint, credential{login: directory.Login, token: token}, username)
	if look.Answer.Outcome == Refused {
		c.tokens.drop(directory, token)
		return LookUp{Login: LoginUnproved}, false
	}
	return look, true
}

// ForgetToken makes the next LookUp log in: with a token in hand it would prove nothing about the secret.
func (c *Client) ForgetToken(directory Directory) {
	if token, found := c.tokens.find(directory); found {
		c.tokens.drop(directory, token)
	}
}
