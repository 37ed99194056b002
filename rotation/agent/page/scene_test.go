package page

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/net/html"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// now is when every test looks at the page.
var now = time.Date(2026, 11, 23, 9, 41, 0, 0, time.UTC)

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// in is a time so far from now, as the engine writes it.
func in(d time.Duration) string { return stamp(now.Add(d)) }

const day24 = 24 * time.Hour

// says is what the engine says of an integration.
type says map[string]any

// with is what is said, and over it something else. A nil takes a field away.
func (s says) with(over says) says {
	all := maps.Clone(s)
	for key, value := range over {
		if all[key] = value; value == nil {
			delete(all, key)
		}
	}
	return all
}

// well is an integration with nothing wrong, as the engine reports it.
func well(name string) says {
	return says{
		"name": name, "state": "ok", "severity": "ok", "reason": "logged_in", "confidence": "confirmed",
		"message": "Logs in, and every selected module answers.", "state_since": in(-53 * day24), "event_seq": 4, "credential_version": 3,
		"username": "svc_" + strings.ReplaceAll(name, "-", "_"), "server_url": "https://fa-eqxz-prod.fa.ocs.oraclecloud.com",
		"policy": "default", "modules_selected": []string{"GL", "AP", "AR"},
		"password_set_time": in(-53*day24 - 5*time.Hour), "password_set_source": "engine", "password_expiry_time": in(36*day24 + 19*time.Hour),
		"days_until_expiry": 36, "last_check_time": in(-22 * time.Minute), "last_success_time": in(-22 * time.Minute),
		"next_check_time": in(35 * time.Minute), "last_rotation_time": in(-53*day24 - 5*time.Hour), "next_rotation_time": in(22 * day24),
		"held": false, "refused_logins": 0, "attempts_left": 5, "foreign_failed_logins": 0, "consecutive_failures": 0, "rotation_phase": "idle",
		"modules": says{
			"GL": says{"result": "accessible", "http_status": 200, "probe": "11.13.18.05/ledgersLOV?limit=1"},
			"AP": says{"result": "accessible", "http_status": 200, "probe": "11.13.18.05/invoices?limit=1"},
			"AR": says{"result": "empty", "http_status": 200, "probe": "11.13.18.05/receivablesInvoices?limit=1"},
		},
		"checklist": says{
			"account_active": "pass", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "pass", "modules_accessible": "pass",
			"base_url_confirmed": "pass",
		},
		"rules":          says{"password_max_age": 90 * 86400, "expiry_warning": 14 * 86400, "lock_threshold": 5, "source": "directory"},
		"usage":          says{"reads_24h": 1312, "readers_24h": 4, "since": in(-9 * day24), "last_read_time": in(-3 * time.Minute)},
		"directory_view": says{"observed_time": in(-22 * time.Minute), "found": true, "active": true, "locked": false, "expired": false, "must_change": false, "cannot_expire": false, "login_attempts": 0, "password_set_time": in(-53*day24 - 5*time.Hour), "roles": []string{"Financial Integration Specialist"}},
	}
}

// locked is an integration whose account the directory shows as locked.
func locked(name string) says {
	return well(name).with(says{
		"state": "locked", "severity": "critical", "reason": "account_locked", "state_since": in(-47 * time.Minute),
		"message":    "The directory domain-prod says (2026-11-23T09:19:00Z) that svc_" + name + " is locked since 2026-11-23T08:54:00Z after too many refused logins. Stop what sends the wrong password, then unlock the user; the engine notices by itself and logs in 1h later.",
		"held":       true,
		"held_since": in(-47 * time.Minute), "refused_logins": 1, "attempts_left": 0, "foreign_failed_logins": 4,
		"last_success_time": in(-2 * time.Hour),
		"checklist":         says{"account_active": "fail", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "fail", "modules_accessible": "unknown", "base_url_confirmed": "pass"},
		"directory_view":    says{"observed_time": in(-22 * time.Minute), "found": true, "active": true, "locked": true, "locked_since": in(-47 * time.Minute), "lock_reason": "failed_logins", "expired": false, "must_change": false, "login_attempts": 5},
	})
}

