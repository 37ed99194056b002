package main

import (
	"time"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

const opening = "Programs that talk to Oracle Fusion Financials log in as an integration user, with a password. " +
	"This Vault secrets engine stores that password, proves it by a login, warns before it expires, rotates it without losing one, and " +
	"never locks the account by trying too often. Vault and the plugin below are real; Oracle is played by a simulator. Every " +
	"command is run as it is shown, with VAULT_ADDR and VAULT_TOKEN set. Nothing leaves this machine, and nothing " +
	"stays behind."

const closing = "Vault, the plugin and the simulator are stopped, and their files are deleted."

const nextSteps = `make dev     the same Vault and the same Oracle, left running, with commands to try
README.md    what the engine is for, and how to install it
`

// The paths that the story uses most.
const (
	integrationPath = stage.EngineName + "/integrations/gl-prod"
	statusPath      = stage.EngineName + "/status/gl-prod"
	checkPath       = stage.EngineName + "/check/gl-prod"
	reportCounts    = "vault read -field=counts -format=json " + stage.EngineName + "/report"
)

// facts are what the story needs to know of the stage.
type facts struct {
	url, domain            string // the pod's, and its identity domain's
	oracleLine, oracleSaid string
	oracle                 func(words string) string
	version, command, sha  string // the plugin's
	now                    time.Time
}

func factsOf(s *stage.Stage, now time.Time) (facts, error) {
	sha, err := s.PluginSHA256()
	if err != nil {
		return facts{}, err
	}
	line, said := s.OracleStart()
	return facts{
		url: s.OracleURL(), domain: s.DomainURL(), oracleLine: line, oracleSaid: said, oracle: s.Oracle,
		version: s.PluginVersion(), command: s.PluginCommand(), sha: sha, now: now,
	}, nil
}

// daysAgo is a time as Vault's command line takes it.
func (f facts) daysAgo(days int) string {
	return f.now.UTC().AddDate(0, 0, -days).Format(time.RFC3339)
}

// story is all chapters but the last, which is the end of the program.
func story(f facts) []chapter {
	return []chapter{
		start(f), allowHost(), wrongPassword(f), rightPassword(f), applications(), check(),
		locked(f), expiring(f), expired(f), newPassword(f), rotating(f), telling(),
	}
}

func start(f facts) chapter {
	return chapter{title: "Start Vault and Oracle", scenes: []scene{
		{
			say: "A Vault in dev mode is running: in memory, on this machine only.",
			run: "vault status", show: []string{"Sealed", "Version", "Storage"}, want: []string{"Sealed false"},
		},
		{
			say: "So is the simulator. It plays one Oracle Fusion system, a pod, and writes the certificate to trust into a " +
				"file.",
			run: f.oracleLine + " &", did: f.oracleSaid, want: []string{"serving until interrupted"},
		},
		{
			say: "In Oracle, an administrator creates the user. It is meant for General Ledger (GL) and Payables (AP); by " +
				"mistake it gets Receivables (AR), too. Passwords come from files, so that none is on a command line.",
			run:  f.oracle("user add API_USER --access GL=granted,AP=granted,AR=granted --password-file " + stage.PasswordFile),
			show: []string{"name", "locked", "password_expiry_time", "access"}, want: []string{"name API_USER", "access AR granted"},
		},
		{
			say: "Vault runs no plugin that it does not know: the plugin is registered by the SHA-256 of its file.",
			run: "vault plugin register -version=" + f.version + " -sha256=" + f.sha + " -command=" + f.command +
				" secret " + stage.EngineName,
			want: []string{"Registered plugin"},
		},
		{run: "vault secrets enable " + stage.EngineName, want: []string{"Enabled the oracle-financials secrets engine"}},
	}}
}

func allowHost() chapter {
	return chapter{title: "Say where passwords may go", scenes: []scene{
		{
			say: "The engine sends a password only to hosts that are allowed, by default those of Oracle's cloud. This pod " +
				"is on localhost.",
			run: "vault write " + stage.EngineName + "/config allowed_hosts=localhost", want: []string{"Success!"},
		},
	}}
}

func wrongPassword(f facts) chapter {
	return chapter{title: "A wrong password is not stored", scenes: []scene{
		{
			say: "Somebody mistypes the password. The engine tries it before it stores anything, and Oracle refuses it. (The " +
				"file ends without a line break, as printf %s writes it: the engine refuses a password with one.)",
			run: f.write(stage.WrongPasswordFile), exit: 2,
			want: []string{"nothing was stored", "HTTP 401"},
		},
		{
			say: "Nothing was stored, indeed.",
			run: "vault list " + stage.EngineName + "/integrations", exit: 2, want: []string{"No value found"},
		},
		{
			say: "Oracle has counted one refused login. About five in a row lock the account for everybody who uses it, so " +
				"the engine counts them, too.",
			run: f.oracle("logins API_USER"), clip: true, want: []string{"refused wrong_password"}, rows: 1,
		},
	}}
}

// write is the command that creates the integration with the password of a file.
func (f facts) write(passwordFile string) string {
	return "vault write " + integrationPath + " server_url=" + f.url + " username=API_USER password=@" + passwordFile +
		" ca_cert=@" + stage.CAFile + " modules=GL,AP"
}

func rightPassword(f facts) chapter {
	return chapter{title: "The right password is proved, then stored", scenes: []scene{
		{
			say: "The same with the right file. The engine logs in, reads one row of each module, and stores the " +
				"password. Nobody said when it was set in Oracle, so its expiry is counted from now, with a warning.",
			run:  f.write(stage.PasswordFile),
			want: []string{"credential_version 1", "state ok", "password_set_time"},
		},
	}}
}

func applications() chapter {
	return chapter{title: "Applications read it", scenes: []scene{
		{
			say: "An application reads the password, and all else that it needs to call Oracle's REST API.",
			run: "vault read " + stage.EngineName + "/creds/gl-prod", want: []string{"password " + stage.Password, "username API_USER"},
		},
		{
			say: "The same under the field names of the Oracle Financials connector, for tools that copy fields as they are. " +
				"No other path shows the password.",
			run:  "vault read " + stage.EngineName + "/connector/gl-prod",
			want: []string{"oracle-financials-password " + stage.Password},
		},
	}}
}
