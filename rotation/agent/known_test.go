package agent_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func TestAVisitIsOneLineWhereSomethingChanged(t *testing.T) {
	t.Parallel()
	never := estate.Mount{Path: "m", Fault: "it has not been read yet"}
	read := estate.Mount{Path: "m", Revision: "p-1", Version: "v1", Up: true}
	page := []estate.Report{{Revision: "p-2", Version: "v1"}}
	newer := []estate.Report{{Revision: "q-2", Full: true, Version: "v2"}}
	denied := &engine.Fault{Kind: engine.Denied, Text: "Vault denies it."}
	for name, row := range map[string]struct {
		before agent.KnownMount
		pages  []estate.Report
		fault  error
		sweep  error
		lines  []string
	}{
		"the first report":                {agent.Known(never, "", ""), page, nil, nil, []string{"info: first report read"}},
		"the first report after trouble":  {agent.Known(never, engine.Sealed, ""), page, nil, nil, []string{"info: first report read"}},
		"one more report":                 {agent.Known(read, "", ""), page, nil, nil, nil},
		"the first trouble":               {agent.Known(never, "", ""), nil, errSealed, nil, []string{"error: mount cannot be read"}},
		"trouble after a report":          {agent.Known(read, "", ""), nil, errSealed, nil, []string{"error: mount cannot be read"}},
		"the same trouble":                {agent.Known(read, engine.Sealed, ""), nil, errSealed, nil, nil},
		"other trouble":                   {agent.Known(read, engine.Unreachable, ""), nil, errSealed, nil, []string{"error: mount cannot be read"}},
		"no more trouble":                 {agent.Known(read, engine.Sealed, ""), page, nil, nil, []string{"info: mount can be read again"}},
		"a new version":                   {agent.Known(read, "", ""), newer, nil, nil, []string{"info: engine has another version"}},
		"a new version after trouble":     {agent.Known(read, engine.Sealed, ""), newer, nil, nil, []string{"info: mount can be read again", "info: engine has another version"}},
		"no sweep":                        {agent.Known(read, "", ""), page, nil, denied, []string{"warn: sweep cannot be started"}},
		"still no sweep":                  {agent.Known(read, "", engine.Denied), page, nil, denied, nil},
		"a sweep again":                   {agent.Known(read, "", engine.Denied), page, nil, nil, []string{"info: sweeps can be started again"}},
		"trouble says nothing of a sweep": {agent.Known(read, "", engine.Denied), nil, errSealed, nil, []string{"error: mount cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, lines := agent.Visited(row.before, row.pages, row.fault, row.sweep, noon)
			if diff := cmp.Diff(row.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if _, again := agent.Visited(after, []estate.Report{{Revision: "q-2", Version: after.Mount().Version}}, nil, row.sweep, noon); row.fault == nil && len(again) > 0 {
				t.Errorf("the same once more is said again: %q", again)
			}
		})
	}
}

func TestAFailedVisitIsShownAsItsSentence(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault error
		text  string
		same  engine.Kind // the kind that it is
	}{
		"a fault of the engine":   {errSealed, "Vault is sealed: unseal it.", engine.Sealed},
		"one that is wrapped":     {fmt.Errorf("page 2: %w", errSealed), "Vault is sealed: unseal it.", engine.Sealed},
		"something else":          {errors.New("EOF"), "EOF", engine.Broken},
		"a time that ran out":     {context.DeadlineExceeded, "context deadline exceeded", engine.Unreachable},
		"a request broken off":    {fmt.Errorf("get: %w", context.Canceled), "get: context canceled", engine.Unreachable},
		"a page that was refused": {&engine.Fault{Kind: engine.Refused, Text: "No such revision."}, "No such revision.", engine.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := estate.Mount{Revision: "p-1", Up: true}
			after, _ := agent.Visited(agent.Known(read, "", ""), nil, row.fault, nil, noon)
			if got := after.Mount(); got.Up || got.Fault != row.text {
				t.Errorf("got %+v", got)
			}
			if _, lines := agent.Visited(agent.Known(read, row.same, ""), nil, row.fault, nil, noon); len(lines) > 0 {
				t.Errorf("it is of another kind than %s: %q", row.same, lines)
			}
		})
	}
}

func TestCountsAreSaidTheWorstFirst(t *testing.T) {
	t.Parallel()
	for want, counts := range map[string]map[rotation.State]int{
		"":                          nil,
		"ok=3":                      {rotation.StateOK: 3, rotation.StateLocked: 0},
		"locked=2 expiring=1 ok=30": {rotation.StateOK: 30, rotation.StateExpiring: 1, rotation.StateLocked: 2},
		"ok=1 asleep=4 moved=2":     {"moved": 2, rotation.StateOK: 1, "asleep": 4},
	} {
		if got := agent.InWords(counts); got != want {
			t.Errorf("%v: got %q, want %q", counts, got, want)
		}
	}
}
