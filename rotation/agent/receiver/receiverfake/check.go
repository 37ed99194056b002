package receiverfake

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxAge is how old a signed message may be, or how far ahead of us.
const maxAge = 5 * time.Minute

//go:embed schema/*.json
var schemas embed.FS

// limit is how large a message may be, in bytes.
func limit(kind string) int {
	switch kind {
	case "teams":
		return 28 << 10
	case "pagerduty":
		return 512 << 10
	}
	return maxBody
}

func (f *Fake) check(r *http.Request, body []byte, now time.Time) (Delivery, int, error) {
	delivery := Delivery{Body: body, Header: r.Header.Clone(), At: now}
	wanted := "application/json"
	if f.Type == "webhook" {
		wanted = "application/cloudevents+json"
		if err := f.checkSignature(r.Header, body, now); err != nil {
			return delivery, http.StatusUnauthorized, err
		}
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		return delivery, http.StatusMethodNotAllowed, fmt.Errorf("the method is %s", r.Method)
	case media != wanted:
		return delivery, http.StatusUnsupportedMediaType, fmt.Errorf("the Content-Type is %q", media)
	case len(body) > limit(f.Type):
		return delivery, http.StatusRequestEntityTooLarge, fmt.Errorf("it is %d bytes", len(body))
	case f.Type == "alertmanager" && !strings.HasSuffix(r.URL.Path, "/api/v2/alerts"):
		return delivery, http.StatusNotFound, fmt.Errorf("nothing is at %s", r.URL.Path)
	}
	if err := checkSchema(f.Type, body); err != nil {
		return delivery, http.StatusBadRequest, err
	}
	if err := f.read(&delivery, r.Header); err != nil {
		return delivery, http.StatusBadRequest, err
	}
	return delivery, 0, nil
}

// checkSignature is Standard Webhooks 1.0.0, symmetric.
func (f *Fake) checkSignature(header http.Header, body []byte, now time.Time) error {
	id, at := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || strings.Contains(id, ".") {
		return errors.New("webhook-id or webhook-timestamp is missing or wrong")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAge {
		return fmt.Errorf("it is signed %s ago", age)
	}
	for _, said := range strings.Split(header.Get("webhook-signature"), " ") {
		signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(said, "v1,"))
		if err != nil || !strings.HasPrefix(said, "v1,") {
			return fmt.Errorf("the signature %q is none", said)
		}
		for _, key := range f.Secrets {
			mac := hmac.New(sha256.New, keyBytes(key))
			fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
			if hmac.Equal(mac.Sum(nil), signature) {
				return nil
			}
		}
	}
	return errors.New("no signature is right")
}

func keyBytes(key string) []byte {
	if text, coded := strings.CutPrefix(key, "whsec_"); coded {
		if bytes, err := base64.StdEncoding.DecodeString(text); err == nil {
			return bytes
		}
	}
	return []byte(key)
}

func checkSchema(kind string, body []byte) error {
	file := "schema/" + kind + ".json"
	text, err := schemas.ReadFile(file)
	if err != nil {
		return fmt.Errorf("no receiver is of the type %q", kind)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(file, document); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	schema, err := compiler.Compile(file)
	if err != nil {
		return fmt.Errorf("compile %s: %w", file, err)
	}
	said, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	return schema.Validate(said)
}

// read takes out of a message what a test asks for. The schema has held, so that nothing is missing.
func (f *Fake) read(into *Delivery, header http.Header) error {
	switch f.Type {
	case "webhook":
		return readEvent(into, header)
	case "slack":
		return readSlack(into)
	case "teams":
		return readTeams(into)
	case "pagerduty":
		return f.readPagerDuty(into)
	}
	return readAlerts(into)
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the message: %w", err)
	}
	return nil
}
