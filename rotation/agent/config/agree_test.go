package config_test

import (
	"fmt"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// TestTheSchemaAndTheLoaderAgreeOnValues goes along the edges of what a key takes.
func TestTheSchemaAndTheLoaderAgreeOnValues(t *testing.T) {
	t.Parallel()
	const receiver = "state_dir: /s\nreceivers: [{name: a, type: slack, url_file: /a, %s}]"
	const quiet = "state_dir: /s\nreceivers: [{name: a, type: slack, url_file: /a, quiet_hours: [{%s}]}]"
	const hook = "state_dir: /s\nreceivers: [{name: a, type: webhook, secret_file: /s, url: %q}]"
	const jwt = "vault: {auth: {method: jwt, jwt_file: /j, mount: %q}}"
	schema := compiled(t)
	for _, row := range []struct {
		file   string // with the value's place
		taken  []string
		unlike []string
	}{
		{"interval: %s", []string{"1s", "1000ms", "1.5m", "1h30m", "48h"}, []string{"0", "1", "0s3", "+1s", "1us", "1 s", ".5s", "''", "~", "[1s]"}},
		{"listen: %q", []string{":0", ":65535", "a-b.example.com:1", "[::1]:80", "none", "0.0.0.0:9720"}, []string{"", "None", ":", "a", ":123456", "a:b:1", "::1:80", "a b:1", "unix:/s", "[::1]"}},
		{"external_url: %q", []string{"http://a", "https://a:1/b/", "https://[::1]:8200"}, []string{"", "a:9720", "unix:///run/a", "https://", "https://a?b", "https://a#b", "https://u:p@a", "https:///a"}},
		{"state_dir: %q", []string{"/", "/a b/ü", "./x", "../x", "/%n"}, []string{"", "x", "~/x", ".x", "..", "/a\nb", "/\x00", "/\x7f", "file:///x"}},
		{"mounts: [%q]", []string{"a", "/a/", "a/b.c_d~e@f:g=h+i-j", "1"}, []string{"", "/", "a//b", "a b", "ä", "a,b", "a?b", "a%b"}},
		{"log_level: %s", []string{"trace", "debug", "info", "warn", "error", "'info'"}, []string{"INFO", "off", "1", "true"}},
		{"log_format: %s", []string{"standard", "json"}, []string{"JSON", "text"}},
		{"vault: {address: %q}", []string{"http://a", "https://a:1/b/", "unix:///run/v.sock", "https://[::1]:8200"}, []string{"", "a:8200", "ftp://a", "https://", "https://a?b", "https://a#b", "https://u:p@a", "https://u@a", "unix://", "https:///a"}},
		{"vault: {namespace: %q}", []string{"a", "a/b/"}, []string{"", "a//b", "a b"}},
		{jwt, []string{"jwt", "auth/jwt", "/a/b/"}, []string{"", "a b", "a//b"}},
		{
			receiver,
			[]string{"min_severity: ok", "repeat_interval: 0", "repeat_interval: '0'", "repeat_interval: 1m", "send_resolved: true", "quiet_hours: []"},
			[]string{"min_severity: none", "repeat_interval: 5", "repeat_interval: ''", "send_resolved: yes", "send_resolved: 1", "quiet_hours: {}", "name: a", "routing_key_file: /r"},
		},
		{
			quiet,
			[]string{"from: 00:00, to: 24:00, time_zone: UTC", "from: 23:59, to: 00:00, time_zone: Asia/Tokyo, days: [sun]", "from: 01:00, to: 02:00, time_zone: UTC, days: []"},
			[]string{"from: 24:00, to: 01:00, time_zone: UTC", "from: 1:00, to: 02:00, time_zone: UTC", "from: 01:00, to: 02:60, time_zone: UTC", "from: 01:00, to: 02:00", "from: 01:00, time_zone: UTC", "to: 01:00, time_zone: UTC", "from: 01:00, to: 02:00, time_zone: UTC, days: [Sun]", "from: 01:00, to: 02:00, time_zone: UTC, days: [sun, sun]"},
		},
		{hook, []string{"http://a", "https://a.example.com:1/b"}, []string{"", "a", "unix:///s", "https://u:p@a", "https://a?b=c", "https://a b"}},
	} {
		for taken, values := range map[bool][]string{true: row.taken, false: row.unlike} {
			for _, value := range values {
				text := fmt.Sprintf(row.file, value)
				_, err := config.Parse("agent.yaml", []byte(text), noEnvironment)
				if said := bySchema(schema, []byte(text)); (err == nil) != taken || (said == nil) != taken {
					t.Errorf("%s\nwanted to be taken: %v\nloader: %v\nschema: %v", text, taken, err, said)
				}
			}
		}
	}
}
