package main

import (
	"fmt"
	"io"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

// group is a few commands that go together.
type group struct {
	title string
	lines []line
}

// line is a command to try, and what comes of it.
type line struct{ command, remark string }

// width is that of the longest command with a remark.
func (g group) width() int {
	width := 0
	for _, l := range g.lines {
		if l.remark != "" {
			width = max(width, len(l.command))
		}
	}
	return width
}

// commands are what to try, in an order in which all of them work.
func commands(s *stage.Stage) []group {
	return []group{
		{"Read what applications read, and what is stored", []line{
			{"vault read oracle-financials/creds/gl-prod", ""},
			{"vault read oracle-financials/connector/gl-prod", "under the connector's own names"},
			{"vault read oracle-financials/integrations/gl-prod", "never the password"},
			{"vault path-help oracle-financials/integrations/gl-prod", "every path has help"},
		}},
		{"Check it against Oracle, and see what is known", []line{
			{"vault write -f oracle-financials/check/gl-prod", ""},
			{"vault write oracle-financials/check/gl-prod least_privilege=true", "finds AR in excess"},
			{"vault read oracle-financials/status/gl-prod", "asks Oracle nothing"},
			{"vault list -detailed oracle-financials/status", ""},
			{"vault read -format=json oracle-financials/report", "for a monitor"},
		}},
		{"Break things in Oracle, then check again", []line{
			{s.Oracle("user privilege API_USER AP denied"), "limited"},
			{s.Oracle("user privilege API_USER AP granted"), ""},
			{s.Oracle("down"), "unreachable after three checks"},
			{s.Oracle("up"), ""},
			{s.Oracle("clock advance 91d"), "the password expires: rejected"},
			{s.Oracle("logins API_USER"), "what was really spent"},
		}},
		{"Put it right as a person would", []line{
			{s.Oracle("user password API_USER --password-file " + stage.NewPasswordFile), ""},
			{"vault write oracle-financials/integrations/gl-prod password=@" + stage.NewPasswordFile, ""},
		}},
		{"Let the engine set the password, through the identity domain before the pod", []line{
			{s.Oracle("client add VAULT --rights read_users,change_passwords \\\n      --secret-file " + stage.ClientSecretFile), ""},
			{"vault write oracle-financials/directories/domain type=identity_domain \\\n" +
				"      url=" + s.DomainURL() + " client_id=VAULT client_secret=@" + stage.ClientSecretFile + " \\\n" +
				"      allowed_usernames=API_USER,API_USER_B allowed_server_hosts=localhost ca_cert=@" + stage.CAFile, ""},
			{"vault patch oracle-financials/integrations/gl-prod directory=domain", ""},
			{"vault write -f oracle-financials/rotate/gl-prod", ""},
			{"vault read oracle-financials/creds/gl-prod", "another password and version"},
		}},
		{"Give it a standby account, so that a rotation leaves what applications hold good", []line{
			{s.Oracle("user add API_USER_B --access GL=granted,AP=granted \\\n      --password-file " + stage.PasswordFile), ""},
			{"vault patch oracle-financials/integrations/gl-prod standby_username=API_USER_B \\\n" +
				"      standby_password=@" + stage.PasswordFile, ""},
			{"vault write -f oracle-financials/rotate/gl-prod", ""},
			{"vault read oracle-financials/creds/gl-prod", "the other account"},
			{"vault read -format=json oracle-financials/history/gl-prod", "what happened, and why"},
			{"oracle-financials-agent status", "what operators see"},
		}},
	}
}

// guide prints how to reach what runs, and what to try.
func guide(out io.Writer, s *stage.Stage) {
	fmt.Fprintf(out, `
Vault     %s   root token %s
Oracle    %s   user API_USER, simulated
Mounted   %s/   with the integration gl-prod

In another terminal:

  export VAULT_ADDR=%s
  export VAULT_TOKEN=%s
  export PATH=%s:"$PATH"
  cd %s
`, s.VaultAddress(), s.RootToken(), s.OracleURL(), stage.EngineName,
		s.VaultAddress(), s.RootToken(), s.BinDir(), s.WorkDir())
	for _, g := range commands(s) {
		fmt.Fprintf(out, "\n%s:\n\n", g.title)
		width := g.width()
		for _, l := range g.lines {
			if l.remark == "" {
				fmt.Fprintf(out, "  %s\n", l.command)
			} else {
				fmt.Fprintf(out, "  %-*s  # %s\n", width, l.command, l.remark)
			}
		}
	}
	fmt.Fprintf(out, `
What README.md shows works here too, with allowed_hosts=localhost, and for its pod
server_url=%s ca_cert=@%s.
`, s.OracleURL(), stage.CAFile)
	fmt.Fprintln(out, "\nCtrl-C stops all of it and deletes its files.")
}
