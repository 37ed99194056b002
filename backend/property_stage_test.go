package backend_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What the integration of a sequence may be given.
const (
	noDirectory     = "no directory"
	fusionDirectory = "fusion"
	domainDirectory = "identity_domain"
	selfManaged     = "self_managed"
	inPairs         = "pair" // over either kind of directory
)

// stage is a simulated pod on which many sequences play, one after the other: starting one costs more than a
// sequence. It lives outside the bubbles of fake time, and its clock is told from inside.
type stage struct {
	kind  string
	sim   *oraclesim.Server
	pod   *oraclesim.Pod
	began time.Time    // where the fake time of each sequence begins: certificates must be valid
	clock atomic.Int64 // in Unix nanoseconds
	moved time.Duration
	usual oraclesim.Switches // of the sequence, when nothing bars the way to the pod
	tally *tally

	turn   sync.Mutex
	jobs   chan func()
	done   chan struct{}
	others *http.Client
}

func newStage(t *testing.T, kind string) *stage {
	t.Helper()
	s := &stage{
		kind: kind, began: time.Now().Truncate(time.Second), tally: &tally{counts: map[string]int{}},
		jobs: make(chan func()), done: make(chan struct{}),
	}
	s.clock.Store(s.began.UnixNano())
	sim, err := oraclesim.Start(oraclesim.Config{
		Now: func() time.Time { return time.Unix(0, s.clock.Load()) }, Domain: true,
		Clients: []oraclesim.Client{{ID: clientID, Secret: clientKey}, {ID: othersID, Secret: othersKey}},
	})
	must(t, err)
	s.sim, s.pod = sim, sim.Pod()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(sim.CACertPEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	s.others = &http.Client{Transport: transport}
	go func() {
		for job := range s.jobs {
			job()
			s.done <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		close(s.jobs)
		transport.CloseIdleConnections()
		sim.Close()
	})
	return s
}

// outside runs a job outside the bubble: what it starts must not belong to it, and its waiting for the
// network must not stop the fake time for ever.
func (s *stage) outside(job func()) {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.jobs <- job
	<-s.done
}

// plain is an address without a name: a bubble must not share the process's look-ups of names with others.
func plain(url string) string { return strings.Replace(url, "localhost", "127.0.0.1", 1) }

func (s *stage) podURL() string    { return plain(s.sim.URL()) }
func (s *stage) domainURL() string { return plain(s.sim.DomainURL()) }

// begin clears the stage and brings a new bubble's clock to where the pod's is.
func (s *stage) begin(rt *rapid.T) *world {
	time.Sleep(time.Until(s.began))
	s.clock.Store(s.began.UnixNano())
	s.usual = oraclesim.Switches{}
	s.upAgain(rt)
	s.pod.AdvanceClock(-s.moved)
	s.moved = 0
	s.tally.add("requests to Oracle", len(s.pod.Requests()))
	s.pod.RevokeTokens()
	s.outside(func() { s.pod.ReleaseLate() })
	s.pod.ResetLogs()
	for _, state := range s.pod.States() {
		mustPlay(rt, s.pod.RemoveUser(state.Name))
	}
	return newWorld(rt, s)
}

// upAgain ends every outage.
func (s *stage) upAgain(rt *rapid.T) {
	s.pod.ClearFaults()
	mustPlay(rt, s.pod.SetSwitches(s.usual))
	s.outside(func() {
		mustPlay(rt, s.pod.SetDown(false))
		mustPlay(rt, s.pod.SetDomainDown(false))
	})
}

// mustPlay ends a sequence that could not be played.
func mustPlay(rt *rapid.T, err error) {
	rt.Helper()
	if err != nil {
		rt.Fatal(err)
	}
}
