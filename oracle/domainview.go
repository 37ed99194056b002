package oracle

import (
	"slices"
	"time"
)

// Bounds of what a directory can mean. A figure beyond is a default or a mistake, and is taken for not known.
const (
	maxAttempts = 1_000_000
	maxDays     = 36_500 // a hundred years; Oracle's service accounts often have 9,999 days

	maxPassword   = 500 // characters, the most that a policy may allow (OCI IAM, modify a custom password policy)
	maxCharacters = 256 // different ones in a list; a keyboard has about 100
)

const day = 24 * time.Hour

// viewFromDomain reads a user of an identity domain, all but the rules.
func viewFromDomain(user object, by credential) View {
	state, password := user.object(userState), user.object(passwordState)
	lock := state.object("locked")
	view := View{
		Found: Yes, ID: identifier(user, "id", by), Active: user.fact("active"),
		Locked:        lock.fact("on"),
		Expired:       expired(lock, password),
		MustChange:    password.fact("mustChange"),
		CannotExpire:  password.fact("cantExpire"),
		PasswordSet:   password.instant("lastSuccessfulSetDate"),
		LoginAttempts: count(state, "loginAttempts"),
		LastLogin:     state.instant("lastSuccessfulLoginDate"),
	}
	if view.Locked == Yes { // of a lock that is over, or that nobody speaks of, the rest would mislead
		view.LockedSince = lock.instant("lockDate")
		view.LockReason = lockReason(lock)
	}
	return view
}

// expired joins what two members say. That of the lock says "no" of a password whose expiry is still to be judged
// at the next login (OCI SDK, ExtUserState), so that only its "yes" counts.
func expired(lock, password object) Fact {
	if lock.fact("expired") == Yes {
		return Yes
	}
	return password.fact("expired")
}

// lockReason reads locked.reason (OCI SDK, ExtUserState).
func lockReason(lock object) LockReason {
	code, known := lock.number("reason")
	if !known {
		return LockReasonNotKnown
	}
	switch code {
	case 0:
		return LockedByPassword
	case 1:
		return LockedByAdministrator
	case 2:
		return LockedByReset
	case 3:
		return LockedByMFA
	case 4:
		return LockedByFederatedMFA
	case 5:
		return LockedByDatabaseLogin
	}
	return LockReasonNotKnown
}

// rulesFrom reads a password policy (OCI SDK, identity_domains PasswordPolicy; Managing Password Policies for the
// zeros: a password that never expires, an account that never locks).
func rulesFrom(policy object) Rules {
	rules := Rules{
		MaxAge:       span(policy, "passwordExpiresAfter", day),
		Warning:      span(policy, "passwordExpireWarning", day),
		LockAfter:    count(policy, "maxIncorrectAttempts"),
		LockDuration: span(policy, "lockoutDuration", time.Minute),
	}
	if asked := passwordRulesFrom(policy); asked != (PasswordRules{}) {
		rules.Password = &asked
	}
	if rules.LockDuration != nil && *rules.LockDuration == 0 { // documented are 5 minutes and more: no meaning is known
		rules.LockDuration = nil
	}
	return rules
}

// passwordRulesFrom reads what a policy asks of a new password (OCI SDK, identity_domains PasswordPolicy, where 0 asks
// nothing). Left out are the words it forbids, because they are kept as said and could repeat a credential, the user's
// attributes it forbids, because their values are not known, and its dictionary.
func passwordRulesFrom(policy object) PasswordRules {
	return PasswordRules{
		MinLength:        figure(policy, "minLength"),
		MaxLength:        figure(policy, "maxLength"),
		MinLower:         figure(policy, "minLowerCase"),
		MinUpper:         figure(policy, "minUpperCase"),
		MinDigits:        figure(policy, "minNumerals"),
		MinSpecial:       figure(policy, "minSpecialChars"),
		MaxSpecial:       figure(policy, "maxSpecialChars"),
		MinAlphas:        figure(policy, "minAlphas"),
		MinAlphanumerics: figure(policy, "minAlphaNumerals"),
		MinUnique:        figure(policy, "minUniqueChars"),
		MaxRepeated:      figure(policy, "maxRepeatedChars"),
		MinNew:           figure(policy, "distinctCharacters"),
		StartsWithLetter: policy.fact("startsWithAlphabet") == Yes,
		Allowed:          characterSet(policy, "allowedChars"),
		Forbidden:        characterSet(policy, "disallowedChars"),
		Required:         characterSet(policy, "requiredChars"),
		NoUsername:       policy.fact("userNameDisallowed") == Yes,
		NoNames:          policy.fact("firstNameDisallowed") == Yes || policy.fact("lastNameDisallowed") == Yes,
	}
}

// figure gives a number of characters; 0 when it is not said.
func figure(o object, name string) int {
	said, known := o.number(name)
	if !known || said < 0 || said > maxPassword {
		return 0
	}
	return int(said)
}

// characterSet gives the characters of a text, each once and in their order in Unicode: so they are a set, and repeat
// nothing that the text could have said. Empty when it is not said, or is too long for a list of what people type.
func characterSet(o object, name string) string {
	set := []rune(o.text(name))
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) > maxCharacters {
		return ""
	}
	return string(set)
}

// count gives a number of logins; nil when it is not said.
func count(o object, name string) *int {
	said, known := o.number(name)
	if !known || said < 0 || said > maxAttempts {
		return nil
	}
	n := int(said)
	return &n
}

// span gives a length of time that is said in whole units; nil when it is not.
func span(o object, name string, unit time.Duration) *time.Duration {
	said, known := o.number(name)
	if !known || said < 0 || said > int64(maxDays*day/unit) {
		return nil
	}
	d := time.Duration(said) * unit
	return &d
}
