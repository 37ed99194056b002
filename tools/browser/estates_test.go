package browser_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func empty(t testing.TB) scene {
	return scene{mounts: []estate.Mount{mounted(t, "oracle-financials", nil)}}
}

func healthy(t testing.TB) scene {
	var all []says
	for i, name := range []string{
		"gl-prod", "ap-prod", "ar-prod", "cm-treasury", "fa-assets", "pa-projects", "gl-emea", "ap-emea", "ar-emea", "gl-apac", "ap-apac", "gl-reports",
	} {
		all = append(all, well(name).with(says{"password_expiry_time": in(time.Duration(19+i*5)*day + 3*time.Hour)}))
	}
	return scene{mounts: []estate.Mount{mounted(t, "oracle-financials", []says{door("domain-prod")}, all...)}, events: years()[:3]}
}

// locked is what is said over a well integration whose account is locked.
func locked() says {
	return says{
		"state": "locked", "severity": "critical", "reason": "account_locked", "state_since": in(-47 * time.Minute),
		"message": "The directory domain-prod says (2026-11-23T09:19:00Z) that svc_gl_prod is locked since 2026-11-23T08:54:00Z after too " +
			"many refused logins. Stop what sends the wrong password, then unlock the user; the engine notices by itself and logs in 1h later.",
		"held": true, "held_since": in(-47 * time.Minute), "refused_logins": 1, "attempts_left": 0, "foreign_failed_logins": 4,
		"last_success_time": in(-2 * time.Hour),
		"warnings":          []string{"The user may reset any Fusion user's password (accept_broad_privilege): use a directory instead."},
		"checklist": says{
			"account_active": "fail", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "fail", "modules_accessible": "unknown",
			"base_url_confirmed": "pass",
		},
		"directory_view": says{
			"observed_time": in(-22 * time.Minute), "found": true, "active": true, "locked": true, "locked_since": in(-47 * time.Minute),
			"lock_reason": "failed_logins", "expired": false, "must_change": false, "login_attempts": 5,
		},
	}
}

// long is the longest that a name may be, and a message that does not end soon.
const (
	longName    = "intercompany-eliminations-and-consolidation-ledger-emea-and-middle-east-production-environment-for-the-shared-service-centre.v2"
	longMessage = "Logs in, but has no privilege for FA (Fixed Assets) and PA (Project Accounting): grant svc_fa_assets a role that has it, such " +
		"as Financial Integration Specialist, and see that it is not limited to one business unit."
)

