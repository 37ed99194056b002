package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// The fields that Vault Secrets Operator leaves out when it asks whether a credential has changed. Its expression is
// anchored at its first and last alternative only, and it is used as it is.
var leftOut = regexp.MustCompile(`^ttl|rotation_schedule|rotation_period|last_vault_rotation|_raw$`)

// secretKey is what Kubernetes takes as a key of a Secret.
var secretKey = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)

func operatorRules() []rule {
	const who = "Vault Secrets Operator, VaultDynamicSecret"
	return []rule{
		{
			who, "last_vault_rotation is an RFC 3339 text, or the type assertion panics", vsoDynamic + " vaultStaticCredsMetaDataFromData",
			func(a answers) string {
				return each(a.creds(), func(s served) string {
					if when, ok := moment(s, "last_vault_rotation"); !ok || when.Unix() <= 0 {
						return fmt.Sprintf("last_vault_rotation is the %T %v", s.Data["last_vault_rotation"], s.Data["last_vault_rotation"])
					}
					return ""
				})
			},
			func(a answers) { a.unplanned.first.Data["last_vault_rotation"] = json.Number("1700000000") },
		},
		{
			who, "a static credential has a rotation_period of at least a second, as a whole number", vsoDynamic + " isStaticCreds",
			func(a answers) string {
				return each(a.planned(), func(s served) string {
					if period, ok := number(s, "rotation_period"); !ok || period < 1 {
						return fmt.Sprintf("rotation_period is the %T %v", s.Data["rotation_period"], s.Data["rotation_period"])
					}
					return ""
				})
			},
			func(a answers) { a.scheduled["cron"].first.Data["rotation_period"] = "604800" },
		},
		{
			who, "ttl is a whole number and more than two seconds, or the operator waits for a rotation", vsoDynamic + " awaitVaultSecretRotation",
			func(a answers) string {
				return each(a.planned(), func(s served) string {
					if ttl, ok := number(s, "ttl"); !ok || ttl <= 2 {
						return fmt.Sprintf("ttl is the %T %v", s.Data["ttl"], s.Data["ttl"])
					}
					return ""
				})
			},
			func(a answers) { a.scheduled["overdue"].rotated.Data["ttl"] = json.Number("2") },
		},
		{
			who, "no rotation_schedule, beside which a ttl that does not fall fails the sync", vsoDynamic + " awaitVaultSecretRotation",
			func(a answers) string {
				return each(a.everything(), func(s served) string { return present(s, "rotation_schedule") })
			},
			func(a answers) { a.scheduled["cron"].again.Data["rotation_schedule"] = "0 3 * * 0" },
		},
		{
			who, "between two rotations nothing changes but what it leaves out of its hash, so that no workload is restarted", vsoDynamic + " staticTransOpt",
			func(a answers) string {
				for name, r := range a.scheduled {
					if field := changed(r.first, r.again, "ttl"); field != "" {
						return name + ": " + field + " changed without a rotation"
					}
				}
				return ""
			},
			func(a answers) { a.scheduled["pair"].again.Data["modules"] = []any{} },
		},
		{
			who, "a rotation changes what is in its hash, and the time of the last one", vsoDynamic + " doSync",
			func(a answers) string {
				for name, r := range a.scheduled {
					before, _ := moment(r.again, "last_vault_rotation")
					if after, _ := moment(r.rotated, "last_vault_rotation"); !after.After(before) {
						return name + ": last_vault_rotation is not later after a rotation"
					}
					if r.again.Data["password"] == r.rotated.Data["password"] || r.again.Data["credential_version"] == r.rotated.Data["credential_version"] {
						return name + ": nothing changed with a rotation"
					}
				}
				return ""
			},
			func(a answers) {
				a.scheduled["period"].rotated.Data["password"] = a.scheduled["period"].again.Data["password"]
			},
		},
		{
			who, "its hash leaves out no field that an application needs", vsoDynamic + " staticTransOpt",
			func(a answers) string {
				for _, field := range []string{"username", "password", "server_url", "rest_api_url", "credential_version", "timeout", "retry_attempts", "modules"} {
					if leftOut.MatchString(field) {
						return field + " is left out"
					}
				}
				return each(a.planned(), func(s served) string {
					out := 0
					for field := range s.Data {
						if leftOut.MatchString(field) {
							out++
						}
					}
					if out != 3 { // ttl, rotation_period and last_vault_rotation
						return fmt.Sprintf("of the fields %s it leaves out %d", names(s), out)
					}
					return ""
				})
			},
			func(a answers) { a.scheduled["period"].first.Data["ttl_of_password"] = json.Number("1") },
		},
		{
			who + " and VaultStaticSecret", "no field is called _raw, which is its own", vsoData + " makeK8sData",
			func(a answers) string {
				return each(a.everything(), func(s served) string { return present(s, "_raw") })
			},
			func(a answers) { a.connector.first.Data["_raw"] = "" },
		},
		{
			who + " and VaultStaticSecret", "each field can be a key of a Kubernetes Secret", kubernetesKey,
			func(a answers) string {
				return each(a.everything(), func(s served) string {
					for field := range s.Data {
						if !secretKey.MatchString(field) {
							return field + " is no key of a Secret"
						}
					}
					return ""
				})
			},
			func(a answers) { a.connector.first.Data["user name"] = "" },
		},
	}
}

func connectorRules() []rule {
	const who = "Vault Secrets Operator, VaultStaticSecret of type kv-v1"
	return []rule{
		{
			who, "an integration without a schedule is not taken for a static credential, and is read from connector/", vsoDynamic + " isStaticCreds",
			func(a answers) string {
				return each(append(a.unplanned.all(), a.connector.all()...), func(s served) string { return present(s, "rotation_period", "rotation_schedule") })
			},
			func(a answers) { a.unplanned.first.Data["rotation_period"] = json.Number("60") },
		},
		{
			who, "nothing in connector/ changes between two rotations, because its hash takes in every field and _raw", vsoStatic + " Reconcile; " + vsoData + " makeK8sData",
			func(a answers) string {
				if field := changed(a.connector.first, a.connector.again); field != "" {
					return field + " changed without a rotation"
				}
				return ""
			},
			func(a answers) { a.connector.again.Data["ttl"] = json.Number("60") },
		},
		{
			who, "a rotation changes it", vsoStatic + " Reconcile",
			func(a answers) string {
				if changed(a.connector.again, a.connector.rotated) == "" {
					return "nothing changed with a rotation"
				}
				return ""
			},
			func(a answers) {
				a.connector.rotated.Data["oracle-financials-password"] = a.connector.again.Data["oracle-financials-password"]
			},
		},
		{
			who, "the fields stand in data itself, not in a data of their own as with kv-v2", "https://github.com/hashicorp/vault-secrets-operator/blob/9b840a5a/vault/responses.go kvV1Response",
			func(a answers) string {
				return each(a.everything(), func(s served) string { return present(s, "data") })
			},
			func(a answers) { a.connector.first.Data["data"] = map[string]any{} },
		},
	}
}
