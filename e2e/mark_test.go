package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// mark is in every password of these tests, and new with every run.
var mark = "CANARY" + rand.Text()

// newPassword is one that nobody has used before.
func newPassword() string { return "Pw-" + mark + "-" + rand.Text() + "-9" }

// sightings says where a text shows, in clear or in a form that is as good as that. Each is quoted with what stands
// around it.
func sightings(in []byte, text string) []string {
	var found []string
	for _, form := range forms(text) {
		if at := bytes.Index(in, []byte(form)); at >= 0 {
			const around = 300
			found = append(found, fmt.Sprintf("%q in …%q…", form, in[max(0, at-around):min(len(in), at+len(form)+around)]))
		}
	}
	return found
}

// forms are how a text could stand in a file: as it is, as bytes in hexadecimal or decimal, and as a part of something
// in base64, such as the header of user:password.
func forms(text string) []string {
	decimals := strings.Trim(fmt.Sprintf("%d", []byte(text)), "[]")
	all := []string{text, hex.EncodeToString([]byte(text)), decimals}
	for shift := range 3 {
		// Three bytes make four letters: whatever stands before the text, it begins at one of three places. The letters
		// that its neighbours have a part in are left out.
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		inner := strings.TrimRight(whole, "=")[shift+(shift+1)/2:]
		all = append(all, inner[:len(inner)-2])
	}
	return all
}

func TestSightingsFindsEveryForm(t *testing.T) {
	t.Parallel()
	password := newPassword()
	for name, text := range map[string]string{
		"clear":   "password=" + password,
		"bytes":   fmt.Sprintf("%d", []byte(password)),
		"hex":     fmt.Sprintf("%x", password),
		"basic 0": base64.StdEncoding.EncodeToString([]byte("user00:" + password)),
		"basic 1": base64.StdEncoding.EncodeToString([]byte("user0:" + password)),
		"basic 2": base64.URLEncoding.EncodeToString([]byte("user:" + password)),
	} {
		if len(sightings([]byte(text), mark)) == 0 {
			t.Errorf("%s: the mark was not found in %q", name, text)
		}
	}
	if found := sightings([]byte("hmac-sha256:1234"), mark); len(found) > 0 {
		t.Errorf("the mark was found where it is not: %q", found)
	}
}
