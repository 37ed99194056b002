package backend

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

const (
	// checkLimit bounds one check, charge to last answer; with storing what it found it stays within
	// requestLimit.
	checkLimit = 36 * time.Second
	// cleanGrace lets a login that is under way end and be settled before the rest is called off: a login
	// whose answer nobody waited for costs a part of the lockout guard's budget.
	cleanGrace = 600 * time.Millisecond
	// settleGrace lets what was called off be settled: an unsettled login bars the next one until its
	// deadline has passed.
	settleGrace = 300 * time.Millisecond
	// rereadLimit bounds asking storage what became of a failed write.
	rereadLimit = 2 * time.Second
	// showLimit bounds storing what time alone has changed.
	showLimit = 10 * time.Second
)

// loginContext is the context of a login. It does not end with the request: a login that is called off
// because somebody hung up is one whose answer nobody knows, and costs a part of the guard's budget.
func (b *backend) loginContext(ctx context.Context) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkLimit)
	release := context.AfterFunc(b.life.work, cancel)
	return limited, func() {
		release()
		cancel()
	}
}

// lifecycle holds the engine's own goroutines.
type lifecycle struct {
	mu     sync.Mutex
	stop   context.CancelFunc // nothing new begins
	work   context.Context    //nolint:containedctx // every login runs under it, whoever asked, until Clean
	abort  context.CancelFunc // ends work: what runs is called off
	ended  chan struct{}
	ending bool
	jobs   sync.WaitGroup // rotations that people began
}

// begin counts a job, unless the mount is being taken down.
func (l *lifecycle) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return false
	}
	l.jobs.Add(1)
	return true
}

// initialize starts the sweep on the node that may write. It is called again after Vault restarted a
// plugin process that died, at the latest by Vault's own tick once a minute, and asks neither the network nor, before it returns, the storage: unsealing
// waits for it.
func (b *backend) initialize(ctx context.Context, _ *logical.InitializationRequest) error {
	if !b.WriteSafeReplicationState() {
		return nil
	}
	b.life.mu.Lock()
	defer b.life.mu.Unlock()
	if b.life.ended != nil || b.life.ending {
		return nil
	}
	// This context outlives the request: the sweep ends with Clean.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	b.life.stop, b.life.ended = stop, ended
	b.served.start()
	go func() {
		defer close(ended)
		if b.loadForSweep(running) {
			var learning sync.WaitGroup
			learning.Go(func() { b.learn(running) })
			b.sweeper.Run(running, b.life.work)
			learning.Wait()
		}
	}()
	return nil
}

// loadRetry is how long to wait when storage does not answer at start; Vault is then in trouble itself.
const loadRetry = 5 * time.Second

func (b *backend) loadForSweep(ctx context.Context) bool {
	for {
		err := b.view.ensure(ctx)
		if err == nil {
			b.comeUp(time.Now()) // places everything
			return true
		}
		b.Logger().Error("the sweep could not read the mount and tries again", "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(loadRetry):
		}
	}
}

// comeUp lists what may be due, or be shown in another way, by now. Whenever the mount was read from storage, everything
// is placed anew.
func (b *backend) comeUp(now time.Time) []string {
	b.placing.Lock()
	if load := b.view.loadCount(); b.placed != load {
		b.sweeper.TouchAll(b.sweepNames())
		b.placed = load
	}
	b.placing.Unlock()
	return b.sweeper.ComeUp(now)
}

// clean begins nothing new, lets what runs end for a moment, and calls off the rest.
func (b *backend) clean(context.Context) {
	b.life.mu.Lock()
	stop, ended := b.life.stop, b.life.ended
	b.life.ending = true
	b.life.mu.Unlock()
	b.served.stop()
	if ended == nil {
		ended = make(chan struct{})
		close(ended)
	} else {
		stop()
	}
	all := make(chan struct{})
	go func() {
		defer close(all)
		b.life.jobs.Wait()
		<-ended
	}()
	await(all, cleanGrace)
	b.life.abort()
	await(all, settleGrace)
	b.close()
}

func await(ended <-chan struct{}, longest time.Duration) {
	select {
	case <-ended:
	case <-time.After(longest):
	}
}

// invalidate is called where another node wrote: what memory holds may be old.
func (b *backend) invalidate(context.Context, string) {
	b.served.forget()
	b.view.drop()
	b.prints.drop()
}

