package main

import "vault-plugin-secrets-oracle-financials/scripts/stage"

func check() chapter {
	return chapter{title: "Check it", scenes: []scene{
		{
			say: "By default the engine checks every password once an hour. Here a person asks for a check now, and for the " +
				"modules that were not selected, too: Receivables answers, which was the administrator's mistake.",
			run:  "vault write " + checkPath + " least_privilege=true",
			show: []string{"state", "message", "excess_modules", "days_until_expiry", "next_check_time"},
			want: []string{"state ok", "excess_modules [AR]"},
		},
		{
			say: "The status is what was learned last; reading it asks Oracle nothing. It fills in the checklist of a " +
				"hand-over, too.",
			run: "vault read -field=checklist -format=json " + statusPath, want: []string{`"role_assigned": "pass"`},
		},
	}}
}

func expiring(f facts) chapter {
	return chapter{title: "80 days later: the password is about to expire", scenes: []scene{
		{
			say: "Oracle usually lets a password live for 90 days. The simulator's clock can be moved, and we move it by 80 days.",
			run: f.oracle("clock advance 80d"),
		},
		{
			say: "The engine's clock is this machine's and cannot be moved, so we tell the engine what the move means for " +
				"it: the password was set 80 days ago.",
			run:  "vault patch " + integrationPath + " password_set_time=" + f.daysAgo(80),
			want: []string{"state expiring"},
		},
		{
			say: "The status warns, and says what to do.",
			run: "vault read " + statusPath, show: []string{"state", "severity", "message", "days_until_expiry"},
			want: []string{"state expiring", "severity warning", "days_until_expiry 9"},
		},
		{
			say: "The report counts the states of all integrations, for a monitor to read.",
			run: reportCounts, want: []string{`"expiring": 1`},
		},
	}}
}

func expired(f facts) chapter {
	status := []string{"state", "severity", "confidence", "message", "refused_logins", "held"}
	return chapter{title: "11 more days: Oracle refuses the login", scenes: []scene{
		{say: "Nobody acts, and time goes on. In Oracle the password has expired now.", run: f.oracle("clock advance 11d")},
		{
			say: "The engine is told the same. It knows the date, but a date proves nothing: the last login worked, so the " +
				"state is still expiring.",
			run:  "vault patch " + integrationPath + " password_set_time=" + f.daysAgo(91),
			want: []string{"state expiring"},
		},
		{say: "To count the logins from here on, we empty the simulator's log.", run: f.oracle("logs reset")},
		{
			say: "A check spends one login, and Oracle refuses it. It says 401 and no more, be the password wrong or the " +
				"account locked, disabled or expired. The engine infers the likely cause from the password's age.",
			run: "vault write -f " + checkPath, show: status,
			want: []string{"state expired", "confidence inferred", "held true", "refused_logins 1"},
		},
		{
			say: "Somebody checks again, and again. The engine holds back, and says so.",
			run: "vault write -f " + checkPath, show: []string{"state"},
			want: []string{"no login was spent", "state expired"},
		},
		{
			run: "vault write -f " + checkPath, show: []string{"state"}, want: []string{"no login was spent", "state expired"},
		},
		{
			say: "Three checks, and Oracle has seen one login. This is the lockout guard.",
			run: f.oracle("logins API_USER"), clip: true, want: []string{"refused expired"}, rows: 1,
		},
		{say: "The report counts it as expired.", run: reportCounts, want: []string{`"expired": 1`}},
	}}
}

func newPassword(f facts) chapter {
	return chapter{title: "A person sets a new password", scenes: []scene{
		{
			say:  "First in Oracle, as the message said.",
			run:  f.oracle("user password API_USER --password-file " + stage.NewPasswordFile),
			show: []string{"name", "expired", "failed_in_a_row"}, want: []string{"expired false"},
		},
		{
			say:  "Then in Vault. What is left out is kept. The new password is tried at once, although the old one was held.",
			run:  "vault write " + integrationPath + " password=@" + stage.NewPasswordFile + " password_set_time=" + f.daysAgo(0),
			want: []string{"credential_version 2", "state ok"},
		},
		{
			say: "All is well again.",
			run: "vault read " + statusPath, show: []string{"state", "message", "held", "refused_logins", "days_until_expiry"},
			want: []string{"state ok", "held false", "refused_logins 0"},
		},
		{
			say: "Applications go on reading the same path. The version tells them that the password is another one.",
			run: "vault read -field=credential_version " + stage.EngineName + "/creds/gl-prod", want: []string{"2"}, rows: 1,
		},
	}}
}
