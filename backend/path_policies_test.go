package backend_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
)

// hasFields complains about fields of an answer that differ from what is wanted; nil wants one to be absent.
func hasFields(t *testing.T, got, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if found, shown := got[name]; found != value || shown != (value != nil) {
			t.Errorf("%s is %v, want %v", name, found, value)
		}
	}
}

// vaultPolicy gives the mount's Vault a password policy.
func (m *mount) vaultPolicy(name string, draw func() (string, error)) {
	m.t.Helper()
	system, ok := m.config.System.(*logical.StaticSystemView)
	if !ok {
		m.t.Fatal("the mount's Vault is not the SDK's own")
	}
	system.SetPasswordPolicy(name, draw)
}

func TestAPolicyRotatesNothingByDefault(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	byDefault := map[string]any{
		"rotation_period": nil, "rotation_schedule": nil, "rotation_window": nil, "rotate_before_expiry": int64(0),
		"disable_automated_rotation": false, "password_policy": nil, "password_length": 24,
	}
	hasFields(t, m.read("policies/default"), byDefault)
	m.ok(logical.UpdateOperation, "policies/p", map[string]any{"check_period": "2h"})
	hasFields(t, m.read("policies/p"), byDefault)
}

func TestAPolicySaysWhenToRotate(t *testing.T) {
	t.Parallel()
	day := int64(86400)
	steps := []struct {
		name      string
		operation logical.Operation
		sent      map[string]any
		want      map[string]any
	}{
		{
			"a period", logical.UpdateOperation,
			map[string]any{"rotation_period": "30d", "rotate_before_expiry": "14d"},
			map[string]any{"rotation_period": 30 * day, "rotate_before_expiry": 14 * day, "rotation_schedule": nil, "rotation_window": nil},
		},
		{
			"what is left out is kept", logical.UpdateOperation,
			map[string]any{"password_length": 40, "disable_automated_rotation": true},
			map[string]any{"rotation_period": 30 * day, "rotate_before_expiry": 14 * day, "password_length": 40, "disable_automated_rotation": true},
		},
		{
			"a schedule replaces the period", logical.UpdateOperation,
			map[string]any{"rotation_schedule": "0 2 1 * *", "rotation_window": "2h"},
			map[string]any{"rotation_schedule": "0 2 1 * *", "rotation_window": int64(7200), "rotation_period": nil, "password_length": 40},
		},
		{
			"no period is not another schedule", logical.UpdateOperation,
			map[string]any{"rotation_period": 0},
			map[string]any{"rotation_schedule": "0 2 1 * *", "rotation_window": int64(7200), "rotation_period": nil},
		},
		{
			"another schedule keeps its window", logical.PatchOperation,
			map[string]any{"rotation_schedule": "0 3 1 * *"},
			map[string]any{"rotation_schedule": "0 3 1 * *", "rotation_window": int64(7200)},
		},
		{
			"a window alone", logical.PatchOperation,
			map[string]any{"rotation_window": "3h"},
			map[string]any{"rotation_schedule": "0 3 1 * *", "rotation_window": int64(10800)},
		},
		{
			"null is no window", logical.PatchOperation,
			map[string]any{"rotation_window": nil},
			map[string]any{"rotation_schedule": "0 3 1 * *", "rotation_window": nil},
		},
		{
			"null is no period", logical.PatchOperation,
			map[string]any{"rotation_period": nil, "rotation_window": "1h"},
			map[string]any{"rotation_schedule": "0 3 1 * *", "rotation_window": int64(3600), "rotation_period": nil},
		},
		{
			"a period replaces the schedule and its window", logical.PatchOperation,
			map[string]any{"rotation_period": 3600},
			map[string]any{"rotation_period": int64(3600), "rotation_schedule": nil, "rotation_window": nil},
		},
		{
			"no schedule is not another period", logical.UpdateOperation,
			map[string]any{"rotation_schedule": ""},
			map[string]any{"rotation_period": int64(3600), "rotation_schedule": nil},
		},
		{
			"a schedule with a period of none", logical.UpdateOperation,
			map[string]any{"rotation_schedule": "0 4 * * *", "rotation_period": 0, "rotation_window": "1h"},
			map[string]any{"rotation_schedule": "0 4 * * *", "rotation_period": nil, "rotation_window": int64(3600)},
		},
		{
			"null is no schedule, and no window", logical.PatchOperation,
			map[string]any{"rotation_schedule": nil},
			map[string]any{"rotation_schedule": nil, "rotation_window": nil, "rotation_period": nil},
		},
		{
			"null restores each default", logical.PatchOperation,
			map[string]any{"rotate_before_expiry": nil, "disable_automated_rotation": nil, "password_length": nil, "password_policy": nil},
			map[string]any{"rotate_before_expiry": int64(0), "disable_automated_rotation": false, "password_length": 24, "password_policy": nil},
		},
	}
	m := newMount(t)
	for _, step := range steps {
		m.ok(step.operation, "policies/p", step.sent)
		t.Run(step.name, func(t *testing.T) {
			hasFields(t, m.read("policies/p"), step.want)
			m.restart() // what is shown is what is stored
			hasFields(t, m.read("policies/p"), step.want)
		})
	}
}

