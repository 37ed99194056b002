package oraclesim

import (
	"maps"
	"net/http"
	"time"
)

// policySchema is the URN of the domain's password policies.
const policySchema = "urn:ietf:params:scim:schemas:oracle:idcs:PasswordPolicy"

// maxDomainPassword is the longest password a domain's policy may allow (OCI IAM, modify a custom password policy).
const maxDomainPassword = 500

// policyID is the id of the domain's one password policy.
func policyID() string { return identifier("password policy") }

// policies answers GET PasswordPolicies and GET PasswordPolicies/{id}.
func (c *domainCall) policies() {
	if c.switches.DomainPolicyUnreadable {
		failDomain(c.w, http.StatusForbidden, "You do not have permission to perform this operation.", "")
		return
	}
	part, err := parseWindow(c.r.URL.Query(), domainPage)
	if err != nil {
		failDomain(c.w, http.StatusBadRequest, "Invalid request: "+err.Error()+".", "")
		return
	}
	var policies []map[string]any
	if c.id == "" || c.id == policyID() {
		policy := domainPolicy(c.switches, "https://"+c.r.Host)
		c.pod.mu.Lock()
		maps.Copy(policy, c.pod.domainRules.told())
		c.pod.mu.Unlock()
		policies = append(policies, policy)
	}
	c.show(policies, part)
}

// domainPolicy says in the domain's attributes what the switches hold (Terraform provider for OCI,
// identity_domains_password_policy: days, minutes and numbers). Users with a maximum age of their own have no policy of
// their own here.
func domainPolicy(s Switches, host string) map[string]any {
	need := s.PasswordPolicy.requirements(s)
	expiresAfter := 0 // never
	if s.PasswordMaxAge > 0 {
		expiresAfter = int(s.PasswordMaxAge / day)
	}
	attempts := s.LockThreshold
	if s.NeverLocks {
		attempts = 0
	}
	return map[string]any{
		"id":                    policyID(),
		"schemas":               []string{policySchema},
		"meta":                  map[string]any{"resourceType": "PasswordPolicy", "location": host + adminRoot + "PasswordPolicies/" + policyID()},
		"name":                  "fusionPasswordPolicy",
		"priority":              1,
		"passwordStrength":      "Custom",
		"passwordExpiresAfter":  expiresAfter,
		"passwordExpireWarning": int(s.PasswordExpireWarning / day),
		"maxIncorrectAttempts":  attempts,
		"lockoutDuration":       int(s.LockDuration / time.Minute),
		"numPasswordsInHistory": s.PasswordHistory,
		"minPasswordAge":        int(s.PasswordMinAge / day),
		"minLength":             need.length,
		"maxLength":             maxDomainPassword,
		"minUpperCase":          need.upper,
		"minNumerals":           need.digits,
		"minSpecialChars":       need.special,
		"disallowedChars":       s.ForbiddenCharacters,
	}
}
