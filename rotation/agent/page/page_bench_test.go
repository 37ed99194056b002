package page

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"
)

// BenchmarkFirstByte is how long a browser waits for the first byte of the page of 10,000 integrations. The figure
// first-byte-ms/op is to stay under 100.
func BenchmarkFirstByte(b *testing.B) {
	f := many(b, 10_000)
	server := httptest.NewServer(f.handler())
	defer server.Close()
	for name, target := range map[string]string{
		"urgent first": "/", "searched": "/?q=fa-013+entity", "by expiry, page 150": "/?sort=-expiry&page=150", "500 rows": "/?size=500&sort=name",
		"one": "/integrations/oracle-financials/entity-09999",
	} {
		b.Run(name, func(b *testing.B) {
			var waited time.Duration
			for b.Loop() {
				var began time.Time
				trace := &httptrace.ClientTrace{
					WroteRequest:         func(httptrace.WroteRequestInfo) { began = time.Now() },
					GotFirstResponseByte: func() { waited += time.Since(began) },
				}
				request, err := http.NewRequestWithContext(httptrace.WithClientTrace(b.Context(), trace), http.MethodGet, server.URL+target, nil)
				if err != nil {
					b.Fatal(err)
				}
				answer, err := server.Client().Do(request)
				if err != nil {
					b.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					b.Fatalf("%s answers %d", target, answer.StatusCode)
				}
			}
			b.ReportMetric(float64(waited.Microseconds())/1000/float64(b.N), "first-byte-ms/op")
		})
	}
}
