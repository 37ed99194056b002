package receiver_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// TestTheSignatureIsTheSpecifications has the example that the libraries of Standard Webhooks are tested with.
func TestTheSignatureIsTheSpecifications(t *testing.T) {
	t.Parallel()
	const id, seconds, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signing, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("another secret ", 3)
	for name, file := range map[string]string{
		"as whsec_": signing, "with a line's end": signing + "\r\n", "raw": string(key), "without padding": strings.TrimRight(signing, "="),
	} {
		if got, err := receiver.Signatures(file, id, seconds, []byte(body)); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	got, err := receiver.Signatures(signing+"\n\n"+other+"\n", id, seconds, []byte(body))
	if first, second, two := strings.Cut(got, " "); err != nil || !two || first != want || second == want || !strings.HasPrefix(second, "v1,") {
		t.Errorf("two secrets sign %q, %v", got, err)
	}
}

// TestASecretThatSignsNothingIsSaid and never shown.
func TestASecretThatSignsNothingIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, says string }{
		"no base64":          {"whsec_canary!canary!canary!canary!", "not base64"},
		"too short":          {"canary", "shorter than 24 bytes"},
		"too short, coded":   {"whsec_Y2FuYXJ5", "shorter than 24 bytes"},
		"the second is none": {signing + "\ncanary", "shorter than 24 bytes"},
		"nothing":            {" \n ", "no secret"},
	} {
		got, err := receiver.Signatures(test.file, "id", "1", nil)
		if err == nil || got != "" || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestAnIDFitsAHeader and has no dot, by which the parts of what is signed are told apart.
func TestAnIDFitsAHeader(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"oracle-financials/gl_prod/17": "oracle-financials/gl_prod/17",
		"a.b/c d/ü\r\n":                "a%2Eb/c%20d/%C3%BC%0D%0A",
		"a%2Eb":                        "a%252Eb",
	} {
		if got := receiver.QuotedID(id); got != want {
			t.Errorf("%q became %q, not %q", id, got, want)
		}
	}
	one, two := receiver.QuotedID(strings.Repeat("a", 9999)), receiver.QuotedID(strings.Repeat("a", 9998))
	if one == two || len(one) > 255 {
		t.Errorf("long ids became %q and %q", one, two)
	}
}
