package main

import "vault-plugin-secrets-oracle-financials/scripts/stage"

const rotatePath = stage.EngineName + "/rotate/gl-prod"

func rotating(f facts) chapter {
	outcome := []string{"state", "credential_version", "rotation_phase", "last_rotation_error"}
	return chapter{title: "Rotate without losing a password", scenes: []scene{
		{
			say: "So far people set the passwords. With a client that may do that in the identity domain, the engine does. It is " +
				"permitted this one user,",
			run: f.oracle("client add ROTATOR --rights read_users,change_passwords --secret-file " + stage.ClientSecretFile),
		},
		{
			run: "vault write " + stage.EngineName + "/directories/rotator type=identity_domain url=" + f.domain +
				" client_id=ROTATOR client_secret=@" + stage.ClientSecretFile + " allowed_usernames=API_USER allowed_server_hosts=localhost ca_cert=@" + stage.CAFile,
			want: []string{"state ok"},
		},
		{
			say: "and serves the integration.",
			run: "vault patch " + integrationPath + " directory=rotator", show: []string{"state", "credential_version"}, want: []string{"state ok"},
		},
		{
			say: "Rotate now. The new password is stored before it is sent, proved by a login, and served in the write that makes " +
				"it the current one. No answer but that of creds shows it.",
			run: "vault write -f " + rotatePath, show: outcome, want: []string{"state ok", "credential_version 3", "rotation_phase idle"},
		},
		{
			say: "Oracle knows who changed it.",
			run: f.oracle("password-changes API_USER"), clip: true, want: []string{"domain:ROTATOR"},
		},
		{
			say: "Now for what loses passwords elsewhere: Oracle changes the password, and its answer is lost on the way.",
			run: f.oracle("fault add lost_reply --domain --method PUT --path /admin/v1/UserPasswordChanger --count 1"), clip: true,
		},
		{
			say: "Nobody can know which password is live, so both are kept, and applications go on reading the one before.",
			run: "vault write -f " + rotatePath, show: outcome, want: []string{"rotation_phase sent", "credential_version 3", "answer_lost"},
		},
		{
			say: "A few seconds later nothing of that request can arrive any more. The engine asks the domain when the password " +
				"was last set, sees that it was, proves the new one by a login, and serves it, by itself.",
			run: "vault read " + statusPath, until: "rotation_phase idle", show: outcome, want: []string{"state ok", "credential_version 4", "rotation_phase idle"},
		},
		{
			say:  "The history tells of both.",
			run:  "vault read -field=events -format=json " + stage.EngineName + "/history/gl-prod",
			show: []string{`"kind": "rotation"`, `"credential_version": 4`}, want: []string{`"kind": "rotation"`},
		},
	}}
}
