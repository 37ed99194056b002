package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// transcript keeps what came over the wire: every answer and error, but for the answers of creds/ and connector/, which
// are made to show the password. A nil one keeps nothing.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) add(path string, status int, body []byte) {
	shows := strings.HasPrefix(path, "creds/") || strings.HasPrefix(path, "connector/")
	if s == nil || shows && status == http.StatusOK {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.text, "%s: %d %s\n", path, status, body)
}

func (s *transcript) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.text.Bytes())
}
