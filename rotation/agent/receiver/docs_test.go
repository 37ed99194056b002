package receiver_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

const docs = "../../../docs/receivers.md"

// block is a block of code of the documentation, of which there is one in the language.
func block(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```"+language+"\n(.*?)\n```").FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%d blocks of %s", len(found), language)
	}
	return string(found[0][1]) + "\n"
}

// delivery is what a documented check is asked.
type delivery struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Secret  string            `json:"secret"`
	Now     int64             `json:"now"`
	right   bool
}

// deliveries is one message as it was really sent, and each way in which it is not the agent's.
func deliveries(t *testing.T) map[string]delivery {
	t.Helper()
	const raw = "another secret, as it stands"
	to, fake := open(t, config.ReceiverWebhook)
	cfg := settings(t, config.ReceiverWebhook, "")
	if err := to.Send(t.Context(), locked()); err != nil {
		t.Fatal(err)
	}
	cfg.SecretFile = file(t, raw+"\n"+signing)
	var path string
	cfg.URL = serve(t, fake, &path)
	if err := create(t, cfg, nil).Send(t.Context(), nasty(1)); err != nil {
		t.Fatal(err)
	}
	one, two := sent(t, fake.Delivered()[0].Header, fake.Delivered()[0].Body), sent(t, fake.Delivered()[1].Header, fake.Delivered()[1].Body)
	all := map[string]delivery{"as sent": one, "hostile, the second secret": two}
	two.Secret = raw
	all["hostile, the first secret, raw"] = two
	wrong := func(name string, change func(*delivery)) {
		changed := sent(t, fake.Delivered()[0].Header, fake.Delivered()[0].Body)
		change(&changed)
		changed.right = false
		all[name] = changed
	}
	wrong("another body", func(d *delivery) { d.Body += " " })
	wrong("another id", func(d *delivery) { d.Headers["webhook-id"] += "8" })
	wrong("no id", func(d *delivery) { delete(d.Headers, "webhook-id") })
	wrong("another secret", func(d *delivery) { d.Secret = raw })
	wrong("too old", func(d *delivery) { d.Now += 301 })
	wrong("too new", func(d *delivery) { d.Now -= 301 })
	wrong("another time", func(d *delivery) { d.Headers["webhook-timestamp"] = strconv.FormatInt(d.Now+1, 10) })
	wrong("no time", func(d *delivery) { delete(d.Headers, "webhook-timestamp") })
	wrong("no signature", func(d *delivery) { delete(d.Headers, "webhook-signature") })
	wrong("a signature cut short", func(d *delivery) { d.Headers["webhook-signature"] = d.Headers["webhook-signature"][:20] })
	return all
}

func sent(t *testing.T, header map[string][]string, body []byte) delivery {
	t.Helper()
	headers := map[string]string{}
	for name, values := range header {
		headers[strings.ToLower(name)] = values[0]
	}
	now, err := strconv.ParseInt(headers["webhook-timestamp"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return delivery{Headers: headers, Body: string(body), Secret: signing, Now: now, right: true}
}

// The drivers read deliveries by name and write which of them are right.
const (
	goDriver = `package main

import (
	"encoding/json"
	"os"
)

func main() {
	var all map[string]struct {
		Headers      map[string]string
		Body, Secret string
		Now          int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	right := map[string]bool{}
	for name, d := range all {
		right[name] = verify(d.Headers, []byte(d.Body), d.Secret, d.Now) == nil
	}
	_ = json.NewEncoder(os.Stdout).Encode(right)
}
`
	pythonDriver = `
import json, sys
right = {}
for name, d in json.load(sys.stdin).items():
    try:
        verify(d["headers"], d["body"].encode(), d["secret"], d["now"])
        right[name] = True
    except ValueError:
        right[name] = False
json.dump(right, sys.stdout)
`
	javascriptDriver = `
const right = {};
for (const [name, d] of Object.entries(JSON.parse(require("node:fs").readFileSync(0, "utf8")))) {
  try { verify(d.headers, Buffer.from(d.body), d.secret, d.now); right[name] = true; } catch { right[name] = false; }
}
console.log(JSON.stringify(right));
`
)

// TestTheDocumentedChecksTellTheAgentsMessagesFromOthers runs each of them, where its language is at hand.
func TestTheDocumentedChecksTellTheAgentsMessagesFromOthers(t *testing.T) {
	t.Parallel()
	all := deliveries(t)
	asked, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		command []string
		files   map[string]string
	}{
		"go":         {[]string{"go", "run", "."}, map[string]string{"go.mod": "module check\n\ngo 1.26\n", "verify.go": block(t, "go"), "main.go": goDriver}},
		"python":     {[]string{"python3", "check.py"}, map[string]string{"check.py": block(t, "python") + pythonDriver}},
		"javascript": {[]string{"node", "check.js"}, map[string]string{"check.js": block(t, "javascript") + javascriptDriver}},
	}
	for language, test := range tests {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(test.command[0]); err != nil {
				t.Skipf("%s is not on this machine", test.command[0])
			}
			folder := t.TempDir()
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			command := exec.CommandContext(t.Context(), test.command[0], test.command[1:]...)
			command.Dir, command.Stdin = folder, bytes.NewReader(asked)
			command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
			var complaint bytes.Buffer
			command.Stderr = &complaint
			answer, err := command.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, &complaint)
			}
			var right map[string]bool
			if err := json.Unmarshal(answer, &right); err != nil {
				t.Fatal(err)
			}
			for name, d := range all {
				if right[name] != d.right {
					t.Errorf("%s: %v", name, right[name])
				}
			}
		})
	}
}

// TestTheDocumentedEventIsWhatIsSent to the letter.
func TestTheDocumentedEventIsWhatIsSent(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverWebhook)
	if err := to.Send(t.Context(), locked()); err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, fake.Delivered()[0].Body, "", "  "); err != nil {
		t.Fatal(err)
	}
	if got := pretty.String() + "\n"; got != block(t, "json") {
		t.Errorf("it is\n%s", got)
	}
}
