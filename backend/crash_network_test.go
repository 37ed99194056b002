package backend_test

import (
	"os"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What happens at the n-th request to the pod, or to the identity domain.
const (
	requestLost    mishap = "the request is lost"
	replyLost      mishap = "the reply is lost"
	serverFails    mishap = "it answers 503"
	lateBySeconds  mishap = "the request arrives 3 s late"
	lateByMinutes  mishap = "the request arrives 10 min late"
	lateByHours    mishap = "the request arrives 5 h late"
	diesAsking     mishap = "the process dies, and the request is lost"
	diesAnswered   mishap = "the process dies, and the request is carried out"
	diesLate       mishap = "the process dies, and the request arrives 3 s late"
	diesLongLate   mishap = "the process dies, and the request arrives 10 min late"
	diesLatestLate mishap = "the process dies, and the request arrives 5 h late"
)

// netMishap is one of these as the pod plays it.
type netMishap struct {
	kind oraclesim.FaultKind
	late time.Duration
	dies bool
}

func netMishaps() map[mishap]netMishap {
	return map[mishap]netMishap{
		requestLost:    {kind: oraclesim.FaultReset},
		replyLost:      {kind: oraclesim.FaultLostReply},
		serverFails:    {kind: oraclesim.FaultStatus},
		lateBySeconds:  {kind: oraclesim.FaultLate, late: 3 * time.Second},
		lateByMinutes:  {kind: oraclesim.FaultLate, late: 10 * time.Minute},
		lateByHours:    {kind: oraclesim.FaultLate, late: 5 * time.Hour},
		diesAsking:     {kind: oraclesim.FaultReset, dies: true},
		diesAnswered:   {kind: oraclesim.FaultLostReply, dies: true},
		diesLate:       {kind: oraclesim.FaultLate, late: 3 * time.Second, dies: true},
		diesLongLate:   {kind: oraclesim.FaultLate, late: 10 * time.Minute, dies: true},
		diesLatestLate: {kind: oraclesim.FaultLate, late: 5 * time.Hour, dies: true},
	}
}

// soaks says whether a run is to take its time: an ordinary one leaves most repetitions out.
func soaks() bool { return os.Getenv("RAPID_CHECKS") != "" }

// networkMishaps lists them in order.
func networkMishaps() []mishap {
	if !soaks() { // one of each sort
		return []mishap{replyLost, lateByMinutes, diesAnswered}
	}
	return []mishap{
		requestLost, replyLost, serverFails, lateBySeconds, lateByMinutes, lateByHours,
		diesAsking, diesAnswered, diesLate, diesLongLate, diesLatestLate,
	}
}

// point is an instant of a run at which something happens: the n-th write, or the n-th request to the pod or the
// domain, from where it is armed on.
type point struct {
	what   mishap
	domain bool
	n      int
}

// arm lets it happen.
func (tr *trial) arm(p point) {
	tr.t.Helper()
	net, ofNetwork := netMishaps()[p.what]
	if !ofNetwork {
		tr.disk.arm(p.what, p.n)
		return
	}
	fault := oraclesim.Fault{Kind: net.kind, Domain: p.domain, Skip: p.n - 1, Count: 1}
	if net.kind == oraclesim.FaultStatus {
		fault.Status = 503
	}
	must(tr.t, tr.pod().Inject(fault))
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.armed = &net
}

// struck does what comes with a trouble of the network that was just met: the process dies, a request arrives late.
func (tr *trial) struck(d *disk) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.armed == nil || len(tr.pod().Faults()) > 0 {
		return
	}
	met := *tr.armed
	tr.armed, tr.met = nil, true
	if met.dies {
		d.kill()
	}
	if met.late > 0 {
		tr.arrives(met.late)
	}
}

// arrives lets the requests that are held back arrive after a while.
func (tr *trial) arrives(after time.Duration) {
	tr.late.Go(func() {
		time.Sleep(after)
		tr.tick()
		tr.stage.outside(func() { tr.pod().ReleaseLate() })
		tr.holds("after a late arrival")
	})
}

// disarm says whether it happened. From now on nothing does.
func (tr *trial) disarm() bool {
	struck := tr.disk.disarm()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.armed != nil {
		tr.pod().ClearFaults()
	}
	struck, tr.armed, tr.met = struck || tr.met, nil, false
	return struck
}
