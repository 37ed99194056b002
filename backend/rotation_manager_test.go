package backend_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"
	manager "github.com/hashicorp/vault/sdk/rotation"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// managedVault is a Vault as a plugin sees it, with a rotation manager that remembers what it is asked.
type managedVault struct {
	*logical.StaticSystemView
	silent bool                            // it does not even say which Vault it is
	answer func(ctx context.Context) error // of its manager; nil: it works

	mu    sync.Mutex
	asked []string
}

// enterprise is one of the edition that has a manager.
func enterprise(answer func(context.Context) error) *managedVault {
	v := &managedVault{StaticSystemView: logical.TestSystemView(), answer: answer}
	v.PluginEnvironment = &logical.PluginEnvironment{VaultVersion: "2.0.0", VaultVersionMetadata: "ent"}
	return v
}

func failsWith(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func (v *managedVault) PluginEnv(ctx context.Context) (*logical.PluginEnvironment, error) {
	if v.silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return v.PluginEnvironment, nil
}

// ask remembers what is asked once it is done, as a manager would.
func (v *managedVault) ask(ctx context.Context, what string) (err error) {
	if v.answer != nil {
		err = v.answer(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = append(v.asked, what)
	return err
}

func (v *managedVault) RegisterRotationJob(ctx context.Context, r *manager.RotationJobConfigureRequest) (string, error) {
	return "job-1", v.ask(ctx, fmt.Sprintf("register %+v", *r))
}

func (v *managedVault) DeregisterRotationJob(ctx context.Context, r *manager.RotationJobDeregisterRequest) error {
	return v.ask(ctx, fmt.Sprintf("drop %+v", *r))
}

// heard gives what it was asked since it was last looked at.
func (v *managedVault) heard() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked := v.asked
	v.asked = nil
	return asked
}

// managed is a mount in such a Vault.
func managed(t *testing.T, v logical.SystemView) *mount {
	t.Helper()
	m := &mount{t: t, storage: &logical.InmemStorage{}}
	m.config = logical.TestBackendConfig()
	m.config.StorageView, m.config.Logger, m.config.System = m.storage, log.NewNullLogger(), v
	b, err := backend.New(backend.Options{Oracle: &clockedPod{login: oracle.LoginAccepted}})(t.Context(), m.config)
	must(t, err)
	t.Cleanup(func() { b.Cleanup(context.Background()) })
	m.backend = b
	return m
}

// What a manager is told of a policy, step by step: the schedule as it is stored, whenever a write speaks of it, and
// nothing else.
func TestTheManagerIsToldOfSchedules(t *testing.T) {
	t.Parallel()
	const p = "Name:p MountPoint:oracle-financials/ ReqPath:policies/p "
	const rest = " RotationPolicy: MigratedLegacyNextRotationTime:0001-01-01 00:00:00 +0000 UTC}"
	const period = "register {" + p + "RotationSchedule: RotationWindow:0s RotationPeriod:720h0m0s" + rest
	const schedule = "register {" + p + "RotationSchedule:0 2 1 * * RotationWindow:2h0m0s RotationPeriod:0s" + rest
	const drop = "drop {MountPoint:oracle-financials/ ReqPath:policies/p}"
	v := enterprise(nil)
	m := managed(t, v)
	for _, step := range []struct {
		does string
		sent map[string]any // nil: delete
		want []string
	}{
		{"a policy without a schedule", map[string]any{"check_period": "15m"}, nil},
		{"a schedule that the manager has no word for", map[string]any{"rotate_before_expiry": "14d"}, nil},
		{"a period", map[string]any{"rotation_period": "30d", "password_length": 40}, []string{period}},
		{"something else of it", map[string]any{"check_period": "30m"}, nil},
		{"the same period again", map[string]any{"rotation_period": "30d"}, []string{period}},
		{"a schedule instead", map[string]any{"rotation_schedule": "0 2 1 * *", "rotation_window": "2h"}, []string{schedule}},
		{"never for now", map[string]any{"disable_automated_rotation": true}, []string{drop}},
		{"still never", map[string]any{"rotation_window": "2h"}, []string{drop}},
		{"again", map[string]any{"disable_automated_rotation": false}, []string{schedule}},
		{"no schedule", map[string]any{"rotation_schedule": ""}, []string{drop}},
		{"delete", nil, []string{drop}},
	} {
		operation := logical.Operation(logical.UpdateOperation)
		if step.sent == nil {
			operation = logical.DeleteOperation
		}
		answer := m.ok(operation, "policies/p", step.sent)
		if got := v.heard(); !slices.Equal(got, step.want) {
			t.Errorf("%s: it was asked\n%q, want\n%q", step.does, got, step.want)
		}
		if len(answer.Warnings) != 0 {
			t.Errorf("%s warned of %q", step.does, answer.Warnings)
		}
	}
	m.refused(400, logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": 1})
	m.refused(404, logical.PatchOperation, "policies/p", map[string]any{"rotation_period": "30d"})
	m.ok(logical.UpdateOperation, "policies/p", nil)
	m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"policy": "p"}))
	m.refused(400, logical.DeleteOperation, "policies/p", nil)
	if got := v.heard(); len(got) != 0 {
		t.Errorf("for what was not stored it was asked %q", got)
	}
	m.ok(logical.DeleteOperation, "policies/default", nil)
	if got := v.heard(); !slices.Equal(got, []string{strings.ReplaceAll(drop, "policies/p", "policies/default")}) {
		t.Errorf("when the default was restored it was asked %q", got)
	}
}

