package backend_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// calls is the manager calling for the rotations of a policy.
func (tr *trial) calls(policy string) error {
	_, err := tr.backend.HandleRequest(tr.t.Context(), &logical.Request{
		Operation: logical.RotationOperation, Path: "policies/" + policy, Storage: tr.storage, MountPoint: "oracle-financials/",
	})
	return err
}

// mustCall is a call that the manager need not make again, and all that it sets in motion.
func (tr *trial) mustCall(policy string) {
	tr.t.Helper()
	must(tr.t, tr.calls(policy))
	synctest.Wait()
	tr.passes(time.Minute)
}

// asks counts what Oracle was asked since it was last looked at, and how often it set a password.
func (tr *trial) asks() (requests, sets int) {
	tr.t.Helper()
	for _, request := range tr.pod().Requests() {
		if requests++; request.Method == http.MethodPatch || strings.Contains(request.Path, "/UserPasswordChanger") {
			sets++
		}
	}
	tr.pod().ResetLogs()
	return requests, sets
}

// A rotation that is due is made by the engine's own rules, whoever's clock is first; and only one.
func TestTheManagersCallRotatesWhatIsDueOnce(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			due := newScene(t, newStage(t, string(w)), w, oraclesim.Switches{}, func(tr *trial) {
				awaitsRotation(tr)
				tr.ok(logical.UpdateOperation, "policies/other", map[string]any{"rotation_period": "4d"})
			})
			for _, sweeps := range []bool{false, true} {
				due.play(t, func(tr *trial) { rotatesOnce(tr, sweeps) })
			}
		})
	}
}

// rotatesOnce calls before, at and after the time of a rotation, and while it is made.
func rotatesOnce(tr *trial, sweeps bool) {
	t := tr.t
	tr.ok(logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": !sweeps})
	before := tr.read("creds/gl")["credential_version"].(int)
	tr.pod().ResetLogs()
	must(t, tr.calls("default"))
	synctest.Wait()
	if requests, _ := tr.asks(); requests != 0 {
		t.Errorf("%s: before the rotation was due the call asked Oracle %d times", tr.way, requests)
	}
	at, err := time.Parse(time.RFC3339, tr.read("status/gl")["next_rotation_time"].(string))
	must(t, err)
	if !sweeps { // so that nothing has begun it yet
		time.Sleep(time.Until(at) + time.Second)
		for _, other := range []string{"other", "absent", "", "default/x"} {
			must(t, tr.calls(other))
		}
		synctest.Wait()
		if requests, _ := tr.asks(); requests != 0 {
			t.Errorf("%s: a call for another policy asked Oracle %d times", tr.way, requests)
		}
	}
	meanwhile := 0
	tr.listen(func(*wire, call, string) {
		meanwhile++
		must(t, tr.calls("default"))
	}, nil)
	time.Sleep(time.Until(at) - 500*time.Millisecond) // the status tells whole seconds
	for range 20 {
		tr.late.Go(func() { must(t, tr.calls("default")) })
		time.Sleep(100 * time.Millisecond)
	}
	tr.late.Wait()
	tr.passes(time.Minute)
	tr.listen(nil, nil)
	tr.mustCall("default")
	if after := tr.read("creds/gl")["credential_version"]; after != before+1 {
		t.Errorf("%s, the engine sweeps by itself: %t: the version was %d and is %v", tr.way, sweeps, before, after)
	}
	if _, sets := tr.asks(); sets != 1 || meanwhile < 2 {
		t.Errorf("%s, the engine sweeps by itself: %t: Oracle was asked %d times to set a password, with %d calls meanwhile", tr.way, sweeps, sets, meanwhile)
	}
	for _, event := range tr.read("history/gl")["events"].([]any) {
		if e := event.(map[string]any); e["kind"] == "rotation" && e["credential_version"] == before+1 && e["actor"] != "engine" {
			t.Errorf("%s: the history says that %v rotated", tr.way, e["actor"])
		}
	}
	tr.mustRest("rotated")
}

// Whatever holds the engine's own schedule back holds the manager back, and is no reason for it to call again.
func TestTheManagersCallGoesThroughTheGuard(t *testing.T) {
	t.Parallel()
	overdue := newScene(t, newStage(t, string(throughFusion)), throughFusion, oraclesim.Switches{}, func(tr *trial) {
		rotatesAll(tr)
		tr.ok(logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": true})
		tr.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": "60d", "rotation_period": "4d"})
		tr.passes(5 * 24 * time.Hour)
	})
	for name, held := range map[string]func(*trial){
		"a refused login, whose hold lasts": func(tr *trial) {
			tr.setsByHand(user, handPassword)
			tr.ok(logical.UpdateOperation, "check/gl", nil)
			hasFields(tr.t, tr.read("status/gl"), map[string]any{"held": true})
		},
		"a pause": func(tr *trial) {
			tr.ok(logical.PatchOperation, "integrations/gl", map[string]any{
				"paused_until": time.Now().Add(24 * time.Hour).Format(time.RFC3339), "pause_reason": "the books are closed",
			})
		},
		"no rotation by schedule, but a check that waits for a sweep": func(tr *trial) {
			tr.ok(logical.UpdateOperation, "policies/default", map[string]any{"disable_automated_rotation": true, "check_period": "1h"})
		},
		"a host that is no longer allowed": func(tr *trial) {
			tr.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "elsewhere.oraclecloud.com"})
		},
	} {
		overdue.play(t, func(tr *trial) {
			held(tr)
			tr.pod().ResetLogs()
			for range 5 {
				tr.mustCall("default")
			}
			if requests, _ := tr.asks(); requests != 0 {
				t.Errorf("%s: the calls asked Oracle %d times", name, requests)
			}
		})
	}
	// And a rotation that fails is tried again by the engine's delays, however often the manager calls.
	overdue.play(t, func(tr *trial) {
		must(tr.t, tr.pod().SetIdentityAdmin(adminUser, false))
		for range 20 {
			tr.mustCall("default")
		}
		status := tr.read("status/gl")
		if _, sets := tr.asks(); sets > 3 || status["last_rotation_error"] == nil {
			t.Errorf("in twenty minutes of a directory without its privilege it was asked %d times; status says %v", sets, status["last_rotation_error"])
		}
	})
}

// A mount that could not be read is the one thing for which the manager is to call again; a standby does not rotate.
func TestTheManagersCallFailsOnlyWhenNothingCouldBeSeen(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.storage = unreadable{m.storage}
	m.restart()
	call := func() error {
		_, err := m.backend.HandleRequest(t.Context(), &logical.Request{Operation: logical.RotationOperation, Path: "policies/default", Storage: m.storage})
		return err
	}
	if err := call(); !errors.Is(err, errDisk) {
		t.Errorf("with a storage that cannot be read it answered %v", err)
	}
	view, _ := m.config.System.(*logical.StaticSystemView)
	view.ReplicationStateVal = consts.ReplicationPerformanceStandby
	if err := call(); !errors.Is(err, logical.ErrReadOnly) {
		t.Errorf("a performance standby answered %v", err)
	}
}

// unreadable is storage that cannot be read.
type unreadable struct{ logical.Storage }

func (unreadable) Get(context.Context, string) (*logical.StorageEntry, error) { return nil, errDisk }

func (unreadable) List(context.Context, string) ([]string, error) { return nil, errDisk }
