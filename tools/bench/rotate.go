package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

const (
	rotatingUser   = "CREDENTIAL_ADMIN"
	rotatingClient = "bench"
)

// rotatedThrough is a kind of directory, and the integration that is rotated through it.
type rotatedThrough struct {
	kind, name, user string
}

func rotatedThroughs() []rotatedThrough {
	return []rotatedThrough{{"fusion", "gl", "API_GL"}, {"identity_domain", "ap", "API_AP"}}
}

// measureRotation rotates a password through each kind of directory of the simulated pod, and tells the engine's time from
// Oracle's.
func (b *bench) measureRotation(ctx context.Context) error {
	pod, err := startRotatingPod() //nolint:contextcheck // the simulator ends by Close
	if err != nil {
		return err
	}
	defer pod.Close()
	asked := &timed{client: oracle.NewClient()}
	defer asked.client.Close()
	engine, err := newInside(ctx, &counted{}, asked)
	if err != nil {
		return err
	}
	defer engine.Cleanup(ctx)
	if _, err := engine.ask(ctx, logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost", "disable_automated_sweep": true}); err != nil {
		return err
	}
	for _, way := range rotatedThroughs() {
		if err := engine.prepareRotation(ctx, pod, way); err != nil {
			return fmt.Errorf("prepare a rotation through %s: %w", way.kind, err)
		}
		rotations, err := engine.rotate(ctx, asked, way.name, b.count(51))
		if err != nil {
			return err
		}
		b.found.rotation(way.kind, rotations)
	}
	return nil
}

func startRotatingPod() (*oraclesim.Server, error) {
	users := []oraclesim.User{{Name: rotatingUser, Password: passwordOf(2), IdentityAdmin: true}}
	for _, way := range rotatedThroughs() {
		users = append(users, oraclesim.User{Name: way.user, Password: passwordOf(1)})
	}
	pod, err := oraclesim.Start(oraclesim.Config{Users: users, Domain: true, Clients: []oraclesim.Client{{ID: rotatingClient, Secret: passwordOf(3)}}})
	if err != nil {
		return nil, fmt.Errorf("start a pod: %w", err)
	}
	return pod, nil
}

// rotated is one rotation.
type rotated struct {
	own, oracle   time.Duration
	writes, calls float64
}

// rotate rotates so often.
func (i *inside) rotate(ctx context.Context, asked *timed, name string, count int) (all []rotated, err error) {
	for range count {
		wrote, called, spent, began := i.storage.writes.Load(), asked.calls.Load(), asked.spent.Load(), time.Now()
		answer, err := i.ask(ctx, logical.UpdateOperation, "rotate/"+name, nil)
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		if phase := answer.Data["rotation_phase"]; phase != "idle" || len(answer.Warnings) > 0 {
			return nil, fmt.Errorf("a rotation ended in the phase %v: %v", phase, answer.Warnings)
		}
		atOracle := time.Duration(asked.spent.Load() - spent)
		all = append(all, rotated{
			own: took - atOracle, oracle: atOracle,
			writes: float64(i.storage.writes.Load() - wrote), calls: float64(asked.calls.Load() - called),
		})
	}
	return all, nil
}

// rotation makes rows of rotations through a kind of directory.
func (f *findings) rotation(kind string, all []rotated) {
	var own, theirs []time.Duration
	var writes, calls []float64
	for _, r := range all {
		own, theirs = append(own, r.own), append(theirs, r.oracle)
		writes, calls = append(writes, r.writes), append(calls, r.calls)
	}
	through := "a rotation through a directory of type `" + kind + "`"
	f.add(
		judged(through+": writes of storage", "–", atMost(6, ""), figureOf(writes), ""),
		judged(through+": the engine's own time", "Oracle's own calls", atMost(2, " ms"), figureOf(in(time.Millisecond, own...)), " ms"),
	)
	f.say(fmt.Sprintf("Through `%s`: Oracle was asked %s times in a rotation, which took the simulator %s ms.", kind,
		written(figureOf(calls).median), written(figureOf(in(time.Millisecond, theirs...)).median)))
}

// prepareRotation writes what can be rotated, and rotates it once: the first rotation of an integration proves more.
func (i *inside) prepareRotation(ctx context.Context, pod *oraclesim.Server, way rotatedThrough) error {
	ca := string(pod.CACertPEM())
	directory := map[string]any{"type": way.kind, "allowed_usernames": "API_*", "ca_cert": ca}
	if way.kind == "fusion" {
		directory["url"], directory["username"], directory["password"] = pod.URL(), rotatingUser, passwordOf(2)
	} else {
		directory["url"], directory["client_id"], directory["client_secret"] = pod.DomainURL(), rotatingClient, passwordOf(3)
		directory["allowed_server_hosts"] = "localhost"
	}
	for _, step := range []struct {
		operation logical.Operation
		path      string
		data      map[string]any
	}{
		{logical.CreateOperation, "directories/" + way.name, directory},
		{logical.CreateOperation, "integrations/" + way.name, map[string]any{
			"server_url": pod.URL(), "username": way.user, "password": passwordOf(1), "ca_cert": ca, "directory": way.name,
		}},
		{logical.UpdateOperation, "rotate/" + way.name, nil},
	} {
		if _, err := i.ask(ctx, step.operation, step.path, step.data); err != nil {
			return err
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
	before := time.Now()
	look, asked := t.client.LookUpByToken(ctx, directory, username)
	if asked {
		t.since(before)
	}
	return look, asked
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
	before := time.Now()
	setting, asked := t.client.SetPasswordByToken(ctx, directory, userID, username, password)
	if asked {
		t.since(before)
	}
	return setting, asked
}