// Whatever the manager answers, the write holds, and its answer says what is to be known.
func TestAManagerThatDoesNotTakeAScheduleIsAWarning(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"Unimplemented":               {status.Error(codes.Unimplemented, "unknown method"), "takes no jobs of this plugin"},
		"Internal, not in Community":  {status.Error(codes.Internal, "error registering rotation job: rotation manager capabilities not supported in Vault community edition"), "takes no jobs of this plugin"},
		"Internal, for other reasons": {status.Error(codes.Internal, "the storage is full"), "(the storage is full)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged lines
			v := enterprise(failsWith(tt.err))
			m := managed(t, v)
			m.config.Logger = log.New(&log.LoggerOptions{Output: &logged})
			b, err := backend.New(backend.Options{Oracle: &clockedPod{login: oracle.LoginAccepted}})(t.Context(), m.config)
			must(t, err)
			m.backend = b
			answer := m.ok(logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": "30d"})
			if len(answer.Warnings) != 1 || !strings.Contains(answer.Warnings[0], tt.want) || !strings.Contains(answer.Warnings[0], "own schedule rotates") {
				t.Errorf("it warned with %q", answer.Warnings)
			}
			if n := strings.Count(logged.String(), "[WARN]"); n != 1 || !strings.Contains(logged.String(), tt.want) {
				t.Errorf("the log holds %d warnings: %s", n, logged.String())
			}
			hasFields(t, m.read("policies/p"), map[string]any{"rotation_period": int64(30 * 24 * 3600)})
			if answer := m.ok(logical.PatchOperation, "policies/p", map[string]any{"check_period": "2h"}); len(answer.Warnings) != 0 || len(v.heard()) != 1 {
				t.Errorf("the next write, which says nothing of rotation, warned with %q", answer.Warnings)
			}
			answer = m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"policy": "p", "password_set_time": time.Now().Format(time.RFC3339)}))
			if len(answer.Warnings) != 0 || len(v.heard()) != 0 {
				t.Errorf("the write of an integration that is rotated warned with %q", answer.Warnings)
			}
			m.ok(logical.DeleteOperation, "integrations/gl", nil)
			m.ok(logical.DeleteOperation, "policies/p", nil)
			m.refused(404, logical.ReadOperation, "policies/p", nil)
		})
	}
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p) //nolint:wrapcheck // it never fails
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// The community edition has no manager, and nobody there asked for one.
func TestOtherEditionsAreNotAsked(t *testing.T) {
	t.Parallel()
	for name, environment := range map[string]*logical.PluginEnvironment{
		"the community edition":            {VaultVersion: "1.21.4"},
		"a Vault that says nothing of it":  nil,
		"another product on the same root": {VaultVersion: "2.4.1", VaultVersionMetadata: "bao"},
	} {
		v := enterprise(failsWith(status.Error(codes.Internal, "rotation manager capabilities not supported in Vault community edition")))
		v.PluginEnvironment = environment
		m := managed(t, v)
		for _, period := range []any{"30d", "60d", 0} {
			answer, err := m.do(logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": period})
			if answer != nil || err != nil {
				t.Errorf("%s: a period of %v was answered with %v, %v", name, period, answer, err)
			}
		}
		m.ok(logical.DeleteOperation, "policies/p", nil)
		if got := v.heard(); len(got) != 0 {
			t.Errorf("%s was asked %q", name, got)
		}
	}
}

// A manager that hangs costs the write that speaks of a schedule managerLimit, and other writes nothing.
func TestAManagerThatHangsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]*managedVault{
		"the manager hangs": enterprise(func(ctx context.Context) error {
			<-ctx.Done()
			return status.FromContextError(ctx.Err()).Err()
		}),
		"Vault hangs": {StaticSystemView: logical.TestSystemView(), silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := managed(t, v)
				began := time.Now()
				written := make(chan *logical.Response)
				go func() {
					written <- m.ok(logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": "30d"})
				}()
				synctest.Wait()
				m.ok(logical.UpdateOperation, "policies/p", map[string]any{"check_period": "2h"})
				m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"policy": "p"}))
				if took := time.Since(began); took != 0 {
					t.Errorf("another write waited for %v", took)
				}
				answer := <-written
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("the write took %v", took)
				}
				if v.silent != (len(answer.Warnings) == 0) {
					t.Errorf("it warned with %q", answer.Warnings)
				}
				hasFields(t, m.read("policies/p"), map[string]any{"rotation_period": int64(30 * 24 * 3600), "check_period": int64(7200)})
			})
		})
	}
}

