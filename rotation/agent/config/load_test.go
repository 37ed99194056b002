package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// environment is some variables, by what comes after ORACLE_FINANCIALS_AGENT_.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[strings.TrimPrefix(name, "ORACLE_FINANCIALS_AGENT_")] }
}

// written is a configuration file with a text.
func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "agent.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWithoutFileAndEnvironmentTheDefaultsHold(t *testing.T) {
	t.Parallel()
	want := config.Config{
		Vault: config.Vault{Auth: config.Auth{Method: "token"}}, Mounts: []string{"oracle-financials"},
		Interval: 60 * time.Second, Listen: "127.0.0.1:9720", LogLevel: "info", LogFormat: "standard",
	}
	for name, text := range map[string]string{
		"an empty file": "", "nothing but comments": "# interval: 3s\n", "an empty document": "---\n...\n", "no keys": "{}\n",
	} {
		if got := must(config.Load(written(t, text), noEnvironment))(t); !got.Equal(want) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	got := must(config.Load("", noEnvironment))(t)
	if !got.Equal(want) || !got.Equal(config.Defaults()) || got.Check() != nil || got.Validate() != nil {
		t.Errorf("without a file: got %+v, %v, %v", got, got.Check(), got.Validate())
	}
}

func TestAFileIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	const text = `
vault:
  address: unix:///run/vault.sock
  namespace: /finance/eu/
  ca_cert: /etc/ca.pem
  auth: {method: approle, mount: auth/agents/, role_id: "123", secret_id_file: /etc/secret-id, secret_id_wrapped: true}
mounts: [/oracle-financials/, team-a/oracle-financials]
interval: 1m30s
listen: "[::1]:9720"
external_url: https://agent.example.com/
web_config_file: /etc/web.yaml
state_dir: /var/lib/agent
log_level: trace
log_format: json
receivers:
  - name: hook
    type: webhook
    url: http://hook.example.com/a/b
    secret_file: /etc/hook
    min_severity: ok
    repeat_interval: 0
    send_resolved: false
    quiet_hours:
      - {from: 22:00, to: 07:30, days: [mon, sun], time_zone: Europe/Berlin}
      - {from: 00:00, to: 24:00, time_zone: UTC}
  - name: on-call
    type: pagerduty
    routing_key_file: /etc/key
`
	want := config.Config{
		Vault: config.Vault{Address: "unix:///run/vault.sock", Namespace: "finance/eu", CACert: "/etc/ca.pem", Auth: config.Auth{
			Method: config.MethodAppRole, Mount: "agents", RoleID: "123", SecretIDFile: "/etc/secret-id", SecretIDWrapped: true,
		}},
		Mounts: []string{"oracle-financials", "team-a/oracle-financials"}, Interval: 90 * time.Second, Listen: "[::1]:9720",
		ExternalURL: "https://agent.example.com", WebConfigFile: "/etc/web.yaml", StateDir: "/var/lib/agent", LogLevel: "trace", LogFormat: "json",
		Receivers: []config.Receiver{{
			Name: "hook", Type: config.ReceiverWebhook, URL: "http://hook.example.com/a/b", SecretFile: "/etc/hook",
			MinSeverity: rotation.SeverityOK, QuietHours: []config.QuietHours{
				{From: 22 * 60, To: 7*60 + 30, Days: []config.Day{config.Day(time.Monday), config.Day(time.Sunday)}, TimeZone: "Europe/Berlin"},
				{To: 24 * 60, TimeZone: "UTC"},
			},
		}, {
			Name: "on-call", Type: config.ReceiverPagerDuty, URL: config.PagerDutyURL, RoutingKeyFile: "/etc/key",
			MinSeverity: rotation.SeverityWarning, RepeatInterval: 24 * time.Hour, SendResolved: true,
		}},
	}
	got := must(config.Load(written(t, text), noEnvironment))(t)
	if !got.Equal(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Interval = time.Second; got.Equal(want) {
		t.Error("two different configurations are equal")
	}
}

func TestAMethodBringsWhatItHasAnyway(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		auth string
		want config.Auth
	}{
		"token":                      {"{method: token}", config.Auth{Method: "token"}},
		"token_file":                 {"{method: token_file, token_file: /t}", config.Auth{Method: "token_file", TokenFile: "/t"}},
		"approle":                    {"{method: approle, role_id_file: /r, secret_id_file: /s}", config.Auth{Method: "approle", Mount: "approle", RoleIDFile: "/r", SecretIDFile: "/s"}},
		"kubernetes":                 {"{method: kubernetes, role: a}", config.Auth{Method: "kubernetes", Mount: "kubernetes", Role: "a", JWTFile: config.PodToken}},
		"kubernetes with its own":    {"{method: kubernetes, role: a, mount: k8s/eu, jwt_file: /j}", config.Auth{Method: "kubernetes", Mount: "k8s/eu", Role: "a", JWTFile: "/j"}},
		"jwt without a role":         {"{method: jwt, jwt_file: /j}", config.Auth{Method: "jwt", Mount: "jwt", JWTFile: "/j"}},
		"cert":                       {"{method: cert, client_cert: /c, client_key: /k}", config.Auth{Method: "cert", Mount: "cert", ClientCert: "/c", ClientKey: "/k"}},
		"cert at a mount of its own": {"{method: cert, client_cert: /c, client_key: /k, mount: auth/c}", config.Auth{Method: "cert", Mount: "c", ClientCert: "/c", ClientKey: "/k"}},
	} {
		text := "vault:\n  auth: " + row.auth + "\n"
		c := must(config.Parse("agent.yaml", []byte(text), noEnvironment))(t)
		if diff := cmp.Diff(row.want, c.Vault.Auth); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if err := bySchema(compiled(t), []byte(text)); err != nil {
			t.Errorf("%s: the schema says %v", name, err)
		}
	}
}

