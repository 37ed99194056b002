package oraclesim

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// maxRequestBody is what the pod reads of a request; nothing it serves takes more.
const maxRequestBody = 1 << 20

const (
	ssoPage = "<!DOCTYPE html><html><head><title>Sign In</title></head><body>" +
		"<form action=\"/oam/server/auth_cred_submit\" method=\"post\">Sign in with your company credentials</form>" +
		"</body></html>\n"
	maintenancePage = "<!DOCTYPE html><html><head><title>Scheduled Maintenance</title></head><body>" +
		"Oracle Applications Cloud is unavailable because of planned maintenance.</body></html>\n"
)

// play acts out a fault. next carries out the request as if there were no fault; only the kinds that delay a
// request or lose its answer use it.
func (d *door) play(f Fault, w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	switch f.Kind {
	case FaultStatus:
		f.answerStatus(w)
	case FaultSSOPage:
		writeBody(w, http.StatusOK, typeHTML, ssoPage)
	case FaultMaintenancePage:
		writeBody(w, http.StatusOK, typeHTML, maintenancePage)
	case FaultRedirect:
		w.Header().Set("Location", f.Location)
		w.WriteHeader(cmp.Or(f.Status, http.StatusFound))
	case FaultTruncated:
		// net/http closes the connection of a handler that wrote less than it announced.
		w.Header().Set("Content-Length", "4096")
		w.Header().Set("Content-Type", typeCollection)
		_, _ = io.WriteString(w, `{"items":[{"LedgerId":3000000000`)
	case FaultHuge:
		streamHuge(w, f.MiB)
	case FaultSlow:
		hold(r)
		if !waitFor(d.closing, f.Delay) {
			reset(w)
			return
		}
		next(w, r)
	case FaultHang:
		drain(r)
		<-r.Context().Done()
		reset(w) // or net/http would answer 200 to a client that closed only its sending half
	case FaultReset:
		drain(r)
		reset(w)
	case FaultLostReply:
		next(&discarded{header: make(http.Header)}, r)
		reset(w)
	case FaultLate:
		hold(r)
		late := r.WithContext(context.WithoutCancel(r.Context()))
		d.pod.holdLate(func() { next(&discarded{header: make(http.Header)}, late) })
		reset(w)
	case FaultDrop: // played by the listener
	}
}

func (p *Pod) holdLate(request func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = append(p.late, request)
}

// ReleaseLate carries out the requests that FaultLate holds back, in the order of their arrival, and returns how many
// there were. Each logs in now, as if it had been under way all the time.
func (p *Pod) ReleaseLate() int {
	p.mu.Lock()
	late := p.late
	p.late = nil
	p.mu.Unlock()
	for _, request := range late {
		request()
	}
	return len(late)
}

func (f Fault) answerStatus(w http.ResponseWriter) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Status == http.StatusUnauthorized && !f.Domain {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	writeForm(w, f.Body, f.Status, http.StatusText(f.Status))
}

// waitFor returns false when the pod closes first.
func waitFor(closing <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-closing:
		return false
	}
}

// drain reads the request's body: only then does net/http notice that the client goes away.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxRequestBody)) }

// hold reads the request's body into memory, so that it can be carried out after the client has gone.
func hold(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = nil // a body cut short is as good as none
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
}

// reset ends the connection with a TCP reset in place of an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the connection is gone already, which is what was wanted
	}
	raw := conn
	if secure, ok := conn.(*tls.Conn); ok {
		raw = secure.NetConn() // closing the TLS layer would say goodbye properly first
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close discards unsent data and sends RST
	}
	_ = raw.Close()
}

// streamHuge writes an ordinary collection whose one row is mib mebibytes long.
func streamHuge(w http.ResponseWriter, mib int) {
	w.Header().Set("Content-Type", typeCollection)
	w.WriteHeader(http.StatusOK)
	out := bufio.NewWriterSize(w, 64<<10)
	chunk := strings.Repeat("x", 1<<20)
	_, _ = out.WriteString(`{"items":[{"Description":"`)
	for range mib {
		if _, err := out.WriteString(chunk); err != nil {
			return // the client has read enough
		}
	}
	_, _ = fmt.Fprintf(out, `"}],"count":1,"hasMore":false,"limit":%d,"offset":0,"links":[]}`, defaultPage)
	_ = out.Flush()
}

// discarded is the answer of a request whose reply gets lost.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(int)             {}
