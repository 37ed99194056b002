package rotation_test

import (
	"fmt"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// How long the hot decisions take, for benchstat:
//
//	go test -run '^$' -bench . -count 10 ./rotation | tee new.txt; benchstat old.txt new.txt

// benchSize is the estate that the targets speak of.
const benchSize = 10_000

// newBenchQueue is a due queue whose integrations come due one second after the other, from start on.
func newBenchQueue(size int) (*rotation.Sweeper, *timetable) {
	work := &timetable{times: map[string]rotation.Times{}}
	sweeper := rotation.NewSweeper(work)
	for n := range size {
		name := fmt.Sprintf("i-%06d", n)
		work.times[name] = rotation.Times{Host: fmt.Sprintf("pod-%02d", n%50), Due: start.Add(time.Duration(n) * time.Second)}
		sweeper.Touch(name)
	}
	return sweeper, work
}

func BenchmarkDueQueue(b *testing.B) {
	sweeper, _ := newBenchQueue(benchSize)
	b.Run("touch", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			sweeper.Touch(fmt.Sprintf("i-%06d", n%benchSize))
		}
	})
	b.Run("nothing has come up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if names := sweeper.ComeUp(start.Add(-time.Second)); len(names) != 0 {
				b.Fatalf("%d names have come up", len(names))
			}
		}
	})
	b.Run("a hundred have come up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if names := sweeper.ComeUp(start.Add(99 * time.Second)); len(names) != 100 {
				b.Fatalf("%d names have come up", len(names))
			}
		}
	})
}

func BenchmarkGuardDecision(b *testing.B) {
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	for name, ledger := range map[string]rotation.Ledger{"clean": {}, "refused once": spent(refused), "refused three times": spent(refused, refused, refused)} {
		b.Run(name, func(b *testing.B) {
			policy := rotation.DefaultPolicy()
			b.ReportAllocs()
			for b.Loop() {
				rotation.Allow(ledger, policy, rotation.ByEngine, start.Add(time.Hour))
			}
		})
	}
}

func BenchmarkAdvance(b *testing.B) {
	snapshot := rotation.Snapshot{
		Integration: rotation.Integration{Name: "gl", ID: "id", ServerURL: "https://pod", Username: "API_GL", CredentialVersion: 1, Modified: start, BecameCurrent: start},
		Policy:      rotation.DefaultPolicy(), HostAllowed: true,
	}
	b.ReportAllocs()
	for b.Loop() {
		rotation.Advance(snapshot, start.Add(time.Hour))
	}
}