// TimesOf implements rotation.Work.
func (b *backend) TimesOf(name string, now time.Time) (rotation.Times, bool) {
	if directory, is := strings.CutPrefix(name, directoryPrefix); is {
		return b.directoryTimes(directory, now)
	}
	snapshot, found := b.view.snapshot(name)
	if !found {
		return rotation.Times{}, false
	}
	shown, _ := rotation.Advance(snapshot, now)
	wake := shown.ChangesAt
	if shown.Seq != snapshot.Current().Shown.Seq {
		wake = now // time, the policy or the settings changed it already; it only has to be stored
	}
	_, due := snapshot.Due(now)
	return rotation.Times{Host: snapshot.Integration.ServerURL, Due: due, Wake: wake, Slot: snapshot.NextSlot(now)}, true
}

// directoryTimes is when a rotation of a directory's own password goes on.
func (b *backend) directoryTimes(name string, now time.Time) (rotation.Times, bool) {
	known, found := b.view.directory(name)
	if !found {
		return rotation.Times{}, false
	}
	return rotation.Times{Host: known.entry.URL, Due: b.directorySnapshot(name, known).DirectoryDue(now)}, true
}

// Limits implements rotation.Work.
func (b *backend) Limits() rotation.Limits {
	config := b.view.settings()
	return rotation.Limits{Total: config.MaxChecks, PerHost: config.MaxChecksPerHost, Automated: !config.DisableSweep}
}

// Do implements rotation.Work: the check or the rotation if it is due, else only what time alone has changed.
func (b *backend) Do(ctx context.Context, name string, place rotation.Place) rotation.Result {
	result := rotation.Result{Name: name, Action: rotation.ActionSkip}
	if err := b.view.ensure(ctx); err != nil {
		b.Logger().Error("a sweep could not read the mount", "integration", name, "error", err)
		result.Failed, result.Reason = true, "storage"
		return result
	}
	if directory, is := strings.CutPrefix(name, directoryPrefix); is {
		return b.sweepDirectory(ctx, directory, result, place)
	}
	snapshot, found := b.view.snapshot(name)
	if !found {
		result.Reason = "deleted"
		return result
	}
	now := time.Now()
	var err error
	switch action, due := snapshot.Due(now); {
	case due.IsZero() || due.After(now):
		err = b.saveShown(ctx, name, now)
	case action == rotation.ActionRotate:
		result, err = b.sweepRotation(ctx, result, place)
	default:
		result.Action = rotation.ActionCheck
		result, err = b.sweepCheck(ctx, result, place)
	}
	if err != nil {
		result.Failed, result.Reason = true, "storage"
		b.Logger().Error("a sweep could not store its result", "integration", name, "error", err)
	}
	return result
}

func (b *backend) sweepCheck(ctx context.Context, result rotation.Result, place rotation.Place) (rotation.Result, error) {
	decision, err := b.checkBoth(ctx, result.Name, rotation.CheckOptions{
		By: rotation.ByEngine, Kind: rotation.EventCheck, Actor: rotation.ActorEngine, Place: place,
	})
	after, found := b.view.snapshot(result.Name)
	looked := found && after.Integration.Directory != "" && decision.Denial != rotation.DenyInFlight
	if decision.Denial != rotation.Allowed && !looked {
		result.Action, result.Reason = rotation.ActionSkip, string(decision.Denial)
	}
	return b.withState(result), err
}

// withState adds how the integration is by now.
func (b *backend) withState(result rotation.Result) rotation.Result {
	if after, found := b.view.snapshot(result.Name); found {
		_, verdict := rotation.Advance(after, time.Now())
		result.State = verdict.State
		if result.Action == rotation.ActionCheck {
			result.Reason = string(verdict.Reason)
		}
	}
	return result
}

// saveShown stores what time alone has changed, without any request to Oracle.
func (b *backend) saveShown(ctx context.Context, name string, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, showLimit)
	defer cancel()
	unlock, err := b.names.lock(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	stored, found := b.view.known(name)
	if !found {
		return nil
	}
	snapshot := b.view.snapshotOfKnown(name, stored)
	shown, _ := rotation.Advance(snapshot, now)
	record := snapshot.Current()
	if record.Shown == shown {
		return nil
	}
	after := snapshot
	after.Record = record
	after.Record.Shown = shown
	change := rotation.Change{At: now, Kind: rotation.EventCheck, Actor: rotation.ActorEngine}
	results, err := b.storeRecord(ctx, snapshot, after, stored.recent, change)
	if err != nil {
		b.reread(ctx, name)
		return err
	}
	b.view.put(name, func(k *known) { k.results = results })
	return nil
}
