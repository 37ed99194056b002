package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// vault answers like one, from files: vault/oracle-financials/status/gl.json is the answer of that path, gl.1.json that of
// its first request, gl.2.json that of its second, and so on; the last one is repeated. "http_status" in a file makes it
// another answer than 200, 999 none at all, and @now-90s@ is that time.
type vault struct {
	*httptest.Server
	folder string

	mu    sync.Mutex
	asked []string       // METHOD PATH BODY
	count map[string]int // of a path
}

// hangsUp as http_status is no answer at all.
const hangsUp = 999

type vaultKey struct{}

func newVault(folder string) *vault {
	v := &vault{folder: folder, count: map[string]int{}}
	v.Server = httptest.NewServer(http.HandlerFunc(v.answer))
	return v
}

func (v *vault) answer(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(r.Header.Get("X-Vault-Namespace")+"/"+strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("X-Vault-Token") != canary {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errors":["permission denied"]}`)
		return
	}
	if strings.HasSuffix(path, "auth/token/lookup-self") {
		fmt.Fprint(w, `{"data":{"ttl":0,"renewable":false}}`)
		return
	}
	text, found := v.next(path, strings.TrimSpace(fmt.Sprintf("%s %s?%s %s", r.Method, path, r.URL.RawQuery, body)))
	var said struct {
		Status int `json:"http_status"`
	}
	_ = json.Unmarshal(text, &said)
	switch {
	case said.Status == hangsUp:
		panic(http.ErrAbortHandler)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		text = []byte(`{"errors":["no handler for route \"` + path + `\". route entry not found."]}`)
	case said.Status != 0:
		w.WriteHeader(said.Status)
	}
	_, _ = w.Write(text)
}

// next is the answer of a path, and whether it has one.
func (v *vault) next(path, request string) ([]byte, bool) {
	v.mu.Lock()
	v.asked = append(v.asked, request)
	v.count[path]++
	n := v.count[path]
	v.mu.Unlock()
	names := []string{path + ".json"}
	for i := 1; i <= n; i++ {
		names = append(names, fmt.Sprintf("%s.%d.json", path, i))
	}
	for i := len(names) - 1; i >= 0; i-- {
		if text, err := os.ReadFile(filepath.Join(v.folder, filepath.FromSlash(names[i]))); err == nil {
			return timed(text), true
		}
	}
	return nil, false
}

var now = regexp.MustCompile(`@now([+-][0-9a-z]+)?@`)

func timed(text []byte) []byte {
	return now.ReplaceAllFunc(text, func(token []byte) []byte {
		distance, _ := time.ParseDuration(string(now.FindSubmatch(token)[1]))
		return []byte(time.Now().Add(distance).UTC().Format(time.RFC3339))
	})
}

// requests lists what was asked so far.
func (v *vault) requests() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.asked, "\n") + "\n"
}
