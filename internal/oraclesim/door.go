package oraclesim

import "net/http"

// api is what stands behind a door.
type api interface {
	// serve carries out a request that no fault concerns.
	serve(w http.ResponseWriter, r *http.Request)
	// withLogin authenticates, and goes on only when that succeeds.
	withLogin(w http.ResponseWriter, r *http.Request, next func(w http.ResponseWriter, r *http.Request, caller string))
	// dispatch carries out the request of an authenticated caller.
	dispatch(w http.ResponseWriter, r *http.Request, caller string)
}

// door is where requests enter the pod, or its identity domain. Each passes, in this order: the log, the faults,
// authentication, dispatch.
type door struct {
	pod *Pod
	api api
	// domain is true for the door of the identity domain.
	domain bool
	// closing is closed when the pod goes down: a request that a fault holds back is then let go.
	closing <-chan struct{}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := d.pod.begin(r, d.domain)
	arrived := *entry // finish writes to the entry
	seen := &statusWriter{ResponseWriter: w}
	defer func() { d.pod.finish(entry, seen.status) }()
	// A pod tells its own time: a client that reads Date must see the clock that was moved.
	w.Header().Set("Date", d.pod.Now().Format(http.TimeFormat))
	r.Body = http.MaxBytesReader(seen, r.Body, maxRequestBody)

	fault, found := d.pod.requestFault(&arrived)
	switch {
	case !found:
		d.api.serve(seen, r)
	case !fault.AfterLogin:
		d.play(fault, seen, r, d.api.serve)
	default:
		d.api.withLogin(seen, r, func(w http.ResponseWriter, r *http.Request, caller string) {
			d.play(fault, w, r, func(w http.ResponseWriter, r *http.Request) { d.api.dispatch(w, r, caller) })
		})
	}
}

// podAPI is the pod's own: ERP and HCM resources behind a Basic login.
type podAPI struct{ pod *Pod }

func (a *podAPI) serve(w http.ResponseWriter, r *http.Request) {
	switches := a.pod.Switches()
	if a.barred(w, r, switches) {
		return
	}
	target := a.pod.locate(r.URL.Path)
	switch {
	case switches.ResourceBeforeLogin && target.kind == targetNone:
		notFound(w)
	case switches.CatalogueWithoutLogin && target.kind == targetCatalogue:
		a.dispatch(w, r, "")
	default:
		a.withLogin(w, r, a.dispatch)
	}
}

func (a *podAPI) withLogin(w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter, *http.Request, string)) {
	user, accepted := a.pod.login(r)
	if !accepted {
		unauthorized(w)
		return
	}
	next(w, r, user)
}

// dispatch hands the request of an authenticated user to its API.
func (a *podAPI) dispatch(w http.ResponseWriter, r *http.Request, user string) {
	a.pod.serveTarget(w, r, a.pod.locate(r.URL.Path), user)
}

// statusWriter remembers the status that was sent; 0 = none.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
