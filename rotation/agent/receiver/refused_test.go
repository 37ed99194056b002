package receiver_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// TestWhatAnAnswerMeans has each kind of answer.
func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		status    int
		after     string
		words     string
		permanent bool
		wait      time.Duration
		says      string
	}{
		"a redirect is followed by nobody":         {status: 307, permanent: true, says: "points elsewhere"},
		"a bad request stays bad":                  {status: 400, words: "invalid_payload", permanent: true, says: "(400: invalid_payload): mend it"},
		"a wrong secret stays wrong":               {status: 401, permanent: true, says: "(401): mend it"},
		"a receiver that is gone stays gone":       {status: 410, permanent: true, says: "mend it"},
		"too large stays too large":                {status: 413, permanent: true, says: "mend it"},
		"a slow request may be tried again":        {status: 408, says: "tries again"},
		"a replay that is too early as well":       {status: 425, says: "tries again"},
		"a rate limit that says when":              {status: 429, after: "30", wait: 30 * time.Second, says: "tries again"},
		"a rate limit that does not":               {status: 429, says: "tries again"},
		"an outage with a date":                    {status: 503, after: "Mon, 23 Nov 2026 02:02:00 GMT", wait: 2 * time.Minute, says: "tries again"},
		"an outage with a date that is past":       {status: 503, after: "Mon, 23 Nov 2026 01:02:00 GMT", says: "tries again"},
		"an outage that asks for a year":           {status: 503, after: "31536000", wait: receiver.MaxRetryAfter, says: "tries again"},
		"an outage that asks for more than fits":   {status: 503, after: "99999999999999999999", says: "tries again"},
		"an outage that asks for a negative time":  {status: 503, after: "-5", says: "tries again"},
		"an outage that writes nonsense":           {status: 503, after: "soon", says: "tries again"},
		"a server's own mistake may pass":          {status: 500, says: "tries again"},
		"a refusal takes no wish for a time along": {status: 404, after: "30", permanent: true, says: "mend it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			header.Set("Retry-After", test.after)
			err := receiver.Judge(test.status, header, test.words, "mend it", now)
			var refused *receiver.Refused
			if !errors.As(err, &refused) {
				t.Fatalf("%v", err)
			}
			if refused.Permanent != test.permanent || refused.RetryAfter != test.wait || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v: %v", refused, err)
			}
		})
	}
	for status := 200; status < 300; status++ {
		if err := receiver.Judge(status, nil, "words", "mend it", now); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
}
