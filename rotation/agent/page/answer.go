package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// policy is what a browser may do with the page: show it with its own style and pictures, and send its form to it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets what keeps a browser from doing with an answer what it is not for.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// render answers with a page: whole or not at all, so that a fault in it is never half a page with a status of 200.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, name, view); err != nil {
		p.log.Error("the status page could not be made", "page", name, "error", err)
		http.Error(w, "the status page could not be made; the agent's log says why", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	p.write(w, r, status, visible(body.Bytes()))
}

// write sends a body, compressed where the browser takes it, or only that it is what the browser has.
func (p *pages) write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	tag := `W/"` + digest(body) + `"`
	if status == http.StatusOK {
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = compressed(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		p.log.Debug("a browser went away before it had the page", "error", err)
	}
}

// digest names a content.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}

// takesGzip reads an Accept-Encoding: gzip is named, and not with a weight of zero.
func takesGzip(accepted string) bool {
	for _, part := range strings.Split(accepted, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) == "gzip" {
			value, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return err != nil || value > 0
		}
	}
	return false
}

// compressed favours speed: most of what is saved is saved at once.
func compressed(body []byte) []byte {
	var packed bytes.Buffer
	// The level is a valid one and a buffer takes everything, so that neither can fail.
	packer, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	_, _ = packer.Write(body)
	_ = packer.Close()
	return packed.Bytes()
}
