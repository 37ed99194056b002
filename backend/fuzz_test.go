package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
)

// Whatever is sent, the engine answers with a stored policy or a sentence that repeats no value.
func FuzzPolicyWrite(f *testing.F) {
	for _, seed := range []string{
		`{"check_period":"1h"}`, `{"check_schedule":"TZ=0"}`, `{"check_schedule":"CRON_TZ=UTC"}`, `{"check_period":{"a":1}}`,
		`{"hold_period":1e300}`, `{"password_max_age":"430000d"}`, `{"failure_threshold":"0x10"}`, `{"expiry_warning":[1,2]}`,
		`{"rotation_period":"1e9d"}`, `{"rotation_schedule":"0 0 29 2 *","rotation_window":"1h"}`, `{"rotation_schedule":"CRON_TZ=Mars/Olympus 0 2 * * *"}`,
		`{"rotation_window":3600}`, `{"rotate_before_expiry":-1}`, `{"rotate_before_expiry":"14d","password_max_age":0}`, `{"disable_automated_rotation":"Canary-maybe"}`,
		`{"password_policy":"../../Canary-7Qx9"}`, `{"password_policy":"Canary-7Qx9-long"}`, `{"password_length":1e9}`, `{"rotation_period":60,"rotation_schedule":"* * * * *"}`,
		`{"Canary-7Qx9-long":"Canary-7Qx9-long"}`, `{"check_schedule":"*/0 * * * *"}`, `{"check_period":null}`, `{"login_failure_budget":true}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(bytes.NewBufferString(text))
		decoder.UseNumber() // as Vault decodes a request
		var data map[string]any
		if decoder.Decode(&data) != nil {
			t.Skip()
		}
		config := logical.TestBackendConfig()
		config.StorageView = &logical.InmemStorage{}
		b, err := backend.New(backend.Options{})(context.Background(), config)
		must(t, err)
		answer, err := b.HandleRequest(context.Background(), &logical.Request{Operation: logical.UpdateOperation, Path: "policies/p", Data: data})
		must(t, err)
		if !answer.IsError() {
			return
		}
		for name, value := range data {
			for _, said := range []any{name, value} {
				// Short texts stand in our own sentences by chance, and our field names by right.
				if word, ok := said.(string); ok && len(word) > 12 && strings.Contains(answer.Error().Error(), word) && !isField(word) {
					t.Errorf("it repeats what was sent: %q", answer.Error())
				}
			}
		}
	})
}

func isField(word string) bool {
	return strings.Contains("check_period check_schedule password_max_age expiry_warning failure_threshold "+
		"login_failure_budget operator_login_budget operator_login_window hold_period unlock_delay rotation_period rotation_schedule "+
		"rotation_window rotate_before_expiry disable_automated_rotation password_policy password_length", word)
}