func TestTheFileWinsOverTheEnvironmentAndThatOverTheDefaults(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"MOUNTS": " a/ , team/b", "INTERVAL": "5m", "LISTEN": ":1", "EXTERNAL_URL": "http://a:1/agent/", "WEB_CONFIG_FILE": "/env/web.yaml", "STATE_DIR": "./state",
		"LOG_LEVEL": "debug", "LOG_FORMAT": "json", "RECEIVERS": "nonsense", "VAULT": "nonsense",
	}
	want := config.Defaults()
	want.Mounts, want.Interval, want.Listen = []string{"a", "team/b"}, 5*time.Minute, ":1"
	want.ExternalURL = "http://a:1/agent"
	want.WebConfigFile, want.StateDir, want.LogLevel, want.LogFormat = "/env/web.yaml", "./state", "debug", "json"
	if got := must(config.Load("", environment(variables)))(t); !got.Equal(want) {
		t.Errorf("without a file: got %+v", got)
	}
	file := map[string]string{
		"mounts": "[c]", "interval": "7s", "listen": ":2", "external_url": "https://c", "web_config_file": "/file/web.yaml", "state_dir": "/file", "log_level": "warn", "log_format": "standard",
	}
	fromFile := config.Config{
		Vault: want.Vault, Mounts: []string{"c"}, Interval: 7 * time.Second, Listen: ":2", ExternalURL: "https://c",
		WebConfigFile: "/file/web.yaml", StateDir: "/file", LogLevel: "warn", LogFormat: "standard",
	}
	var text strings.Builder
	for key, value := range file {
		text.WriteString(key + ": " + value + "\n")
	}
	if got := must(config.Load(written(t, text.String()), environment(variables)))(t); !got.Equal(fromFile) || len(file) != len(config.PlainKeys()) {
		t.Errorf("with a file: got %+v", got)
	}
}

func TestAnEmptyVariableSaysNothing(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	got := must(config.Load("", func(name string) string { asked[name] = true; return "" }))(t)
	if !got.Equal(config.Defaults()) {
		t.Errorf("got %+v", got)
	}
	for _, key := range config.PlainKeys() {
		if !asked[config.Variable(key)] {
			t.Errorf("%s is not read", config.Variable(key))
		}
		delete(asked, config.Variable(key))
	}
	if len(asked) > 0 {
		t.Errorf("reads %v as well", asked)
	}
}

func TestAFaultOfTheEnvironmentNamesTheVariable(t *testing.T) {
	t.Parallel()
	_, err := config.Load(written(t, "log_level: loud\n"), environment(map[string]string{
		"INTERVAL": "60", "MOUNTS": "a,,b", "LISTEN": " ", "LOG_LEVEL": "not looked at", "WEB_CONFIG_FILE": "hvs.CANARY",
	}))
	_, said, _ := strings.Cut(err.Error(), "agent.yaml:")
	want := `1: log_level: must be trace, debug, info, warn or error
ORACLE_FINANCIALS_AGENT_INTERVAL: interval: is a number without a unit: write 60s for sixty seconds, or 24h for a day
ORACLE_FINANCIALS_AGENT_LISTEN: listen: has no value: give it one, or leave it out
ORACLE_FINANCIALS_AGENT_MOUNTS: mounts[1]: is not a path in Vault: write names of letters, digits and . _ ~ @ : = + - with single slashes between them
ORACLE_FINANCIALS_AGENT_WEB_CONFIG_FILE: web_config_file: must be a path that begins with /, ./ or ../; if a secret itself stands here, put it into a file and name that`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("got %s", diff)
	}
}

func TestAFileThatCannotBeReadSaysWhatToDo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, err := config.Load(filepath.Join(folder, "none.yaml"), noEnvironment)
	if want := folder + "/none.yaml: there is no such file: correct the path, or name no configuration file to go by the environment alone"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if _, err = config.Load(folder, noEnvironment); err == nil || !strings.HasPrefix(err.Error(), "read the configuration: ") {
		t.Errorf("a folder: got %v", err)
	}
	long := written(t, "#"+strings.Repeat(" ", config.MaxSize-2)+"\n")
	if _, err = config.Load(long, noEnvironment); err != nil {
		t.Errorf("as long as may be: got %v", err)
	}
	if err := os.WriteFile(long, []byte("#"+strings.Repeat(" ", config.MaxSize)+"\nno: such key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = config.Load(long, noEnvironment); err == nil || err.Error() != long+": is longer than 256 KiB: this is not the agent's configuration" {
		t.Errorf("too long: got %v", err)
	}
}

func TestAPathWithDotsBeginsAtTheFilesFolder(t *testing.T) {
	t.Parallel()
	file := written(t, "state_dir: ./state\nweb_config_file: ../web.yaml\nreceivers: [{name: a, type: slack, url_file: ./slack}]\n")
	c := must(config.Load(file, environment(map[string]string{"STATE_DIR": "./not-this-one"})))(t)
	folder := filepath.Dir(file)
	if c.StateDir != folder+"/state" || c.WebConfigFile != filepath.Dir(folder)+"/web.yaml" || c.Receivers[0].URLFile != folder+"/slack" {
		t.Errorf("got %+v", c)
	}
	if err := c.Check(); err != nil {
		t.Errorf("is refused afterwards: %v", err)
	}
}

func TestEveryFaultOfAnErrorCanBeHad(t *testing.T) {
	t.Parallel()
	_, err := config.Load("testdata/bad/several.yaml", noEnvironment)
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Faults) != 4 || invalid.Faults[1].Key != "log_level" || invalid.Faults[1].Place != "testdata/bad/several.yaml:2" {
		t.Errorf("got %+v", invalid)
	}
}
