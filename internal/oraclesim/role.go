package oraclesim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Codes of predefined job roles (Oracle Financials and Common Features security references).
const (
	// RoleFinancialIntegrationSpecialist is the job role of an integration user.
	RoleFinancialIntegrationSpecialist = "ORA_FUN_FINANCIAL_INTEGRATION_SPECIALIST_JOB"
	// RoleITSecurityManager is the job role that the SCIM privilege is delivered with.
	RoleITSecurityManager = "ORA_FND_IT_SECURITY_MANAGER_JOB"
)

// Role is a role as SCIM shows it in a user.
type Role struct {
	// Code is "value" in SCIM.
	Code string `json:"code"`
	// Name is "displayName" in SCIM; empty = that of a predefined role, or else the code.
	Name string `json:"name"`
}

func (r Role) validate() error {
	if r.Code == "" {
		return errors.New("a role needs a code")
	}
	return nil
}

// named is the role with a name.
func (r Role) named() Role {
	r.Name = cmp.Or(r.Name, map[string]string{
		RoleFinancialIntegrationSpecialist: "Financial Integration Specialist",
		RoleITSecurityManager:              "IT Security Manager",
	}[r.Code], r.Code)
	return r
}

// AddRole gives a user a role, or renames the one of the same code.
func (p *Pod) AddRole(user string, role Role) error {
	if err := role.validate(); err != nil {
		return err
	}
	return p.change(user, func(a *account, _ time.Time) { a.addRole(role) })
}

// RemoveRole takes a role from a user.
func (p *Pod) RemoveRole(user, code string) error {
	found := false
	err := p.change(user, func(a *account, _ time.Time) {
		before := len(a.roles)
		a.roles = slices.DeleteFunc(a.roles, func(r Role) bool { return r.Code == code })
		found = len(a.roles) < before
	})
	if err == nil && !found {
		return fmt.Errorf("user %q has no role %q", user, code)
	}
	return err
}

func (a *account) addRole(role Role) {
	role = role.named()
	if i := slices.IndexFunc(a.roles, func(r Role) bool { return r.Code == role.Code }); i >= 0 {
		a.roles[i] = role
		return
	}
	a.roles = append(a.roles, role)
}

// identifier makes 32 hexadecimal digits of what they stand for, so that a pod started anew gives the same ones.
func identifier(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprintln(parts...)))
	return hex.EncodeToString(sum[:16])
}