// What was read may be sent back, also by a tool that sends everything.
func TestAPolicyThatWasReadMayBeSentBack(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.vaultPolicy("oracle", func() (string, error) { return "x", nil })
	for name, sent := range map[string]map[string]any{
		"nothing":  {},
		"period":   {"rotation_period": "30d", "rotate_before_expiry": "14d", "password_policy": "oracle"},
		"schedule": {"rotation_schedule": "0 2 * * *", "rotation_window": "1h", "disable_automated_rotation": true, "password_length": 64},
	} {
		path := "policies/" + name
		m.ok(logical.UpdateOperation, path, sent)
		before := m.read(path)
		for _, operation := range []logical.Operation{logical.UpdateOperation, logical.PatchOperation} {
			m.ok(operation, path, asJSON(t, before))
			if after := m.read(path); !maps.Equal(after, before) {
				t.Errorf("%s, sent back by %s: %v, was %v", name, operation, after, before)
			}
		}
	}
}

// Each refusal is one sentence, repeats no value, and changes nothing.
func TestRefusedRotationFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.vaultPolicy("works", func() (string, error) { return "Drawn-Canary-1", nil })
	m.vaultPolicy("broken", func() (string, error) { return "Drawn-Canary-2", errors.New("no rule Drawn-Canary-3 fits") })
	m.ok(logical.UpdateOperation, "policies/p", map[string]any{"rotation_schedule": "0 2 * * *", "rotation_window": "1h", "password_policy": "works"})
	m.ok(logical.UpdateOperation, "policies/never", map[string]any{"password_max_age": 0, "expiry_warning": 0})
	stored := m.stored()
	tests := map[string]struct {
		sent  map[string]any
		words string
	}{
		"a period too short":               {map[string]any{"rotation_period": 59}, "rotation_period must be from 60"},
		"a period that is none":            {map[string]any{"rotation_period": "monthly"}, "rotation_period must be a number of seconds"},
		"a period and a schedule":          {map[string]any{"rotation_period": 60, "rotation_schedule": "0 2 * * *"}, "exclude each other"},
		"a wrong schedule":                 {map[string]any{"rotation_schedule": "CRON_TZ=Canary-UTC 0 2 * * *"}, "rotation_schedule: must be a cron expression"},
		"a schedule that never comes":      {map[string]any{"rotation_schedule": "0 0 31 4 *"}, "rotation_schedule: never comes"},
		"a schedule of a wrong type":       {map[string]any{"rotation_schedule": 5}, "rotation_schedule must be a string"},
		"a window too short":               {map[string]any{"rotation_window": "59m"}, "rotation_window must be from 3600"},
		"a window of a period":             {map[string]any{"rotation_period": "1d", "rotation_window": "1h"}, "rotation_window is the time after a slot"},
		"a window of no schedule":          {map[string]any{"rotation_schedule": "", "rotation_window": "1h"}, "rotation_window is the time after a slot"},
		"an expiry that is too near":       {map[string]any{"rotate_before_expiry": 59}, "rotate_before_expiry must be from 60"},
		"the whole life before the expiry": {map[string]any{"rotate_before_expiry": "90d"}, "shorter than password_max_age"},
		"a life that is too short for it":  {map[string]any{"rotate_before_expiry": "14d", "password_max_age": "14d", "expiry_warning": 0}, "shorter than password_max_age"},
		"no expiry to be ahead of":         {map[string]any{"rotate_before_expiry": "14d", "password_max_age": 0}, "needs a password_max_age"},
		"neither yes nor no":               {map[string]any{"disable_automated_rotation": "Canary-maybe"}, "must be true or false"},
		"a password too short":             {map[string]any{"password_length": 15}, "password_length must be from 16 to 64"},
		"a password too long":              {map[string]any{"password_length": 65}, "password_length must be from 16 to 64"},
		"a policy's name that climbs":      {map[string]any{"password_policy": "../Canary-climbs"}, "must be the name of a Vault password policy"},
		"a password policy that is not":    {map[string]any{"password_policy": "Canary-absent"}, "no password could be drawn"},
		"a password policy that is broken": {map[string]any{"password_policy": "broken"}, "no password could be drawn"},
		"one good field and one wrong":     {map[string]any{"rotate_before_expiry": "14d", "password_policy": "broken"}, "no password could be drawn"},
	}
	for name, test := range tests {
		for _, path := range []string{"policies/p", "policies/new"} {
			if name == "a window too short" && path == "policies/new" {
				continue // it is a window of no schedule there
			}
			text := m.refused(400, logical.UpdateOperation, path, test.sent)
			if !strings.Contains(text, test.words) || strings.Contains(text, "Canary") {
				t.Errorf("%s: %s says %q, want %q", name, path, text, test.words)
			}
		}
	}
	if text := m.refused(400, logical.PatchOperation, "policies/never", map[string]any{"rotate_before_expiry": "14d"}); !strings.Contains(text, "needs a password_max_age") {
		t.Errorf("of a policy whose passwords never expire it says %q", text)
	}
	if after := m.stored(); !maps.Equal(after, stored) {
		t.Errorf("a refusal changed what is stored: %v, was %v", after, stored)
	}
}

