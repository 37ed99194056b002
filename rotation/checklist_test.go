package rotation_test

import (
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// marks is a checklist in one line: account, role, privilege, API, modules, address.
func marks(c rotation.Checklist) string {
	line := ""
	for _, m := range []rotation.Mark{c.AccountActive, c.RoleAssigned, c.RESTPrivilege, c.APITested, c.ModulesAccessible, c.BaseURLConfirmed} {
		line += map[rotation.Mark]string{rotation.Pass: "+", rotation.Fail: "-", rotation.Unknown: "?"}[m]
	}
	return line
}

func TestChecklistOf(t *testing.T) {
	t.Parallel()
	never := withLogin(rotation.LoginNever)
	withRoles := func(known bool, roles ...string) oracle.View {
		return with(counted(0), func(v *oracle.View) { v.RolesKnown, v.Roles = known, roles })
	}
	tests := map[string]struct {
		changes []change
		want    string
	}{
		"logs in, every module answers":        {nil, "++++++"},
		"no module has rows":                   {[]change{withModules(oracle.Empty, oracle.Empty)}, "++++++"},
		"a module is forbidden":                {[]change{withModules(oracle.Accessible, oracle.NoPrivilege)}, "+-++-+"},
		"all are":                              {[]change{withModules(oracle.NoPrivilege, oracle.NoPrivilege)}, "+----+"},
		"a module is missing":                  {[]change{withModules(oracle.Accessible, oracle.Missing)}, "+?++-+"},
		"a module is in error":                 {[]change{withModules(oracle.Accessible, oracle.ModuleInError)}, "+?++?+"},
		"never proved":                         {[]change{never}, "??????"},
		"refused":                              {[]change{withLogin(rotation.LoginRefused)}, "???-??"},
		"the address is none":                  {[]change{withFailures(1, rotation.ReasonNoOracleAPI)}, "+++++-"},
		"the pod is down":                      {[]change{withFailures(9, rotation.ReasonTimeout)}, "++++++"},
		"refused, and locked":                  {[]change{withRefusals(1), withView(lockedView())}, "-??-??"},
		"refused, and inactive":                {[]change{withRefusals(1), withView(uncounted(oracle.No))}, "-??-??"},
		"refused, and expired":                 {[]change{withRefusals(1), withView(expiredView)}, "-??-??"},
		"refused, and no such user":            {[]change{withRefusals(1), withView(noUserView)}, "-??-??"},
		"refused, and nothing is wrong":        {[]change{withRefusals(1), withView(counted(1))}, "+??-??"},
		"refused, whether locked: not known":   {[]change{withRefusals(1), withView(uncounted(oracle.Yes))}, "???-??"},
		"logs in, and expired":                 {[]change{withView(expiredView)}, "-+++++"},
		"never proved, and active":             {[]change{never, withView(counted(0))}, "+?????"},
		"never proved, and the usual role":     {[]change{never, withView(withRoles(true, "X", "ORA_FINANCIAL_INTEGRATION_SPECIALIST_JOB"))}, "++????"},
		"never proved, and its title":          {[]change{never, withView(withRoles(true, "Financial Integration Specialist"))}, "++????"},
		"never proved, and another role":       {[]change{never, withView(withRoles(true, "Accountant"))}, "+?????"},
		"never proved, and no role":            {[]change{never, withView(withRoles(true))}, "+-????"},
		"never proved, and roles not known":    {[]change{never, withView(withRoles(false))}, "+?????"},
		"a module is forbidden, usual role":    {[]change{withModules(oracle.Accessible, oracle.NoPrivilege), withView(withRoles(true, "Financial Integration Specialist"))}, "++++-+"},
		"locked, and a login accepted since":   {[]change{withView(lockedView()), withAcceptance}, "++++++"},
		"never proved, said another directory": {[]change{never, withView(lockedView()), func(s *rotation.Snapshot) { s.Ledger = s.Ledger.SeenBy("x") }}, "??????"},
	}
	for name, tt := range tests {
		s := snapshot()
		for _, alter := range tt.changes {
			alter(&s)
		}
		if got := marks(rotation.ChecklistOf(s)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
