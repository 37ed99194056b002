package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// A mount that is taken down in the middle of a rotation, while Oracle hangs, ends within a second and leaves
// nothing running, which the bubble of fake time holds; the next process settles what it finds.
func TestCleanEndsARotationWithinASecond(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			proved := newScene(t, newStage(t, string(w)), w, oraclesim.Switches{}, rotatesAll)
			for _, at := range []call{callLook, callSet, callSurvey} {
				proved.play(t, func(tr *trial) { cleanedAt(t, tr, at) })
			}
		})
	}
}

func cleanedAt(t *testing.T, tr *trial, at call) {
	t.Helper()
	tr.wire.hangs = at
	m := *tr.mount
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = m.do(logical.UpdateOperation, "rotate/gl", nil)
	}()
	time.Sleep(10 * time.Second)
	began := time.Now()
	tr.stop()
	<-answered
	if took := time.Since(began); took > time.Second {
		t.Errorf("%s, at a %s that hangs: the request was answered %v after the mount was taken down", tr.way, at, took)
	}
	tr.restart()
	tr.passes(7 * time.Hour)
	tr.mustRest("the next process")
	if lost := tr.lost(); lost != "" {
		t.Errorf("%s, at a %s that hangs: %s", tr.way, at, lost)
	}
}
