package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

// The secrets of the scripts' receivers.
const (
	signingSecret = "a signing secret of the scripts"
	routingKey    = "0123456789abcdef0123456789abcdef"
)

// receiversKey finds a script's receivers.
type receiversKey struct{}

// listenAsReceivers gives a script one receiver of each type, at $RECEIVERS and its type.
func listenAsReceivers(env *testscript.Env) {
	fakes := map[string]*receiverfake.Fake{}
	mux := http.NewServeMux()
	for _, kind := range []string{"webhook", "slack", "teams", "pagerduty", "alertmanager"} {
		fakes[kind] = &receiverfake.Fake{Type: kind, Secrets: []string{signingSecret}, RoutingKey: routingKey}
		mux.Handle("/"+kind, fakes[kind])
		mux.Handle("/"+kind+"/", fakes[kind])
	}
	server := httptest.NewServer(mux)
	env.Defer(server.Close)
	env.Values[receiversKey{}] = fakes
	env.Setenv("RECEIVERS", server.URL)
	env.Setenv("SIGNING_SECRET", signingSecret)
	env.Setenv("ROUTING_KEY", routingKey)
}

func receiverOf(ts *testscript.TestScript, kind string) *receiverfake.Fake {
	fake, known := ts.Value(receiversKey{}).(map[string]*receiverfake.Fake)[kind]
	if !known {
		ts.Fatalf("there is no receiver of the type %s", kind)
	}
	return fake
}

// filled writes the script's variables into files: filled agent.yaml.
func filled(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// fails lets the next request to a receiver be answered with a status: fails slack 503.
func fails(ts *testscript.TestScript, _ bool, args []string) {
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	receiverOf(ts, args[0]).Fail(receiverfake.Status(code))
}

// taken waits until a receiver has taken a message with a title: taken slack 'gl-prod: locked'. With ! it wants that none
// has been taken by now.
func taken(ts *testscript.TestScript, neg bool, args []string) {
	fake := receiverOf(ts, args[0])
	has := func() bool {
		for _, delivery := range fake.Delivered() {
			if strings.Contains(delivery.Title, args[1]) {
				return true
			}
		}
		return false
	}
	for end := time.Now().Add(patience); !neg && !has() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // another process works meanwhile
	}
	if has() == neg {
		ts.Fatalf("%s has taken %d messages; problems: %v", args[0], len(fake.Delivered()), fake.Problems())
	}
}
