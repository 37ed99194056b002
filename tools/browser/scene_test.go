package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/page"
	"vault-plugin-secrets-oracle-financials/rotation/agent/web"
)

// now is when every browser looks at the page.
var now = time.Date(2026, 11, 23, 9, 41, 0, 0, time.UTC)

const day = 24 * time.Hour

// in is a time so far from now, as the engine writes it.
func in(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }

// says is what the engine says of an integration or a directory.
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

// well is an integration with nothing wrong.
func well(name string) says {
	accessible := func(probe string) says { return says{"result": "accessible", "http_status": 200, "probe": probe} }
	return says{
		"name": name, "state": "ok", "severity": "ok", "reason": "logged_in", "confidence": "confirmed",
		"message": "Logs in, and every selected module answers.", "state_since": in(-53 * day), "event_seq": 4, "credential_version": 3,
		"username": "svc_" + strings.ReplaceAll(name, "-", "_"), "server_url": "https://fa-eqxz-prod.fa.ocs.oraclecloud.com",
		"policy": "default", "modules_selected": []string{"GL", "AP", "AR"},
		"password_set_time": in(-53*day - 5*time.Hour), "password_set_source": "engine", "password_expiry_time": in(36*day + 19*time.Hour),
		"last_check_time": in(-22 * time.Minute), "last_success_time": in(-22 * time.Minute), "next_check_time": in(35 * time.Minute),
		"last_rotation_time": in(-53*day - 5*time.Hour), "next_rotation_time": in(22 * day),
		"held": false, "refused_logins": 0, "attempts_left": 5, "foreign_failed_logins": 0, "rotation_phase": "idle",
		"modules": says{
			"GL": accessible("11.13.18.05/ledgersLOV?limit=1"), "AP": accessible("11.13.18.05/invoices?limit=1"),
			"AR": says{"result": "empty", "http_status": 200, "probe": "11.13.18.05/receivablesInvoices?limit=1"},
		},
		"checklist": says{
			"account_active": "pass", "role_assigned": "pass", "rest_privilege": "pass", "api_tested": "pass", "modules_accessible": "pass",
			"base_url_confirmed": "pass",
		},
		"rules": says{"password_max_age": 90 * 86400, "expiry_warning": 14 * 86400, "lock_threshold": 5, "source": "directory"},
		"usage": says{"reads_24h": 1312, "readers_24h": 4, "since": in(-9 * day), "last_read_time": in(-3 * time.Minute)},
		"directory_view": says{
			"observed_time": in(-22 * time.Minute), "found": true, "active": true, "locked": false, "expired": false, "must_change": false,
			"login_attempts": 0, "password_set_time": in(-53*day - 5*time.Hour), "roles": []string{"Financial Integration Specialist"},
		},
	}
}

// door is a directory with nothing wrong.
func door(name string) says {
	return says{
		"name": name, "type": "identity_domain", "url": "https://idcs-1f2e.identity.oraclecloud.com", "state": "ok", "message": "",
		"rotation_phase": "idle", "last_success_time": in(-4 * time.Minute),
	}
}

// mounted is a mount that was read half a minute ago.
func mounted(t testing.TB, path string, doors []says, integrations ...says) estate.Mount {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"generated_time": in(-31 * time.Second), "revision": "4FQZ7K2M-17", "full": true, "integrations": integrations,
		"directories": doors, "version": "v1.4.0",
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

// scene is an agent that knows one estate for good.
type scene struct {
	mounts []estate.Mount
	events []estate.Event
	fault  error // of the history
}

func (s scene) Snapshot() estate.Snapshot { return estate.Snapshot{Mounts: s.mounts, Taken: now} }

func (s scene) History(context.Context, string, string) ([]estate.Event, error) {
	return s.events, s.fault
}

func (scene) Healthy() bool { return true }

func (scene) Ready() bool { return true }

func (scene) Reload() error { return errors.New("nothing is loaded again here") }

// serve lets a scene answer as the agent does, and gives its address.
func (s scene) serve(t testing.TB) string {
	t.Helper()
	log := hclog.NewNullLogger()
	handler := page.NewAt(s, s, log, func() time.Time { return now })
	server := httptest.NewServer(web.New(s, handler, prometheus.NewRegistry(), log))
	t.Cleanup(server.Close)
	return server.URL
}