// directory is a directory as the engine reports it.
func directory(name string, over says) says {
	return says{
		"name": name, "type": "identity_domain", "url": "https://idcs-1f2e.identity.oraclecloud.com", "state": "ok", "message": "",
		"rotation_phase": "idle", "last_success_time": in(-4 * time.Minute),
	}.with(over)
}

// mounted is a mount that was read half a minute ago.
func mounted(t testing.TB, path string, directories []says, integrations ...says) estate.Mount {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"generated_time": in(-31 * time.Second), "revision": "4FQZ7K2M-17", "full": true, "integrations": integrations,
		"directories": directories, "version": "1.4.0",
		"sweep": says{"last_started_time": in(-40 * time.Second), "last_finished_time": in(-33 * time.Second), "lag_seconds": 0, "due": 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := estate.ReadReport(path, data)
	if err != nil {
		t.Fatal(err)
	}
	return estate.Mount{Path: path}.With(report)
}

func snapshotOf(mounts ...estate.Mount) estate.Snapshot {
	return estate.Snapshot{Mounts: mounts, Taken: now}
}

// fixed is a source and a history that never change.
type fixed struct {
	snapshot estate.Snapshot
	events   []estate.Event
	fault    error
}

func (f fixed) Snapshot() estate.Snapshot { return f.snapshot }

func (f fixed) History(context.Context, string, string) ([]estate.Event, error) {
	return f.events, f.fault
}

func (f fixed) handler() http.Handler {
	return NewAt(f, f, hclog.NewNullLogger(), func() time.Time { return now })
}

// get asks for a page.
func (f fixed) get(t testing.TB, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	f.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// page asks for a page and reads it.
func (f fixed) page(t testing.TB, target string) *html.Node {
	t.Helper()
	w := f.get(t, target)
	if w.Code != http.StatusOK {
		t.Fatalf("%s answers %d: %s", target, w.Code, w.Body)
	}
	document, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// mixed is an estate with a trouble of each kind.
func mixed(t testing.TB) fixed {
	var all []says
	all = append(all, locked("gl-prod"))
	all = append(all, well("ap-prod").with(says{
		"state": "expiring", "severity": "warning", "reason": "password_expiring", "confidence": "inferred", "state_since": in(-9 * day24),
		"message":           "Logs in; by its age the password expires on 2026-11-28T14:41:00Z. The engine does not rotate it: set a new one for svc_ap_prod in Fusion, then write it to integrations/ap-prod.",
		"password_set_time": in(-85*day24 + 5*time.Hour), "password_set_source": "operator", "password_expiry_time": in(5*day24 + 5*time.Hour), "next_rotation_time": nil, "last_rotation_time": nil,
	}))
	all = append(all, well("cm-treasury").with(says{
		"state": "rejected", "severity": "critical", "reason": "login_refused", "state_since": in(-3 * time.Hour), "held": true, "held_until": in(21 * time.Hour), "held_since": in(-3 * time.Hour), "refused_logins": 1, "attempts_left": nil,
		"message":        "Oracle refused the login on 2026-11-23T06:41:00Z and does not say why: the password may be wrong, or the account svc_cm_treasury locked, expired or disabled. Look at the account in Fusion's Security Console, then write the right password to integrations/cm-treasury, or, if the account only had to be unlocked, write reconcile/cm-treasury action=release. The engine spends no further login before 2026-11-24T06:41:00Z.",
		"directory_view": nil, "modules_selected": []string{"CM"}, "next_check_time": in(21 * time.Hour), "foreign_failed_logins": nil, "last_success_time": in(-4 * time.Hour),
	}))
	all = append(all, well("fa-assets").with(says{
		"state": "limited", "severity": "warning", "reason": "module_forbidden", "state_since": in(-2 * day24),
		"message":          "Logs in, but has no privilege for FA (Fixed Assets): grant svc_fa_assets a role that has it, such as Financial Integration Specialist.",
		"modules_selected": []string{"GL", "FA"}, "modules": says{"GL": says{"result": "accessible", "http_status": 200, "probe": "11.13.18.05/ledgersLOV?limit=1"}, "FA": says{"result": "forbidden", "http_status": 403, "probe": "11.13.18.05/fixedAssets?limit=1"}},
	}))
	for i := range 14 {
		all = append(all, well(fmt.Sprintf("emea-%02d", i+1)).with(says{
			"state": "unreachable", "severity": "warning", "reason": "unavailable", "state_since": in(-26 * time.Minute), "server_url": "https://fa-emea.fa.ocs.oraclecloud.com",
			"message":              "fa-emea.fa.ocs.oraclecloud.com is unavailable (HTTP 503); nothing is known about the password: see whether the pod is in maintenance.",
			"consecutive_failures": 3, "password_expiry_time": in(time.Duration(30+i) * day24),
		}))
	}
	all = append(all, well("pa-projects").with(says{
		"state": "paused", "severity": "ok", "reason": "paused", "message": "Paused until 2026-11-30T00:00:00Z: pod refresh. Patch paused_until to null to end it.", "next_check_time": in(7 * day24),
	}))
	all = append(all, well("new-entity").with(says{
		"state": "unchecked", "severity": "unknown", "reason": "never_checked", "confidence": "none", "message": "This password has not been proved yet: the next scheduled check does it, or write check/new-entity.", "modules": says{},
		"last_check_time": nil, "last_success_time": nil, "password_set_source": "assumed", "usage": nil, "directory_view": nil,
	}))
	all = append(all, well("ar-billing").with(says{"rotation_phase": "sent", "last_rotation_error": nil}), well("gl-reports").with(says{
		"last_rotation_error": "refused_by_policy: Oracle refused the new password by its password policy: raise password_length in the policy.", "foreign_failed_logins": 2, "severity": "warning", "reason": "foreign_failed_logins",
		"message": "Logs in, but Oracle refused 2 logins with the user svc_gl_reports that the engine did not send: find the client that uses another password before it locks the account. 3 more refused would lock it.",
	}))
	for i, name := range []string{"ap-emea", "ap-us", "ar-emea", "ar-us", "cm-us", "gl-emea", "gl-us", "gl-apac", "pa-us", "fa-us"} {
		all = append(all, well(name).with(says{"password_expiry_time": in(time.Duration(10+i*9)*day24 + 3*time.Hour), "server_url": "https://fa-us2.fa.ocs.oraclecloud.com"}))
	}
	pair := well("gl-pair").with(says{"standby": says{
		"username": "svc_gl_pair_b", "state": "rejected", "severity": "critical", "reason": "login_refused", "confidence": "confirmed", "message": "Oracle refused the login on 2026-11-23T06:41:00Z and does not say why.",
		"held": true, "held_since": in(-time.Hour), "refused_logins": 1, "checklist": says{"account_active": "unknown", "api_tested": "fail"}, "modules": says{},
	}, "severity": "warning", "reason": "standby_trouble", "message": "Logs in, but the standby account svc_gl_pair_b does not: Oracle refused the login."})
	all = append(all, pair)
	prod := mounted(t, "oracle-financials", []says{
		directory("domain-prod", nil),
		directory("fusion-emea", says{"type": "fusion", "url": "https://fa-emea.fa.ocs.oraclecloud.com", "state": "unreachable", "message": "fa-emea.fa.ocs.oraclecloud.com is unavailable (HTTP 503): see whether the pod is in maintenance."}),
	}, all...)
	prod.Sweep.Due, prod.Sweep.Lag = 3, 130
	test := mounted(t, "team-b/oracle-financials", nil, well("gl-test"), well("ap-test"))
	test.Generated = now.Add(-17 * time.Minute)
	test = test.Down("Vault at https://vault.example.com:8200 is sealed: unseal it.")
	return fixed{snapshot: snapshotOf(prod, test), events: story()}
}

// story is a history with something of each kind.
func story() []estate.Event {
	at := func(seq int64, ago time.Duration, kind rotation.EventKind, from, to rotation.State, reason rotation.Reason, actor string) estate.Event {
		return estate.Event{Seq: seq, Time: now.Add(-ago), Kind: kind, FromState: from, ToState: to, Reason: reason, CredentialVersion: 2 + seq/8, Actor: actor}
	}
	return []estate.Event{
		at(1, 60*day24, rotation.EventWrite, "", rotation.StateOK, rotation.ReasonLoggedIn, "ldap-hannah"),
		at(2, 53*day24+5*time.Hour, rotation.EventRotation, rotation.StateOK, rotation.StateOK, rotation.ReasonLoggedIn, "engine"),
		at(3, 31*day24, rotation.EventCheck, rotation.StateOK, rotation.StateUnreachable, rotation.ReasonUnavailable, "engine"),
		at(4, 29*day24, rotation.EventCheck, rotation.StateUnreachable, rotation.StateOK, rotation.ReasonLoggedIn, "engine"),
		at(5, 20*day24, rotation.EventPause, rotation.StateOK, rotation.StatePaused, rotation.ReasonPaused, "oidc-jo@example.com"),
		at(6, 16*day24, rotation.EventPause, rotation.StatePaused, rotation.StateOK, rotation.ReasonLoggedIn, "engine"),
		at(7, 9*day24, rotation.EventHold, rotation.StateOK, rotation.StateRejected, rotation.ReasonRefused, "engine"),
		at(8, 8*day24, rotation.EventRelease, rotation.StateRejected, rotation.StateOK, rotation.ReasonLoggedIn, "ldap-hannah"),
		at(9, 47*time.Minute, rotation.EventHold, rotation.StateOK, rotation.StateLocked, rotation.ReasonLocked, "engine"),
	}
}

// healthy is an estate without trouble.
func healthy(t testing.TB) fixed {
	var all []says
	for i, name := range []string{"gl-prod", "ap-prod", "ar-prod", "cm-treasury", "fa-assets", "pa-projects", "gl-emea", "ap-emea", "ar-emea", "gl-apac", "ap-apac", "gl-reports"} {
		all = append(all, well(name).with(says{"password_expiry_time": in(time.Duration(19+i*5)*day24 + 3*time.Hour)}))
	}
	return fixed{snapshot: snapshotOf(mounted(t, "oracle-financials", []says{directory("domain-prod", nil)}, all...)), events: story()[:2]}
}

// many is an estate of n integrations, some of them in trouble.
func many(t testing.TB, n int) fixed {
	all := make([]says, 0, n)
	for i := range n {
		one := well(fmt.Sprintf("entity-%05d", i)).with(says{
			"server_url": fmt.Sprintf("https://fa-%03d.fa.ocs.oraclecloud.com", i%97), "password_expiry_time": in(time.Duration(9+i*7%140)*day24 + time.Duration(i)*time.Second),
		})
		switch {
		case i%97 == 13:
			one = one.with(says{"state": "unreachable", "severity": "warning", "reason": "timeout", "message": "fa-013.fa.ocs.oraclecloud.com did not answer in time; nothing is known about the password: see whether the pod is in maintenance, or raise timeout (a check as a whole ends after 36 seconds)."})
		case i%1999 == 7:
			one = locked(fmt.Sprintf("entity-%05d", i)).with(says{"server_url": fmt.Sprintf("https://fa-%03d.fa.ocs.oraclecloud.com", i%97)})
		case i%211 == 0:
			one = one.with(says{"state": "expiring", "severity": "warning", "reason": "password_expiring", "password_expiry_time": in(time.Duration(1+i%13) * day24), "message": "Logs in; by its age the password expires soon. The engine rotates it before."})
		case i%500 == 3:
			one = one.with(says{"state": "unchecked", "severity": "unknown", "reason": "never_checked", "message": "This password has not been proved yet: the next scheduled check does it."})
		}
		all = append(all, one)
	}
	return fixed{snapshot: snapshotOf(mounted(t, "oracle-financials", []says{directory("domain-prod", nil)}, all...)), events: story()}
}
