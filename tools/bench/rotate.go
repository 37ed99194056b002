package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	rotatedUser  = "API_GL"
	rotatingUser = "CREDENTIAL_ADMIN"
)

// measureRotation rotates a password through a directory of the simulated pod, and tells the engine's time from Oracle's.
func (b *bench) measureRotation(ctx context.Context) error {
	pod, err := oraclesim.Start(oraclesim.Config{Users: []oraclesim.User{ //nolint:contextcheck // the simulator ends by Close
		{Name: rotatedUser, Password: passwordOf(1)}, {Name: rotatingUser, Password: passwordOf(2), IdentityAdmin: true},
	}})
	if err != nil {
		return fmt.Errorf("start a pod: %w", err)
	}
	defer pod.Close()
	asked := &timed{client: oracle.NewClient()}
	defer asked.client.Close()
	engine, err := newInside(ctx, &counted{}, asked)
	if err != nil {
		return err
	}
	defer engine.Cleanup(ctx)
	if err := engine.prepareRotation(ctx, pod); err != nil {
		return err
	}
	var own, theirs []time.Duration
	var writes, calls []float64
	for range b.count(51) {
		wrote, called, spent, began := engine.storage.writes.Load(), asked.calls.Load(), asked.spent.Load(), time.Now()
		answer, err := engine.ask(ctx, logical.UpdateOperation, "rotate/gl", nil)
		if err != nil {
			return err
		}
		took := time.Since(began)
		if phase := answer.Data["rotation_phase"]; phase != "idle" || len(answer.Warnings) > 0 {
			return fmt.Errorf("a rotation ended in the phase %v: %v", phase, answer.Warnings)
		}
		atOracle := time.Duration(asked.spent.Load() - spent)
		own, theirs = append(own, took-atOracle), append(theirs, atOracle)
		writes = append(writes, float64(engine.storage.writes.Load()-wrote))
		calls = append(calls, float64(asked.calls.Load()-called))
	}
	b.found.add(
		judged("a rotation through a directory: writes of storage", "–", atMost(6, ""), figureOf(writes), ""),
		judged("a rotation through a directory: the engine's own time", "Oracle's own calls", atMost(2, " ms"), figureOf(in(time.Millisecond, own...)), " ms"),
	)
	b.found.say(fmt.Sprintf("Oracle was asked %s times in a rotation, which took the simulator %s ms.",
		written(figureOf(calls).median), written(figureOf(in(time.Millisecond, theirs...)).median)))
	return nil
}

// prepareRotation writes what can be rotated, and rotates it once: the first rotation of an integration proves more.
func (i *inside) prepareRotation(ctx context.Context, pod *oraclesim.Server) error {
	ca := string(pod.CACertPEM())
	for _, step := range []struct {
		operation logical.Operation
		path      string
		data      map[string]any
	}{
		{logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost", "disable_automated_sweep": true}},
		{logical.CreateOperation, "directories/door", map[string]any{
			"type": "fusion", "url": pod.URL(), "username": rotatingUser, "password": passwordOf(2), "allowed_usernames": "API_*", "ca_cert": ca,
		}},
		{logical.CreateOperation, "integrations/gl", map[string]any{
			"server_url": pod.URL(), "username": rotatedUser, "password": passwordOf(1), "ca_cert": ca, "directory": "door",
		}},
		{logical.UpdateOperation, "rotate/gl", nil},
	} {
		if _, err := i.ask(ctx, step.operation, step.path, step.data); err != nil {
			return errors.Join(errors.New("prepare a rotation"), err)
		}
	}
	return nil
}

// timed is Oracle with a watch: how often it was asked, and how long that took.
type timed struct {
	client       *oracle.Client
	calls, spent atomic.Int64
}

func (t *timed) since(began time.Time) {
	t.calls.Add(1)
	t.spent.Add(int64(time.Since(began)))
}

// Knock implements rotation.Knocker.
func (t *timed) Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer {
	defer t.since(time.Now())
	return t.client.Knock(ctx, endpoint)
}

// Survey implements rotation.Surveyor.
func (t *timed) Survey(ctx context.Context, endpoint oracle.Endpoint, login oracle.Login, plans []oracle.Plan) oracle.Findings {
	defer t.since(time.Now())
	return t.client.Survey(ctx, endpoint, login, plans)
}

// LookUp implements rotation.LookUps.
func (t *timed) LookUp(ctx context.Context, directory oracle.Directory, username string) oracle.LookUp {
	defer t.since(time.Now())
	return t.client.LookUp(ctx, directory, username)
}

// LookUpByToken implements rotation.LookUps.
func (t *timed) LookUpByToken(ctx context.Context, directory oracle.Directory, username string) (oracle.LookUp, bool) {
	return t.client.LookUpByToken(ctx, directory, username) // of Fusion's there is none, and nobody is asked
}

// ForgetToken implements rotation.LookUps.
func (t *timed) ForgetToken(directory oracle.Directory) { t.client.ForgetToken(directory) }

// SetPassword implements rotation.Setter.
func (t *timed) SetPassword(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) oracle.Setting {
	defer t.since(time.Now())
	return t.client.SetPassword(ctx, directory, userID, username, password)
}

// SetPasswordByToken implements rotation.Setter.
func (t *timed) SetPasswordByToken(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) (oracle.Setting, bool) {
	return t.client.SetPasswordByToken(ctx, directory, userID, username, password)
}
