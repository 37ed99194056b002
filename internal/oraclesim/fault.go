package oraclesim

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// FaultKind is one way in which a pod, or what stands in front of it, fails.
type FaultKind string

// The closed list of faults. "Answers" means that HTTP is spoken; the others end in a broken connection.
const (
	// FaultStatus answers Fault.Status with Fault.Body and Fault.RetryAfter.
	FaultStatus FaultKind = "status"
	// FaultSSOPage answers 200 with the HTML of a sign-in page, as single sign-on in front of the pod does.
	FaultSSOPage FaultKind = "sso_page"
	// FaultMaintenancePage answers 200 with the HTML of a maintenance page.
	FaultMaintenancePage FaultKind = "maintenance_page"
	// FaultRedirect answers 302 (or Fault.Status) to Fault.Location.
	FaultRedirect FaultKind = "redirect"
	// FaultTruncated answers 200 with a Content-Length larger than what is sent, and closes.
	FaultTruncated FaultKind = "truncated"
	// FaultHuge answers 200 with Fault.MiB mebibytes of well-formed JSON.
	FaultHuge FaultKind = "huge"
	// FaultSlow waits Fault.Delay of real time and then goes on as if there were no fault, also when the client
	// has gone meanwhile: so a login can arrive late.
	FaultSlow FaultKind = "slow"
	// FaultHang reads the request and never answers, until the client goes away or the pod closes.
	FaultHang FaultKind = "hang"
	// FaultReset reads the request and sends a TCP reset.
	FaultReset FaultKind = "reset"
	// FaultLostReply carries out the request in full, its login counted, and sends a TCP reset for an answer.
	FaultLostReply FaultKind = "lost_reply"
	// FaultLate reads the request and sends a TCP reset; Pod.ReleaseLate carries it out, login included, whenever a test
	// says so: a request that is applied long after its client gave up.
	FaultLate FaultKind = "late"
	// FaultDrop accepts a TCP connection and closes it before TLS. It matches connections, not requests: it
	// takes no Method, no Path and no User, and a client that keeps an open connection does not meet it.
	FaultDrop FaultKind = "drop"
)

// Fault is a failure to inject. Of several that match a request the one injected first is played.
type Fault struct {
	Kind FaultKind
	// Domain makes it a fault of the identity domain. Default: of the pod.
	Domain bool
	// Method narrows the fault to requests of this method; empty = every method.
	Method string
	// Path is a prefix of the request's path; empty = every path.
	Path string
	// User narrows the fault to requests with a Basic header of this user, known or not, or with an access token of this
	// client of the domain; empty = every request.
	User string
	// Skip lets this many matching requests pass first.
	Skip int
	// Count is how often the fault is played before it clears itself; 0 = until ClearFaults.
	Count int
	// AfterLogin authenticates first: the login counts, and a refused one gets its 401 in place of the fault.
	// Default: the fault comes before authentication and no login is spent. At the domain a login is an access
	// token that is good. FaultLostReply and FaultLate log in anyway and take no AfterLogin.
	AfterLogin bool

	// Status for FaultStatus (200 to 599), and for FaultRedirect (300 to 399; 0 = 302).
	Status int
	// Body for FaultStatus; empty = BodyEmpty.
	Body BodyForm
	// RetryAfter for FaultStatus is the header's value, sent as it is: seconds or an HTTP date.
	RetryAfter string
	// Location for FaultRedirect.
	Location string
	// Delay for FaultSlow, in real time.
	Delay time.Duration
	// MiB for FaultHuge.
	MiB int
}

// armedFault is an injected fault with what is left of it.
type armedFault struct {
	Fault
	skipped int
	played  int
}

// Inject arms a fault; it is played from the next matching request on.
func (p *Pod) Inject(f Fault) error {
	if err := f.validate(); err != nil {
		return fmt.Errorf("fault %q: %w", f.Kind, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &armedFault{Fault: f})
	return nil
}

// Faults returns the armed faults, with what is left of Skip and Count.
func (p *Pod) Faults() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var faults []Fault
	for _, armed := range p.faults {
		f := armed.Fault
		f.Skip -= armed.skipped
		if f.Count > 0 {
			f.Count -= armed.played
		}
		faults = append(faults, f)
	}
	return faults
}

