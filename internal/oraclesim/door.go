package oraclesim

import "net/http"

// door is where requests enter the pod. Each passes, in this order: the log, the faults, authentication,
// dispatch. Another API of the pod (SCIM beside ERP) is another case in dispatch and exists.
type door struct {
	pod *Pod
	// closing is closed when the pod goes down: a request that a fault holds back is then let go.
	closing <-chan struct{}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := d.pod.begin(r)
	seen := &statusWriter{ResponseWriter: w}
	defer func() { d.pod.finish(entry, seen.status) }()
	// A pod tells its own time: a client that reads Date must see the clock that was moved.
	w.Header().Set("Date", d.pod.Now().Format(http.TimeFormat))
	r.Body = http.MaxBytesReader(seen, r.Body, maxRequestBody)

	fault, found := d.pod.requestFault(r)
	switch {
	case !found:
		d.serve(seen, r)
	case !fault.AfterLogin:
		fault.play(d.closing, seen, r, d.serve)
	default:
		d.withLogin(seen, r, func(w http.ResponseWriter, r *http.Request, user string) {
			fault.play(d.closing, w, r, func(w http.ResponseWriter, r *http.Request) { d.dispatch(w, r, user) })
		})
	}
}

// serve carries out a request that no fault concerns.
func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	switches := d.pod.Switches()
	target := d.pod.locate(r.URL.Path)
	switch {
	case switches.ResourceBeforeLogin && target.kind == targetNone:
		notFound(w)
	case switches.CatalogueWithoutLogin && target.kind == targetCatalogue:
		d.dispatch(w, r, "")
	default:
		d.withLogin(w, r, d.dispatch)
	}
}

// withLogin authenticates, and goes on only when the login is accepted.
func (d *door) withLogin(w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter, *http.Request, string)) {
	user, accepted := d.pod.login(r)
	if !accepted {
		unauthorized(w)
		return
	}
	next(w, r, user)
}

// dispatch hands the request of an authenticated user to its API.
func (d *door) dispatch(w http.ResponseWriter, r *http.Request, user string) {
	d.pod.serveTarget(w, r, d.pod.locate(r.URL.Path), user)
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
