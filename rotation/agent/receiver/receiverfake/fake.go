package receiverfake

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxBody is more than any of the receivers takes, in bytes.
const maxBody = 1 << 20

// Fake is one receiver. Set its fields before it is served.
type Fake struct {
	Type       string   // webhook, slack, teams, pagerduty or alertmanager
	Secrets    []string // of a webhook, as in its secret file: one of them has to have signed
	RoutingKey string   // of PagerDuty

	mu        sync.Mutex
	faults    []Fault
	delivered []Delivery
	problems  []string
}

// Delivery is one message that was taken.
type Delivery struct {
	ID       string // of a webhook
	Key      string // of a webhook, the dedup_key of PagerDuty, the label trouble of Alertmanager
	Title    string
	Text     string
	Severity string // in the receiver's own words
	Resolved bool
	Body     []byte
	Header   http.Header
	At       time.Time
}

// Fail lets the next requests go wrong, one after the other.
func (f *Fake) Fail(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Delivered is every message that was taken, in order and with its repeats.
func (f *Fake) Delivered() []Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.delivered)
}

// Problems is what was wrong with messages. They were answered with 400, and not taken.
func (f *Fake) Problems() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.problems)
}

// ServeHTTP implements http.Handler.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, failing := f.nextFault()
	if failing && fault.kind == drop {
		panic(http.ErrAbortHandler)
	}
	if failing && fault.kind == status {
		if fault.retryAfter != "" {
			w.Header().Set("Retry-After", fault.retryAfter)
		}
		http.Error(w, "fails on demand", fault.status)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if failing && fault.kind == delay && !waited(r, fault.wait) {
		return
	}
	if status, err := f.take(r, body, failing && fault.kind == duplicate); err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	if failing && fault.kind == lose {
		panic(http.ErrAbortHandler)
	}
	f.answer(w)
}

func waited(r *http.Request, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (f *Fake) nextFault() (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.faults) == 0 {
		return Fault{}, false
	}
	fault := f.faults[0]
	f.faults = f.faults[1:]
	return fault, true
}

// take checks a message and keeps it.
func (f *Fake) take(r *http.Request, body []byte, twice bool) (status int, err error) {
	delivery, status, err := f.check(r, body, time.Now())
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.problems = append(f.problems, fmt.Sprintf("%v in %s", err, body))
		return status, err
	}
	f.delivered = append(f.delivered, delivery)
	if twice {
		f.delivered = append(f.delivered, delivery)
	}
	return 0, nil
}

// answer is the yes of the real one.
func (f *Fake) answer(w http.ResponseWriter) {
	switch f.Type {
	case "slack":
		_, _ = io.WriteString(w, "ok")
	case "teams":
		w.WriteHeader(http.StatusAccepted)
	case "pagerduty":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"status":"success","message":"Event processed","dedup_key":"x"}`)
	case "alertmanager":
		w.WriteHeader(http.StatusOK)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
