package rotation_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// fakePod answers from a script, in fake time.
type fakePod struct {
	mu       sync.Mutex
	takes    time.Duration
	knocks   []oracle.Answer // one each; then answered
	findings []oracle.Findings
	surveys  int
	knocked  int
	running  int
	most     int
	onSurvey func()
}

var accepted = oracle.Findings{Login: oracle.LoginAccepted, Modules: findings(oracle.Accessible, oracle.Accessible)}

func (p *fakePod) Knock(context.Context, oracle.Endpoint) oracle.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.knocked++
	if len(p.knocks) == 0 {
		return oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}
	}
	answer := p.knocks[0]
	p.knocks = p.knocks[1:]
	return answer
}

func (p *fakePod) Survey(ctx context.Context, _ oracle.Endpoint, _ oracle.Login, _ []oracle.Plan) oracle.Findings {
	p.mu.Lock()
	p.surveys++
	p.running++
	p.most = max(p.most, p.running)
	f := accepted
	if len(p.findings) > 0 {
		f = p.findings[0]
		if len(p.findings) > 1 {
			p.findings = p.findings[1:]
		}
	}
	onSurvey := p.onSurvey
	p.mu.Unlock()
	if onSurvey != nil {
		onSurvey()
	}
	select {
	case <-time.After(p.takes):
	case <-ctx.Done():
		f = oracle.Findings{Login: oracle.LoginUnanswered, Cause: oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}}
	}
	p.mu.Lock()
	p.running--
	p.mu.Unlock()
	return f
}

var errStorage = errors.New("storage is read-only")

// fakeStore keeps everything in memory, and fails at the n-th operation.
type fakeStore struct {
	mu        sync.Mutex
	snapshots map[string]rotation.Snapshot
	ledgers   map[rotation.Account]rotation.Ledger
	failAt    int // 0: never
	ops       int
	takes     time.Duration // to read a ledger
}

// slow makes it take so long to read a ledger.
func (s *fakeStore) slow(takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes = takes
}

func newStore(snapshots ...rotation.Snapshot) *fakeStore {
	s := &fakeStore{snapshots: map[string]rotation.Snapshot{}, ledgers: map[rotation.Account]rotation.Ledger{}}
	for _, one := range snapshots {
		s.snapshots[one.Integration.Name] = one
		s.ledgers[one.Integration.Account()] = one.Ledger
	}
	return s
}

func (s *fakeStore) step() error {
	if s.ops++; s.ops == s.failAt {
		return errStorage
	}
	return nil
}

func (s *fakeStore) LoadLedger(_ context.Context, a rotation.Account) (rotation.Ledger, error) {
	s.mu.Lock()
	takes := s.takes
	s.mu.Unlock()
	time.Sleep(takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledgers[a], s.step()
}

func (s *fakeStore) StoreLedger(_ context.Context, a rotation.Account, l rotation.Ledger) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.step(); err != nil {
		return err
	}
	s.ledgers[a] = l
	return nil
}

func (s *fakeStore) DeleteLedger(_ context.Context, a rotation.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ledgers, a)
	return s.step()
}

func (s *fakeStore) AccountOf(_ context.Context, name string, _ rotation.Side) (rotation.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name).Integration.Account(), nil
}

func (s *fakeStore) LoadIntegration(_ context.Context, name string, _ rotation.Side) (rotation.Snapshot, rotation.Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name), rotation.Credential{}, s.step()
}

func (s *fakeStore) get(name string) rotation.Snapshot {
	one := s.snapshots[name]
	one.Ledger = s.ledgers[one.Integration.Account()]
	return one
}

func (s *fakeStore) SaveRecord(_ context.Context, seen rotation.Snapshot, _ rotation.Ledger, change rotation.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.step(); err != nil {
		return err
	}
	one := s.get(seen.Integration.Name)
	if one.Integration.Subject() != seen.Integration.Subject() {
		return nil
	}
	after := one
	after.Record = change.Decide(one)
	after.Record.Shown = rotation.Step(one, after, change.At)
	s.snapshots[seen.Integration.Name] = after
	return nil
}

func (s *fakeStore) ledger(one rotation.Snapshot) rotation.Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledgers[one.Integration.Account()]
}

func (s *fakeStore) snapshot(name string) rotation.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name)
}