// mixed is an estate with a trouble of each kind.
func mixed(t testing.TB) scene {
	all := []says{
		well("gl-prod").with(locked()),
		well("ap-prod").with(says{
			"state": "expiring", "severity": "warning", "reason": "password_expiring", "confidence": "inferred", "state_since": in(-9 * day),
			"message": "Logs in; by its age the password expires on 2026-11-28T14:41:00Z. The engine does not rotate it: set a new one for " +
				"svc_ap_prod in Fusion, then write it to integrations/ap-prod.",
			"password_set_time": in(-85*day + 5*time.Hour), "password_set_source": "operator", "password_expiry_time": in(5*day + 5*time.Hour),
			"next_rotation_time": nil, "last_rotation_time": nil,
		}),
		well("cm-treasury").with(says{
			"state": "rejected", "severity": "critical", "reason": "login_refused", "state_since": in(-3 * time.Hour), "held": true,
			"held_until": in(21 * time.Hour), "held_since": in(-3 * time.Hour), "refused_logins": 1, "attempts_left": nil,
			"message": "Oracle refused the login on 2026-11-23T06:41:00Z and does not say why: the password may be wrong, or the account " +
				"svc_cm_treasury locked, expired or disabled. Look at the account in Fusion's Security Console, then write the right password " +
				"to integrations/cm-treasury, or, if the account only had to be unlocked, write reconcile/cm-treasury action=release. " +
				"The engine spends no further login before 2026-11-24T06:41:00Z.",
			"directory_view": nil, "modules_selected": []string{"CM"}, "next_check_time": in(21 * time.Hour), "foreign_failed_logins": nil,
		}),
		well("fa-assets").with(says{
			"state": "limited", "severity": "warning", "reason": "module_forbidden", "state_since": in(-2 * day), "message": longMessage,
			"modules_selected": []string{"GL", "AP", "AR", "FA", "CM", "PA"}, "modules": says{
				"GL": says{"result": "accessible", "http_status": 200, "probe": "11.13.18.05/ledgersLOV?limit=1"},
				"FA": says{"result": "forbidden", "http_status": 403, "probe": "11.13.18.05/fixedAssets?limit=1"},
				"PA": says{"result": "forbidden", "http_status": 403, "probe": "11.13.18.05/projects?limit=1"},
			},
		}),
		well(longName).with(says{"username": "svc_" + longName, "server_url": "https://fa-" + longName[:50] + ".fa.ocs.oraclecloud.com"}),
		well("pa-projects").with(says{
			"state": "paused", "reason": "paused", "message": "Paused until 2026-11-30T00:00:00Z: pod refresh.", "next_check_time": in(7 * day),
		}),
		well("new-entity").with(says{
			"state": "unchecked", "severity": "unknown", "reason": "never_checked", "confidence": "none", "modules": says{}, "usage": nil,
			"message":         "This password has not been proved yet: the next scheduled check does it, or write check/new-entity.",
			"last_check_time": nil, "last_success_time": nil, "password_set_source": "assumed", "directory_view": nil,
		}),
		well("ar-billing").with(says{"rotation_phase": "sent"}),
		well("gl-reports").with(says{
			"last_rotation_error": "refused_by_policy: Oracle refused the new password by its password policy: raise password_length in the policy.",
			"severity":            "warning", "reason": "foreign_failed_logins", "foreign_failed_logins": 2, "attempts_left": 3,
			"message": "Logs in, but Oracle refused 2 logins with the user svc_gl_reports that the engine did not send: find the client that " +
				"uses another password before it locks the account. 3 more refused would lock it.",
		}),
		well("gl-pair").with(says{
			"severity": "warning", "reason": "standby_trouble", "message": "Logs in, but the standby account svc_gl_pair_b does not: Oracle refused the login.",
			"standby": says{
				"username": "svc_gl_pair_b", "state": "rejected", "severity": "critical", "reason": "login_refused", "confidence": "confirmed",
				"message": "Oracle refused the login on 2026-11-23T06:41:00Z and does not say why.", "held": true, "held_since": in(-time.Hour),
				"refused_logins": 1, "checklist": says{"account_active": "unknown", "api_tested": "fail"}, "modules": says{},
			},
		}),
	}
	for i := range 14 {
		all = append(all, well(fmt.Sprintf("emea-%02d", i+1)).with(unreachable("fa-emea")).with(says{"password_expiry_time": in(time.Duration(30+i) * day)}))
	}
	for i, name := range []string{"ap-emea", "ap-us", "ar-emea", "ar-us", "cm-us", "gl-emea", "gl-us", "gl-apac", "pa-us", "fa-us"} {
		all = append(all, well(name).with(says{"password_expiry_time": in(time.Duration(10+i*9)*day + 3*time.Hour), "server_url": "https://fa-us2.fa.ocs.oraclecloud.com"}))
	}
	prod := mounted(t, "oracle-financials", doors(), all...)
	prod.Sweep.Due, prod.Sweep.Lag = 3, 130
	test := mounted(t, "team-b/oracle-financials", nil, well("gl-test"), well("ap-test"))
	test.Generated = now.Add(-17 * time.Minute)
	test = test.Down("Vault at https://vault.example.com:8200 is sealed: unseal it.")
	return scene{mounts: []estate.Mount{prod, test}, events: years()}
}

// doors are many directories, two of them in trouble.
func doors() []says {
	all := []says{
		door("domain-prod"),
		door("fusion-emea").with(says{
			"type": "fusion", "url": "https://fa-emea.fa.ocs.oraclecloud.com", "state": "unreachable",
			"message": "fa-emea.fa.ocs.oraclecloud.com is unavailable (HTTP 503): see whether the pod is in maintenance.",
		}),
		door("domain-test").with(says{
			"state": "rejected", "held_since": in(-2 * time.Hour), "last_success_time": in(-26 * time.Hour),
			"message": "The identity domain refused the client secret: write the right one to directories/domain-test.",
		}),
	}
	for _, region := range []string{"us", "apac", "latam", "nordics", "dach", "iberia", "japan", "anz"} {
		all = append(all, door("domain-"+region).with(says{"url": "https://idcs-" + region + "0123456789abcdef.identity.oraclecloud.com"}))
	}
	return all
}

