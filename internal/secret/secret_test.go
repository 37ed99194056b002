package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const canary = "Canary-9Zq!"

type holder struct {
	Exported   secret.Value
	unexported secret.Value
}

func TestNoPrintFormShowsTheSecret(t *testing.T) {
	t.Parallel()
	v := secret.New(canary)
	h := holder{Exported: v, unexported: v}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
		fmt.Fprintf(&out, verb+"\n", []secret.Value{v})
		fmt.Fprintf(&out, verb+"\n", map[string]any{"k": v})
	}
	for _, value := range []any{v, h, &h} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
		if text, err = xml.Marshal(value); err == nil {
			out.Write(text)
		}
		_ = gob.NewEncoder(&out).Encode(value)
		for _, asJSON := range []bool{true, false} {
			hclog.New(&hclog.LoggerOptions{Output: &out, JSONFormat: asJSON}).Error("x", "value", value)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Error("x", "value", value)
		slog.New(slog.NewTextHandler(&out, nil)).Error("x", "value", value)
		fmt.Fprintln(&out, errors.Join(fmt.Errorf("wrapped %v", value)))
	}
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret was printed:\n%s", out.String())
	}
}

func TestRevealEqualAndZero(t *testing.T) {
	t.Parallel()
	v := secret.New(canary)
	if v.Reveal() != canary || v.IsZero() || !v.Equal(secret.New(canary)) || v.Equal(secret.New("other")) {
		t.Error("a value must reveal, compare and know whether it is empty")
	}
	var zero secret.Value
	if zero.Reveal() != "" || !zero.IsZero() || !secret.New("").IsZero() || !zero.Equal(secret.New("")) {
		t.Error("the zero value is the empty secret")
	}
}
