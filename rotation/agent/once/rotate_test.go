package once_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

// in is a status of a phase and a version.
func in(phase rotation.Phase, version int64, change ...func(*estate.Status)) estate.Status {
	s := estate.Status{Phase: phase, Version: version}
	for _, c := range change {
		c(&s)
	}
	return s
}

func failed(s *estate.Status) { s.RotationError = "directory_refused: no" }

func promotedAt(hour int) func(*estate.Status) {
	return func(s *estate.Status) {
		at := time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC)
		s.LastRotation = &at
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	const idle, prepared, sent, unverified, unresolved = rotation.PhaseIdle, rotation.PhasePrepared, rotation.PhaseSent, rotation.PhaseUnverified, rotation.PhaseUnresolved
	type answers []any // statuses and errors: before, of the rotation, then of every question after it
	for name, test := range map[string]struct {
		answers answers
		want    once.Outcome
		wrong   string // the error
		told    string
		lasts   time.Duration
	}{
		"at once":                   {answers{in(idle, 3), in(idle, 4)}, once.Rotated, "", "idle!", 0},
		"it goes on, and is done":   {answers{in(idle, 3), in(prepared, 3), in(sent, 3), in(sent, 3), in(idle, 4)}, once.Rotated, "", "prepared! sent idle", 6 * time.Second},
		"it comes to nothing":       {answers{in(idle, 3, promotedAt(1)), in(idle, 3, promotedAt(1), failed)}, once.Nothing, "", "idle!", 0},
		"it comes to nothing later": {answers{in(idle, 3), in(sent, 3), in(idle, 3, failed)}, once.Nothing, "", "sent! idle", 2 * time.Second},
		"nobody knows":              {answers{in(idle, 3), in(sent, 3), in(unresolved, 3)}, once.Unresolved, "", "sent! unresolved", 2 * time.Second},
		"not proved in time":        {answers{in(idle, 3), in(unverified, 4)}, once.GoesOn, "", "unverified!", time.Minute},
		"what was served is proved": {answers{in(unverified, 4), in(unverified, 4), in(idle, 4)}, once.Rotated, "", "unverified! idle", 2 * time.Second},
		"an older one that ends in failure is no success": {answers{in(sent, 3), in(sent, 3), in(idle, 3, failed)}, once.Nothing, "", "sent! idle", 2 * time.Second},
		"a pair's other account is promoted":              {answers{in(idle, 3, promotedAt(1)), in(idle, 3, promotedAt(2))}, once.Rotated, "", "idle!", 0},
		"the first promotion":                             {answers{in(idle, 3), in(idle, 3, promotedAt(2))}, once.Rotated, "", "idle!", 0},
		"an engine that says no phase":                    {answers{in("", 3), in("", 3)}, once.Nothing, "", "!", 0},
		"Vault is away for a moment": {
			answers{in(idle, 3), in(sent, 3), fault(engine.Unreachable), fault(engine.Sealed), fault(engine.Standby), in(idle, 4)},
			once.Rotated, "", "sent! idle", 8 * time.Second,
		},
		"Vault stays away":           {answers{in(idle, 3), in(sent, 3), fault(engine.Sealed)}, once.GoesOn, "", "sent!", time.Minute},
		"it was deleted meanwhile":   {answers{in(idle, 3), in(sent, 3), fault(engine.NotFound)}, "", "not_found it is", "sent!", 2 * time.Second},
		"the engine refuses":         {answers{in(idle, 3), fault(engine.Refused)}, "", "refused it is", "", 0},
		"it is not there: not begun": {answers{fault(engine.NotFound)}, "", "not_found it is", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				given := 0
				next := func() (estate.Status, error) {
					answer := test.answers[min(given, len(test.answers)-1)]
					given++
					if err, wrong := answer.(error); wrong {
						return estate.Status{}, err
					}
					return answer.(estate.Status), nil
				}
				asked := &fake{
					status: func(string, string, int) (estate.Status, error) { return next() },
					rotate: func(context.Context, string, string) (estate.Status, []string, error) {
						s, err := next()
						return s, []string{"!"}, err
					},
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun := time.Now()
				var told []string
				result, err := once.Rotate(ctx, asked, once.Name{Mount: "of", Name: "gl"}, func(s once.Told) {
					told = append(told, string(s.Phase)+strings.Join(s.Warnings, ""))
				})
				if wrong := fmt.Sprint(err); test.wrong != "" && wrong != test.wrong || test.wrong == "" && err != nil {
					t.Errorf("error %v, want %q", err, test.wrong)
				}
				if test.wrong == "" && (result.Outcome != test.want || !slices.Contains(once.Outcomes(), result.Outcome)) {
					t.Errorf("outcome %s, want %s", result.Outcome, test.want)
				}
				if got := strings.Join(told, " "); got != test.told || time.Since(begun) != test.lasts {
					t.Errorf("told %q in %s, want %q in %s", got, time.Since(begun), test.told, test.lasts)
				}
				if n := strings.Count(strings.Join(asked.asked, "\n"), "rotate of gl"); n > 1 || n == 0 && len(test.answers) > 1 {
					t.Errorf("rotated %d times", n)
				}
			})
		})
	}
}
