package oracle_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// BenchmarkSurvey is one login at a pod that answers at once, connection and all, for benchstat:
//
//	go test -run '^$' -bench . -count 10 ./oracle | tee new.txt; benchstat old.txt new.txt
func BenchmarkSurvey(b *testing.B) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, envelope)
	}))
	b.Cleanup(server.Close)
	client := oracle.NewClient()
	b.Cleanup(client.Close)
	endpoint := endpointAt(server.URL, certificateOf(server))
	b.ReportAllocs()
	for b.Loop() {
		if answer := ask(b.Context(), client, endpoint, login()); answer.Outcome != oracle.Rows {
			b.Fatalf("the answer is %+v", answer)
		}
	}
}
