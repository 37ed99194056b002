package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadersAskEveryNameAndTimeEveryAnswer(t *testing.T) {
	t.Parallel()
	var asked [10]atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vault-Token") != "token" {
			w.WriteHeader(http.StatusForbidden)
		}
		asked[r.URL.Path[len(r.URL.Path)-1]-'0'].Add(1)
	}))
	defer server.Close()
	r := &reader{client: server.Client(), address: server.URL + "/v1/", token: "token"}
	done, err := r.interleaved(t.Context(), []readable{over("a", "a/%d", 10), over("b", "b/%d", 10)}, 4, 2, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for n := range asked {
		if asked[n].Load() == 0 {
			t.Errorf("the name %d was never asked for", n)
		}
		total += asked[n].Load()
	}
	timed := 0
	for _, name := range []string{"a", "b"} {
		if len(done[name]) != 2 {
			t.Errorf("%s was read in %d rounds, want 2", name, len(done[name]))
		}
		for _, s := range done[name] {
			timed += len(s.latencies)
		}
	}
	const warm = 2 * 2 * 10 // of two readables in two rounds each of ten names, once before it is timed
	if int64(timed) != total-warm {
		t.Errorf("%d answers were timed of %d, and %d are not to be", timed, total, warm)
	}
}

func TestAnotherAnswerThanTheWantedEndsTheMeasurement(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	r := &reader{client: server.Client(), address: server.URL + "/v1/"}
	if _, err := r.read(t.Context(), over("a", "a/%d", 1), 2, time.Second); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("what is not there is measured: %v", err)
	}
}