// ClearFaults disarms all faults. One that is being played is played to its end.
func (p *Pod) ClearFaults() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// requestFault returns the fault to play for a request that was logged.
func (p *Pod) requestFault(r *Request) (Fault, bool) {
	return p.takeFault(func(f Fault) bool {
		return f.Kind != FaultDrop && f.Domain == r.Domain && (f.Method == "" || f.Method == r.Method) && strings.HasPrefix(r.Path, f.Path) &&
			(f.User == "" || accountKey(f.User) == accountKey(r.User) || f.User == r.Client)
	})
}

// dropsConnection says whether a new connection is to be closed before TLS.
func (p *Pod) dropsConnection(domain bool) bool {
	_, drops := p.takeFault(func(f Fault) bool { return f.Kind == FaultDrop && f.Domain == domain })
	return drops
}

func (p *Pod) takeFault(matches func(Fault) bool) (Fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, armed := range p.faults {
		switch {
		case !matches(armed.Fault):
		case armed.skipped < armed.Skip:
			armed.skipped++
		default:
			armed.played++
			if armed.played == armed.Count {
				p.faults = append(p.faults[:i:i], p.faults[i+1:]...)
			}
			return armed.Fault, true
		}
	}
	return Fault{}, false
}

func (f Fault) validate() error {
	if f.Skip < 0 || f.Count < 0 {
		return errors.New("skip and count must not be negative")
	}
	if f.Path != "" && !strings.HasPrefix(f.Path, "/") {
		return fmt.Errorf("path %q must begin with a slash", f.Path)
	}
	if err := f.validateKind(); err != nil {
		return err
	}
	return f.refuseUnused()
}

func (f Fault) validateKind() error {
	switch f.Kind {
	case FaultStatus:
		if f.Status < 200 || f.Status > 599 {
			return errors.New("it needs a status from 200 to 599")
		}
		if f.Body != "" {
			return f.Body.validate()
		}
	case FaultRedirect:
		if f.Location == "" {
			return errors.New("it needs a location")
		}
		if f.Status != 0 && (f.Status < 300 || f.Status > 399) {
			return errors.New("its status must be from 300 to 399")
		}
	case FaultSlow:
		if f.Delay <= 0 {
			return errors.New("it needs a delay")
		}
	case FaultHuge:
		if f.MiB <= 0 {
			return errors.New("it needs a size in MiB")
		}
	case FaultDrop:
		if f.Method != "" || f.Path != "" || f.User != "" || f.AfterLogin {
			return errors.New("it comes before the request is read, so it takes no method, path, user or login")
		}
	case FaultLostReply, FaultLate:
		if f.AfterLogin {
			return errors.New("its request logs in anyway, so it takes no login before it")
		}
	case FaultSSOPage, FaultMaintenancePage, FaultTruncated, FaultHang, FaultReset:
	default:
		return errors.New("the kind is unknown: use status, sso_page, maintenance_page, redirect, truncated, huge, " +
			"slow, hang, reset, lost_reply, late or drop")
	}
	return nil
}

// refuseUnused refuses a field that the kind would ignore: it is a mistake in a test that nobody would notice.
func (f Fault) refuseUnused() error {
	for _, field := range []struct {
		name  string
		set   bool
		kinds [2]FaultKind
	}{
		{"status", f.Status != 0, [2]FaultKind{FaultStatus, FaultRedirect}},
		{"body", f.Body != "", [2]FaultKind{FaultStatus}},
		{"retry after", f.RetryAfter != "", [2]FaultKind{FaultStatus}},
		{"location", f.Location != "", [2]FaultKind{FaultRedirect}},
		{"delay", f.Delay != 0, [2]FaultKind{FaultSlow}},
		{"size in MiB", f.MiB != 0, [2]FaultKind{FaultHuge}},
	} {
		if field.set && f.Kind != field.kinds[0] && f.Kind != field.kinds[1] {
			return fmt.Errorf("it takes no %s", field.name)
		}
	}
	return nil
}