// A password is drawn only to see that it can be: on each write that sends the name, and nowhere else.
func TestAPasswordPolicyIsTriedWhenItIsSent(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	drawn := 0
	m.vaultPolicy("oracle", func() (string, error) {
		drawn++
		return "Drawn-Canary-9", nil
	})
	for n, step := range []struct {
		operation logical.Operation
		sent      map[string]any
		drawn     int
		shown     any
	}{
		{logical.UpdateOperation, map[string]any{"password_policy": "oracle"}, 1, "oracle"},
		{logical.UpdateOperation, map[string]any{"rotation_period": "30d"}, 1, "oracle"},
		{logical.PatchOperation, map[string]any{"password_policy": "oracle"}, 2, "oracle"},
		{logical.PatchOperation, map[string]any{"password_policy": nil}, 2, nil},
		{logical.UpdateOperation, map[string]any{"password_policy": "oracle"}, 3, "oracle"},
		{logical.UpdateOperation, map[string]any{"password_policy": ""}, 3, nil},
	} {
		m.ok(step.operation, "policies/p", step.sent)
		if got := m.read("policies/p")["password_policy"]; drawn != step.drawn || got != step.shown {
			t.Errorf("step %d: drawn %d times, want %d; the policy is %v, want %v", n, drawn, step.drawn, got, step.shown)
		}
	}
	m.refused(400, logical.UpdateOperation, "policies/p", map[string]any{"password_policy": "oracle", "password_length": 1})
	if drawn != 3 {
		t.Error("a password was drawn for a write that is refused anyway")
	}
	for key, value := range m.stored() {
		if strings.Contains(value, "Drawn-Canary") {
			t.Errorf("what was drawn is stored in %s", key)
		}
	}
}

// slowSystem is a Vault that a request gives up on while it draws a password.
type slowSystem struct {
	*logical.StaticSystemView
	giveUp func()
}

func (s slowSystem) GeneratePasswordFromPolicy(context.Context, string) (string, error) {
	s.giveUp()
	return "", errors.New("given up")
}

// A Vault that was not waited for is not a policy that does not exist.
func TestAPasswordPolicyThatCouldNotBeTriedInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := logical.TestBackendConfig()
	config.StorageView = &logical.InmemStorage{}
	config.System = slowSystem{logical.TestSystemView(), cancel}
	b, err := backend.New(backend.Options{})(t.Context(), config)
	must(t, err)
	answer, err := b.HandleRequest(ctx, &logical.Request{
		Operation: logical.UpdateOperation, Path: "policies/p", Data: map[string]any{"password_policy": "oracle"},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it answered %v, %v", answer, err)
	}
}
