package e2e_test

import (
	"encoding/json"
	"fmt"
)

// otherRules are those of External Secrets Operator, the CSI provider and Spring Vault.
func otherRules() []rule {
	flat := func(a answers) string {
		return each(a.everything(), func(s served) string { return present(s, "data", "metadata") })
	}
	nest := func(a answers) { a.unplanned.rotated.Data["data"] = map[string]any{} }
	return []rule{
		{
			"External Secrets Operator, SecretStore of version v1", "the fields stand in data itself", esoRead + " readSecret", flat, nest,
		},
		{
			"External Secrets Operator", "every value has a type that it turns into bytes", esoValue + " GetByteValue",
			func(a answers) string {
				return each(a.everything(), func(s served) string {
					for name, value := range s.Data {
						switch value.(type) {
						case string, json.Number, bool, []any, map[string]any:
						default:
							return fmt.Sprintf("%s is a %T", name, value)
						}
					}
					return ""
				})
			},
			func(a answers) { a.connector.first.Data["oracle-financials-timeout"] = struct{}{} },
		},
		{
			"External Secrets Operator", "a property names a field as it is written, dashes included", esoRead + " getSecretValue",
			func(a answers) string {
				return each(a.connector.all(), func(s served) string {
					if got := names(s); got != "oracle-financials-password oracle-financials-retry-attempts oracle-financials-server-url oracle-financials-timeout oracle-financials-username" {
						return "the fields are " + got
					}
					return ""
				})
			},
			func(a answers) { delete(a.connector.first.Data, "oracle-financials-username") },
		},
		{
			"External Secrets Operator, generator VaultDynamicSecret", "a GET answers with data, whatever the engine", esoGenerator + " fetchVaultSecret",
			func(a answers) string {
				return each(a.everything(), func(s served) string {
					if len(s.Data) == 0 {
						return "there is no data"
					}
					return ""
				})
			},
			func(a answers) { clear(a.connector.again.Data) },
		},
		{
			"CSI provider", "no field is called data, which it would step into", csiProvider + " keyFromData", flat, nest,
		},
		{
			"CSI provider", "user name and password are texts, which it writes without quotes", csiProvider + " keyFromData",
			func(a answers) string {
				return each(a.everything(), func(s served) string {
					texts := 0
					for _, name := range []string{"username", "password", "oracle-financials-username", "oracle-financials-password"} {
						if _, isText := s.Data[name].(string); isText {
							texts++
						}
					}
					if texts != 2 {
						return fmt.Sprintf("of %s, %d are texts", names(s), texts)
					}
					return ""
				})
			},
			func(a answers) { a.unplanned.first.Data["password"] = []any{"x"} },
		},
		{
			"CSI provider", "a file keeps its version until a rotation, so long as it is not made of ttl", csiProvider + " generateObjectVersion",
			func(a answers) string {
				for name, r := range a.scheduled {
					if field := changed(r.first, r.again, "ttl"); field != "" {
						return name + ": " + field + " changed without a rotation"
					}
				}
				return ""
			},
			func(a answers) { a.scheduled["expiry"].again.Data["timeout"] = json.Number("31") },
		},
		{
			"Spring Vault", "without a lease_duration a requested secret is read once, so that the application must read again itself", springLease + " isRotatingGenericSecret",
			func(a answers) string { return each(a.everything(), leased) },
			func(a answers) { a.scheduled["period"] = withLease(a.scheduled["period"]) },
		},
		{
			"Spring Vault and everything that keeps its own clock", "ttl falls from read to read, and last_vault_rotation tells a rotation from none",
			"https://github.com/spring-projects/spring-vault/issues/645",
			func(a answers) string {
				r := a.scheduled["period"]
				first, _ := number(r.first, "ttl")
				again, _ := number(r.again, "ttl")
				if again >= first {
					return fmt.Sprintf("ttl was %d and is %d", first, again)
				}
				if r.first.Data["last_vault_rotation"] != r.again.Data["last_vault_rotation"] {
					return "last_vault_rotation moved without a rotation"
				}
				return ""
			},
			func(a answers) { a.scheduled["period"].again.Data["ttl"] = a.scheduled["period"].first.Data["ttl"] },
		},
	}
}
