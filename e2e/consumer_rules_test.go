package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// rule is one thing that a consumer's source demands of what it reads. holds says what is wrong, or nothing; spoil breaks
// the rule in a copy of the answers, so that a rule which finds nothing anywhere is found out.
type rule struct {
	consumer, says, source string

	holds func(answers) string
	spoil func(answers)
}

// Where the rules were read, in August 2026.
const (
	consulTemplate = "https://github.com/hashicorp/consul-template/blob/1deacb7d/dependency/vault_common.go"
	vaultProxy     = "https://github.com/hashicorp/vault/blob/v1.21.1/command/agentproxyshared/cache/lease_cache.go"
	vsoDynamic     = "https://github.com/hashicorp/vault-secrets-operator/blob/9b840a5a/controllers/vaultdynamicsecret_controller.go"
	vsoStatic      = "https://github.com/hashicorp/vault-secrets-operator/blob/9b840a5a/controllers/vaultstaticsecret_controller.go"
	vsoData        = "https://github.com/hashicorp/vault-secrets-operator/blob/9b840a5a/helpers/secrets.go"
	esoRead        = "https://github.com/external-secrets/external-secrets/blob/cc5bfbc22/providers/v1/vault/client_get.go"
	esoValue       = "https://github.com/external-secrets/external-secrets/blob/cc5bfbc22/runtime/esutils/utils.go"
	esoGenerator   = "https://github.com/external-secrets/external-secrets/blob/cc5bfbc22/generators/v1/vault/vault.go"
	csiProvider    = "https://github.com/hashicorp/vault-csi-provider/blob/becf48f/internal/provider/provider.go"
	springLease    = "https://github.com/spring-projects/spring-vault/blob/b8fce1d7/spring-vault-core/src/main/java/org/springframework/vault/core/lease/SecretLeaseContainer.java"
	kubernetesKey  = "https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data"
)

func rules() []rule {
	return slices.Concat(templateRules(), proxyRules(), operatorRules(), connectorRules(), otherRules())
}

// each says what the first answer with a fault has.
func each(all []served, fault func(served) string) string {
	for _, s := range all {
		if found := fault(s); found != "" {
			return found
		}
	}
	return ""
}

// number reads a field as the consumers do, which leave the type as Vault's client decoded it.
func number(s served, name string) (int64, bool) {
	n, isNumber := s.Data[name].(json.Number)
	if !isNumber {
		return 0, false
	}
	whole, err := n.Int64()
	return whole, err == nil
}

func templateRules() []rule {
	const who = "Vault Agent and consul-template"
	plain := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	return []rule{
		{
			who, "ttl is a whole number, or the type assertion panics", consulTemplate + " leaseCheckWait",
			func(a answers) string {
				return each(a.planned(), func(s served) string {
					if _, ok := number(s, "ttl"); !ok {
						return fmt.Sprintf("ttl is the %T %v", s.Data["ttl"], s.Data["ttl"])
					}
					return ""
				})
			},
			func(a answers) { a.scheduled["period"].again.Data["ttl"] = "1800" },
		},
		{
			who, "ttl is never 0, which is an error there, nor so short that Vault is asked all the time", consulTemplate + " leaseCheckWait",
			func(a answers) string {
				return each(a.planned(), func(s served) string {
					if ttl, _ := number(s, "ttl"); ttl < 60 || ttl > 3600 {
						return fmt.Sprintf("ttl is %d", ttl)
					}
					return ""
				})
			},
			func(a answers) { a.scheduled["overdue"].first.Data["ttl"] = json.Number("0") },
		},
		{
			who, "ttl counts only beside rotation_period, and neither shows without a schedule", consulTemplate + " leaseCheckWait",
			func(a answers) string {
				if found := each(a.planned(), func(s served) string { return missing(s, "ttl", "rotation_period") }); found != "" {
					return found
				}
				return each(a.unplanned.all(), func(s served) string { return present(s, "ttl", "rotation_period") })
			},
			func(a answers) { delete(a.scheduled["cron"].first.Data, "rotation_period") },
		},
		{
			who, "no field that would be taken for a certificate's or a secret-id's end", consulTemplate + " leaseCheckWait",
			func(a answers) string {
				return each(a.everything(), func(s served) string { return present(s, "certificate", "secret_id") })
			},
			func(a answers) { a.unplanned.first.Data["certificate"] = "" },
		},
		{
			who, "no lease, or the renewer takes it over", consulTemplate + " renewSecret, vaultSecretRenewable",
			func(a answers) string { return each(a.everything(), leased) },
			func(a answers) { a.scheduled["pair"] = withLease(a.scheduled["pair"]) },
		},
		{
			who, "each field of creds can be written as .Data.name", "https://pkg.go.dev/text/template#hdr-Arguments",
			func(a answers) string {
				return each(a.creds(), func(s served) string {
					for name := range s.Data {
						if !plain.MatchString(name) {
							return name + " is no name in a template"
						}
					}
					return ""
				})
			},
			func(a answers) { a.unplanned.again.Data["user-name"] = "" },
		},
		{
			who, "the mount is not taken for kv version 2, whose paths get a data/ in between", consulTemplate + " isKVv2",
			func(a answers) string {
				options, _ := a.mountInfo["options"].(map[string]any)
				if a.mountInfo["type"] == "kv" || options["version"] != nil {
					return fmt.Sprintf("the mount is %v with options %v", a.mountInfo["type"], options)
				}
				return ""
			},
			func(a answers) { a.mountInfo["options"] = map[string]any{"version": "2"} },
		},
	}
}

func proxyRules() []rule {
	const who = "Vault Proxy"
	return []rule{
		{
			who, "static secrets are cached for mounts of type kv only", vaultProxy + " Send",
			func(a answers) string {
				return each(a.everything(), func(s served) string {
					if s.MountType == "kv" {
						return "mount_type is kv"
					}
					return ""
				})
			},
			func(a answers) {
				r := a.scheduled["period"]
				r.first.MountType = "kv"
				a.scheduled["period"] = r
			},
		},
		{
			who, "other answers are cached when they are renewable or hold a token", vaultProxy + " Send",
			func(a answers) string { return each(a.everything(), leased) },
			func(a answers) { a.scheduled["period"] = withLease(a.scheduled["period"]) },
		},
	}
}

func missing(s served, names ...string) string {
	for _, name := range names {
		if _, found := s.Data[name]; !found {
			return name + " is missing"
		}
	}
	return ""
}

func present(s served, names ...string) string {
	for _, name := range names {
		if _, found := s.Data[name]; found {
			return name + " is there"
		}
	}
	return ""
}

func leased(s served) string {
	if s.LeaseID != "" || s.Renewable || s.LeaseDuration != 0 || s.Auth != nil || s.WrapInfo != nil {
		return fmt.Sprintf("it has the lease %q of %d s, renewable %t", s.LeaseID, s.LeaseDuration, s.Renewable)
	}
	return ""
}

func withLease(r reading) reading {
	r.again.LeaseID, r.again.Renewable, r.again.LeaseDuration = "creds/gl/1", true, 60
	return r
}

// moment reads a time as the operator does.
func moment(s served, name string) (time.Time, bool) {
	text, isText := s.Data[name].(string)
	if !isText {
		return time.Time{}, false
	}
	when, err := time.Parse(time.RFC3339Nano, text)
	return when, err == nil
}

func names(s served) string {
	all := make([]string, 0, len(s.Data))
	for name := range s.Data {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