// Of two writes at the same time the manager ends up with the schedule that was stored last.
func TestTheManagerEndsUpWithWhatIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		v := enterprise(func(context.Context) error {
			if calls.Add(1) == 1 {
				time.Sleep(time.Second)
			}
			return nil
		})
		m := managed(t, v)
		var writes sync.WaitGroup
		for n, period := range []string{"30d", "60d", "0"} {
			time.Sleep(time.Duration(n) * time.Millisecond)
			writes.Go(func() { m.ok(logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": period}) })
		}
		writes.Wait()
		heard := v.heard()
		if len(heard) != 3 || !strings.Contains(heard[0], "720h") || !strings.HasPrefix(heard[2], "drop") {
			t.Errorf("it was told %q", heard)
		}
	})
}

// A job that was not dropped is said, and does not keep the policy.
func TestAJobThatIsNotDropped(t *testing.T) {
	t.Parallel()
	v := enterprise(nil)
	m := managed(t, v)
	m.ok(logical.UpdateOperation, "policies/p", map[string]any{"rotation_period": "30d"})
	v.answer = failsWith(errors.New("sealed"))
	for _, operation := range []logical.Operation{logical.UpdateOperation, logical.DeleteOperation} {
		answer := m.ok(operation, "policies/p", map[string]any{"rotation_period": 0})
		if len(answer.Warnings) != 1 || !strings.Contains(answer.Warnings[0], "did not drop its job for this policy (sealed)") {
			t.Errorf("%s warned with %q", operation, answer.Warnings)
		}
	}
	m.refused(404, logical.ReadOperation, "policies/p", nil)
}
