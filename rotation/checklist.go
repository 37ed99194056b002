package rotation

import (
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Mark is one item's result. The list is closed.
type Mark string

// The marks.
const (
	Pass    Mark = "pass"
	Fail    Mark = "fail"
	Unknown Mark = "unknown"
)

// Checklist is what an administrator ticks off before handing over an integration user.
type Checklist struct {
	AccountActive, RoleAssigned, RESTPrivilege, APITested, ModulesAccessible, BaseURLConfirmed Mark
}

// ChecklistOf fills the list from evidence; what the evidence does not say stays unknown.
func ChecklistOf(s Snapshot) Checklist {
	r := s.Current()
	list := Checklist{Unknown, Unknown, Unknown, Unknown, Unknown, Unknown}
	switch r.Login {
	case LoginRefused:
		list.APITested = Fail // a 401 is not Oracle's alone, so it confirms no address
	case LoginAccepted:
		list.AccountActive, list.BaseURLConfirmed = Pass, Pass
		list.fromModules(r)
	case LoginNever:
	}
	list.fromDirectory(s)
	if r.Failures > 0 && (r.Cause == ReasonNoOracleAPI || r.Cause == ReasonUnexpected || r.Cause == ReasonTLSFailure) {
		list.BaseURLConfirmed = Fail
	}
	return list
}

// integrationRole is the job role that Oracle delivers for such users (Financial Integration Specialist job
// role, security reference for Financials). Others can grant the same privileges, so that where the user has
// others only, what the modules answer decides.
const integrationRole = "financial integration specialist"

// fromDirectory fills in what a directory knows better than a login.
func (list *Checklist) fromDirectory(s Snapshot) {
	view, fresh := s.Ledger.evidence()
	if !fresh {
		return
	}
	switch {
	case view.Found == oracle.No && list.AccountActive == Pass: // it knows nothing of a user who logs in
	case troubled(view):
		list.AccountActive = Fail
	case view.Active == oracle.Yes && list.AccountActive == Unknown && view.Locked == oracle.No:
		list.AccountActive = Pass
	}
	switch {
	case slices.ContainsFunc(view.Roles, isIntegrationRole):
		list.RoleAssigned = Pass
	case view.RolesKnown && len(view.Roles) == 0 && list.RoleAssigned == Unknown:
		list.RoleAssigned = Fail
	}
}

// isIntegrationRole reads a role's name or its code (ORA_…_FINANCIAL_INTEGRATION_SPECIALIST_JOB).
func isIntegrationRole(role string) bool {
	return strings.Contains(strings.ToLower(strings.ReplaceAll(role, "_", " ")), integrationRole)
}

func (list *Checklist) fromModules(r Record) {
	answering := countResults(r, oracle.Accessible) + countResults(r, oracle.Empty)
	forbidden := countResults(r, oracle.NoPrivilege)
	switch {
	case len(r.Modules) == 0:
		return
	case answering == len(r.Modules):
		list.RoleAssigned, list.ModulesAccessible = Pass, Pass
	case forbidden+countResults(r, oracle.Missing) > 0:
		list.ModulesAccessible = Fail
	}
	if forbidden > 0 {
		list.RoleAssigned = Fail
	}
	if answering > 0 {
		list.RESTPrivilege, list.APITested = Pass, Pass
	} else if forbidden == len(r.Modules) {
		list.RESTPrivilege, list.APITested = Fail, Fail
	}
}
