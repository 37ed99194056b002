package oraclesim

import (
	"slices"
	"strings"
	"time"
)

// fusionDate is how Fusion's SCIM writes dates (Oracle Applications REST guide, Get all users: 2016-10-20
// 12:36:21.000).
const fusionDate = "2006-01-02 15:04:05.000"

// sortedAccounts returns the accounts in the order of their names, each brought up to now. It needs the lock.
func (p *Pod) sortedAccounts() []*account {
	now := p.now()
	accounts := make([]*account, 0, len(p.accounts))
	for _, a := range p.accounts {
		p.settle(a, now)
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int { return strings.Compare(a.name, b.name) })
	return accounts
}

// matching returns the accounts that a filter matches, in the order of their names, each brought up to now. It sorts none
// for a user name or an id, since clients look up thousands. It needs the lock.
func (p *Pod) matching(f filter, idOf func(*account) string) []*account {
	var a *account
	switch f.attribute {
	case "":
		return p.sortedAccounts()
	case "id":
		a = p.accountWith(f.value, idOf)
	default:
		a = p.accounts[accountKey(f.value)]
	}
	if a == nil {
		return nil
	}
	p.settle(a, p.now())
	return []*account{a}
}

// accountWith returns the account whose id, as idOf reads it, is the one given, brought up to now; nil when there is none.
// It needs the lock.
func (p *Pod) accountWith(id string, idOf func(*account) string) *account {
	for _, a := range p.accounts {
		if strings.EqualFold(idOf(a), id) {
			p.settle(a, p.now())
			return a
		}
	}
	return nil
}

func fusionID(a *account) string { return a.id }

func domainID(a *account) string { return a.domainID }

func (p *Pod) isIdentityAdmin(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	return ok && a.identityAdmin
}

// active is what SCIM shows: a suspension, and a lock where the switch says so.
func (a *account) active(s Switches) bool {
	return !a.disabled && (!s.ActiveFlipsOnLock || !a.locked())
}

// fusionUser is a user as Fusion's SCIM shows him: no lock, no expiry, no date of the password.
func fusionUser(a *account, host string, s Switches) map[string]any {
	roles := make([]map[string]any, 0, len(a.roles))
	for _, role := range a.roles {
		roles = append(roles, map[string]any{
			"id": strings.ToUpper(identifier("role", role.Code)), "value": role.Code,
			"displayName": role.Name, "description": role.Name,
		})
	}
	return map[string]any{
		"id": a.id,
		"meta": map[string]any{
			"created":      fusionTime(a.created),
			"lastModified": fusionTime(a.modified),
			"location":     host + scimRoot + "Users/" + a.id,
		},
		"schemas":           []string{fusionUserSchema},
		"userName":          a.name,
		"name":              map[string]any{"familyName": a.name, "givenName": "Integration"},
		"displayName":       "Integration " + a.name,
		"preferredLanguage": "en",
		"emails":            []map[string]any{{"value": strings.ToLower(a.name) + "@example.com", "type": "W", "primary": true}},
		"active":            a.active(s),
		"roles":             roles,
	}
}

func fusionTime(t time.Time) string { return t.UTC().Format(fusionDate) }

// fusionSchemas describes the attributes above (GET Schemas of Oracle's guide; its content was not seen).
func fusionSchemas() map[string]any {
	var attributes []map[string]any
	for _, attribute := range []struct{ name, kind, mutability string }{
		{"id", "string", "readOnly"},
		{"meta", "complex", "readOnly"},
		{"externalId", "string", "readWrite"},
		{"userName", "string", "readWrite"},
		{"name", "complex", "readWrite"},
		{"displayName", "string", "readWrite"},
		{"preferredLanguage", "string", "readWrite"},
		{"emails", "complex", "readWrite"},
		{"active", "boolean", "readWrite"},
		{"roles", "complex", "readOnly"},
		{"password", "string", "writeOnly"},
	} {
		attributes = append(attributes, map[string]any{
			"name": attribute.name, "type": attribute.kind, "mutability": attribute.mutability,
		})
	}
	schema := map[string]any{"id": fusionUserSchema, "name": "User", "description": "User", "attributes": attributes}
	return map[string]any{"itemsPerPage": 1, "startIndex": 1, "Resources": []any{schema}}
}
