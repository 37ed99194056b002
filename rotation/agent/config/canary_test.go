package config_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// pasted is how a secret may end up where a value belongs. As a key it has a digit: a word of letters alone is shown as a
// key that is not known.
func pasted() map[string]string {
	return map[string]string{
		"plain": "CANARY", "quoted": `"CANARY"`, "anchor": "&CANARY x", "alias": "*CANARY", "alias with a dot": "*CANARY.x", "tag": "!CANARY x",
		"bare tag": "!CANARY", "mapping": "{CANARY7: CANARY}", "list": "[CANARY, CANARY]", "open list": "[CANARY", "open quote": `"CANARY`,
		"bad escape": `"\CANARY"`, "directive": "%CANARY", "reserved": "@CANARY", "backquote": "`CANARY`", "block": "|\n      CANARY\n      CANARY",
		"block header": "|CANARY", "comment": "#CANARY", "two values": "a: CANARY: b", "address": "https://user:CANARY@h.example.com",
		"query": "https://h.example.com?a=CANARY", "broken address": "https://%zz:CANARY@h", "duration": "60CANARY", "path": "CANARY/x",
		"tilde": "~/CANARY", "control": "\"CANARY\\u0007\"", "host": "CANARY:x", "clock": "12:00CANARY", "document": "x\n---\nCANARY: CANARY",
		"merge": "{<<: CANARY}", "key of a secret": "{token: CANARY, secret: CANARY, password: CANARY, secret_id: CANARY}",
		"number first": "12CANARY", "dashes": "CANARY-CANARY_x", "token": "hvs.CANARY", "unicode": "\"\\U0001F600CANARY\"",
	}
}

// at is a file with a value at a key, all its sections around it.
func at(key, value string) string {
	var text strings.Builder
	parts, indent := strings.Split(key, "."), ""
	for _, section := range parts[:len(parts)-1] {
		text.WriteString(indent + section + ":\n")
		indent += "  "
		if section == "receivers" || section == "quiet_hours" {
			text.WriteString(indent + "- \n")
			indent += "  "
		}
	}
	fmt.Fprintf(&text, "%s%s: %s\n", indent, parts[len(parts)-1], value)
	return text.String()
}

func TestNoMessageRepeatsAValue(t *testing.T) {
	t.Parallel()
	keys := structKeys(reflect.TypeFor[config.Config](), "")
	keys = append(keys, "unknown", "vault.unknown", "vault.auth.token", "vault.auth.secret_id", "receivers.secret", "receivers.api_url")
	tried := 0
	for _, key := range keys {
		for how, value := range pasted() {
			c, err := config.Parse("agent.yaml", []byte(at(key, value)), noEnvironment)
			if err == nil {
				err = c.Validate()
			}
			tried++
			if strings.Contains(said(err), "CANARY") {
				t.Errorf("%s, %s: %v", key, how, err)
			}
		}
	}
	for _, name := range config.PlainKeys() {
		for how, value := range pasted() {
			_, err := config.Parse("", nil, environment(map[string]string{strings.ToUpper(name): value}))
			tried++
			if strings.Contains(said(err), "CANARY") {
				t.Errorf("%s, %s: %v", config.Variable(name), how, err)
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d files were tried", tried)
	}
}
