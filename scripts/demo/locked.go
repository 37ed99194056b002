package main

import "vault-plugin-secrets-oracle-financials/scripts/stage"

// The second integration, whose user is locked in the course of the story.
const (
	lockedIntegration = stage.EngineName + "/integrations/ap-prod"
	lockedCheck       = stage.EngineName + "/check/ap-prod"
)

func locked(f facts) chapter {
	verdict := []string{"state", "reason", "confidence", "message", "held", "refused_logins"}
	return chapter{title: "A directory knows why", scenes: []scene{
		{
			say: "Oracle answers a wrong password, a locked, an expired and a disabled user alike: 401, without a word. The " +
				"identity domain before the pod knows more. An administrator makes a client for Vault there,",
			run: f.oracle("client add VAULT --rights read_users --secret-file " + stage.ClientSecretFile),
		},
		{
			say: "and writes it to Vault as a directory, with the users whom it may be asked about, and nobody else.",
			run: "vault write " + stage.EngineName + "/directories/domain type=identity_domain url=" + f.domain +
				" client_id=VAULT client_secret=@" + stage.ClientSecretFile + " allowed_usernames=AP_* allowed_server_hosts=localhost ca_cert=@" + stage.CAFile,
			want: []string{"state ok"},
		},
		{
			say: "A second user, for Payables, names the directory.",
			run: f.oracle("user add AP_USER --access AP=granted --password-file " + stage.PasswordFile), show: []string{"name", "access"},
		},
		{
			run: "vault write " + lockedIntegration + " server_url=" + f.url + " username=AP_USER password=@" + stage.PasswordFile +
				" ca_cert=@" + stage.CAFile + " modules=AP directory=domain",
			show: []string{"state", "credential_version"}, want: []string{"state ok"},
		},
		{
			say: "In Oracle, an administrator locks that user. Nobody tells Vault.",
			run: f.oracle("user lock AP_USER"), show: []string{"name", "locked"}, want: []string{"locked true"},
		},
		{say: "To count the logins from here on, we empty the simulator's log.", run: f.oracle("logs reset")},
		{
			say: "The next check asks the directory first. It says what is the case, confirmed, and no login is spent on it.",
			run: "vault write -f " + lockedCheck, show: verdict,
			want: []string{"state locked", "confidence confirmed", "refused_logins 0", "no login was spent"},
		},
		{
			say: "An administrator unlocks the user. Oracle's API can go on refusing for a while, so the engine waits before it " +
				"logs in again, by itself, an hour later.",
			run: f.oracle("user unlock AP_USER"), show: []string{"name", "locked", "api_locked_until"}, want: []string{"locked false"},
		},
		{
			run: "vault write -f " + lockedCheck, show: verdict, want: []string{"reason unlocked_waiting", "refused_logins 0"},
		},
		{
			say:  "The history tells what happened, when, why, and by whom.",
			run:  "vault read -field=events -format=json " + stage.EngineName + "/history/ap-prod",
			show: []string{`"actor":`, `"kind":`, `"reason":`, `"to_state":`},
			want: []string{`"to_state": "locked"`, `"actor": "token"`},
		},
	}}
}
