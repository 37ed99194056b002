package oraclesim

import (
	"slices"
	"strings"
	"time"
)

// URNs of the domain's users.
const (
	coreUserSchema      = "urn:ietf:params:scim:schemas:core:2.0:User"
	userStateSchema     = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User"
	passwordStateSchema = "urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User" //nolint:gosec // G101: a name, no credential.
)

// domainDate is how the domain writes dates.
const domainDate = "2006-01-02T15:04:05.000Z"

// Reasons of a lock, of which a domain has six (OCI SDK, UserExtLocked).
const (
	lockReasonFailedLogins = 0
	lockReasonAdmin        = 1
)

// maxConcurrentSessions is what a domain allows by default.
const maxConcurrentSessions = 5

// attribute is a value in a user of the domain.
type attribute struct {
	name  string // path below its schema, such as locked.expired
	value any    // nil: none
	// onRequest attributes are absent unless they, or the whole extension, are named (OCI SDK: "returned: request").
	onRequest bool
}

// attributesOf lists what the domain tells of a user, by schema; the core schema is "".
func attributesOf(a *account, host string, now time.Time) map[string][]attribute {
	core := []attribute{
		{name: "meta", value: map[string]any{
			"resourceType": "User", "created": domainTime(a.created), "lastModified": domainTime(a.modified),
			"location": host + adminRoot + "Users/" + a.domainID,
		}},
		{name: "userName", value: a.name},
		{name: "displayName", value: "Integration " + a.name},
		{name: "name", value: map[string]any{"familyName": a.name, "givenName": "Integration", "formatted": "Integration " + a.name}},
		{name: "emails", value: []map[string]any{{"value": strings.ToLower(a.name) + "@example.com", "type": "work", "primary": true}}},
		{name: "active", value: !a.disabled},
	}
	state := []attribute{
		{name: "locked.on", value: a.locked()},
		{name: "locked.expired", value: a.expired(now), onRequest: true},
		{name: "maxConcurrentSessions", value: maxConcurrentSessions},
		{name: "loginAttempts", value: a.failed, onRequest: true},
		{name: "lastSuccessfulLoginDate", value: domainTime(a.accepted), onRequest: true},
		{name: "previousSuccessfulLoginDate", value: domainTime(a.acceptedEarlier), onRequest: true},
		{name: "lastFailedLoginDate", value: domainTime(a.refused), onRequest: true},
	}
	if a.locked() {
		reason := lockReasonFailedLogins
		if a.lockedByAdmin {
			reason = lockReasonAdmin
		}
		state = append(state,
			attribute{name: "locked.lockDate", value: domainTime(a.lockedAt)}, attribute{name: "locked.reason", value: reason})
	}
	password := []attribute{
		{name: "expired", value: a.expired(now), onRequest: true},
		{name: "mustChange", value: a.mustChange, onRequest: true},
		{name: "cantExpire", value: a.passwordExpiry.IsZero(), onRequest: true},
		{name: "cantChange", value: false, onRequest: true},
		{name: "lastSuccessfulSetDate", value: domainTime(a.passwordSet), onRequest: true},
		{name: "lastSuccessfulValidationDate", value: domainTime(a.accepted), onRequest: true},
		{name: "lastFailedValidationDate", value: domainTime(a.refused), onRequest: true},
		{name: "applicablePasswordPolicy", value: map[string]any{
			"value": policyID(), "$ref": host + adminRoot + "PasswordPolicies/" + policyID(),
		}, onRequest: true},
	}
	return map[string][]attribute{"": core, userStateSchema: state, passwordStateSchema: password}
}

// domainTime is nil for no time.
func domainTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(domainDate)
}

// domainUser shows the attributes that were named; without names, those that are returned by default.
func domainUser(a *account, host string, now time.Time, wanted []string) map[string]any {
	user := map[string]any{"id": a.domainID, "schemas": []string{coreUserSchema, userStateSchema, passwordStateSchema}}
	for schema, attributes := range attributesOf(a, host, now) {
		for _, attribute := range attributes {
			if attribute.value != nil && attribute.isReturned(schema, wanted) {
				place(user, schema, attribute)
			}
		}
	}
	return user
}

// isReturned: an attribute is named in full, by its parent or its extension. A parent's name does not bring what is
// returned on request alone.
func (a attribute) isReturned(schema string, wanted []string) bool {
	if len(wanted) == 0 {
		return !a.onRequest
	}
	prefix := ""
	if schema != "" {
		prefix = schema + ":"
	}
	full := prefix + a.name
	parent, _, nested := strings.Cut(a.name, ".")
	parent = prefix + parent
	return slices.ContainsFunc(wanted, func(name string) bool {
		name = strings.TrimPrefix(name, coreUserSchema+":")
		top, _, _ := strings.Cut(name, ".") // name.familyName brings name
		return strings.EqualFold(name, full) || schema != "" && strings.EqualFold(name, schema) ||
			nested && !a.onRequest && strings.EqualFold(name, parent) || schema == "" && strings.EqualFold(top, full)
	})
}

// place puts a value where its schema and its path say.
func place(user map[string]any, schema string, a attribute) {
	in := user
	if schema != "" {
		in = inner(in, schema)
	}
	name := a.name
	if parent, child, nested := strings.Cut(name, "."); nested {
		in, name = inner(in, parent), child
	}
	in[name] = a.value
}

func inner(outer map[string]any, name string) map[string]any {
	if object, ok := outer[name].(map[string]any); ok {
		return object
	}
	object := make(map[string]any)
	outer[name] = object
	return object
}