// unreachable is what is said over a well integration whose pod is down.
func unreachable(host string) says {
	return says{
		"state": "unreachable", "severity": "warning", "reason": "unavailable", "state_since": in(-26 * time.Minute), "consecutive_failures": 3,
		"server_url": "https://" + host + ".fa.ocs.oraclecloud.com",
		"message": host + ".fa.ocs.oraclecloud.com is unavailable (HTTP 503); nothing is known about the password: see whether the pod is in " +
			"maintenance.",
	}
}

// many is an estate of 10,000 integrations, some of them in trouble.
func many(t testing.TB) scene {
	const n = 10_000
	all := make([]says, 0, n)
	for i := range n {
		pod := fmt.Sprintf("fa-%03d", i%97)
		one := well(fmt.Sprintf("entity-%05d", i)).with(says{
			"server_url": "https://" + pod + ".fa.ocs.oraclecloud.com", "password_expiry_time": in(time.Duration(9+i*7%140)*day + time.Duration(i)*time.Second),
		})
		switch {
		case i%97 == 13:
			one = one.with(unreachable(pod))
		case i%1999 == 7:
			one = one.with(locked())
		case i%211 == 0:
			one = one.with(says{
				"state": "expiring", "severity": "warning", "reason": "password_expiring", "password_expiry_time": in(time.Duration(1+i%13) * day),
				"message": "Logs in; by its age the password expires soon. The engine rotates it before.",
			})
		case i%500 == 3:
			one = one.with(says{"state": "unchecked", "severity": "unknown", "reason": "never_checked", "message": "This password has not been proved yet."})
		}
		all = append(all, one)
	}
	return scene{mounts: []estate.Mount{mounted(t, "oracle-financials", []says{door("domain-prod")}, all...)}, events: years()}
}

// years is a long history, as much as the engine keeps, that ends with a lock.
func years() []estate.Event {
	const kept = 100
	type step struct {
		kind   rotation.EventKind
		to     rotation.State
		reason rotation.Reason
		actor  string
	}
	steps := []step{
		{rotation.EventRotation, rotation.StateOK, rotation.ReasonLoggedIn, "engine"},
		{rotation.EventCheck, rotation.StateUnreachable, rotation.ReasonUnavailable, "engine"},
		{rotation.EventCheck, rotation.StateOK, rotation.ReasonLoggedIn, "engine"},
		{rotation.EventCheck, rotation.StateExpiring, rotation.ReasonExpiring, "engine"},
		{rotation.EventWrite, rotation.StateOK, rotation.ReasonLoggedIn, "ldap-hannah"},
		{rotation.EventPause, rotation.StatePaused, rotation.ReasonPaused, "oidc-jo@example.com"},
		{rotation.EventPause, rotation.StateOK, rotation.ReasonLoggedIn, "engine"},
		{rotation.EventHold, rotation.StateRejected, rotation.ReasonRefused, "engine"},
		{rotation.EventRelease, rotation.StateOK, rotation.ReasonLoggedIn, "ldap-hannah"},
	}
	events := []estate.Event{{Time: now.Add(-47 * time.Minute), Kind: rotation.EventHold, ToState: rotation.StateLocked, Reason: rotation.ReasonLocked, Actor: "engine"}}
	for at, i := now.Add(-2*day), kept-2; i >= 0; at, i = at.Add(-time.Duration(1+i%7)*37*time.Hour), i-1 {
		s := steps[i%len(steps)]
		events = append(events, estate.Event{Time: at, Kind: s.kind, ToState: s.to, Reason: s.reason, Actor: s.actor})
	}
	slices.Reverse(events)
	for i := range events {
		events[i].Seq, events[i].CredentialVersion = int64(i+1), int64(1+i/9)
		if i > 0 {
			events[i].FromState = events[i-1].ToState
		}
	}
	return events
}

var errSilent = errors.New("Vault did not answer in time: see whether it is up") //nolint:staticcheck // it names Vault

// unread is an estate of which one mount is being read for the first time, and another cannot be.
func unread() scene {
	return scene{mounts: []estate.Mount{{Path: "oracle-financials"}, estate.Mount{Path: "team-b/oracle-financials"}.Down("Vault is sealed: unseal it.")}}
}
