package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// token is what the engine's client carries.
const token = "hvs.canary"

// session is a login that is always there, or never.
type session struct {
	client   *api.Client
	failure  error
	rejected int
}

func (s *session) Client() (*api.Client, error) { return s.client, s.failure }
func (s *session) Rejected()                    { s.rejected++ }

// request is what a server was asked.
type request struct {
	method, path, query, token string
	body                       map[string]any
}

// serve is an engine over a server with TLS, and what that was asked.
func serve(t *testing.T, answer http.HandlerFunc) (*engine.Engine, *session, *[]request) {
	t.Helper()
	asked := &[]request{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came := request{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, token: r.Header.Get("X-Vault-Token")}
		if raw, err := io.ReadAll(r.Body); err == nil && len(raw) > 0 {
			if err := json.Unmarshal(raw, &came.body); err != nil {
				t.Errorf("the body is no JSON: %s", raw)
			}
		}
		*asked = append(*asked, came)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	vault := &session{client: client(t, server)}
	return engine.New(vault), vault, asked
}

// client is a client of the session's, with a token, so that its bounds are the real ones.
func client(t *testing.T, server *httptest.Server) *api.Client {
	t.Helper()
	dir := t.TempDir()
	authority, sink := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "token")
	for path, content := range map[string][]byte{
		authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), sink: []byte(token),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	handler := server.Config.Handler
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":{"ttl":3600}}`) })
	defer func() { server.Config.Handler = handler }()
	login, err := login.New(config.Vault{Address: server.URL, CACert: authority, Auth: config.Auth{Method: config.MethodTokenFile, TokenFile: sink}}, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	if err := login.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	client, err := login.Client()
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

const statusAnswer = `{"data":{"state":"ok","severity":"ok","event_seq":9007199254740993,"days_until_expiry":31},"warnings":["held: no login"]}`

func TestEachQuestionIsAskedAsTheEngineTakesIt(t *testing.T) {
	report := says(200, `{"data":{"revision":"A-1","full":true,"integrations":[{"name":"gl-prod","state":"ok","event_seq":9007199254740993}],"counts":{"ok":1}}}`)
	progress := says(200, `{"data":{"due":7,"remaining":2,"results":[{"name":"gl-prod","action":"check"}]}}`)
	cases := map[string]struct {
		answer http.HandlerFunc
		ask    func(*engine.Engine) error
		want   request
	}{
		"the first page of a report": {report, func(e *engine.Engine) error {
			said, err := e.Report(t.Context(), "oracle-financials", "", "")
			if err == nil && (said.Revision != "A-1" || !said.Full || said.Statuses[0].Seq != 9007199254740993 || said.Statuses[0].Mount != "oracle-financials") {
				err = fmt.Errorf("it is %+v", said)
			}
			return err
		}, request{method: "GET", path: "/v1/oracle-financials/report", query: "limit=500"}},
		"what changed, the page after a name": {report, func(e *engine.Engine) error {
			_, err := e.Report(t.Context(), "team-a/oracle-financials", "A-1", "gl-prod")
			return err
		}, request{method: "GET", path: "/v1/team-a/oracle-financials/report", query: "after=gl-prod&limit=500&since=A-1"}},
		"a sweep": {progress, func(e *engine.Engine) error {
			said, err := e.Sweep(t.Context(), "oracle-financials", engine.SweepRequest{})
			if err == nil && (said.Due != 7 || said.Remaining != 2 || said.Mount != "oracle-financials" || said.Results[0].Action != "check") {
				err = fmt.Errorf("it is %+v", said)
			}
			return err
		}, request{method: "PUT", path: "/v1/oracle-financials/sweep", body: map[string]any{"wait": 0.0, "dry_run": false, "limit": 0.0}}},
		"a plan of three": {progress, func(e *engine.Engine) error {
			_, err := e.Sweep(t.Context(), "m", engine.SweepRequest{Wait: time.Minute, DryRun: true, Limit: 3})
			return err
		}, request{method: "PUT", path: "/v1/m/sweep", body: map[string]any{"wait": 10.0, "dry_run": true, "limit": 3.0}}},
		"a sweep of nonsense": {progress, func(e *engine.Engine) error {
			_, err := e.Sweep(t.Context(), "m", engine.SweepRequest{Wait: -time.Second, Limit: -1})
			return err
		}, request{method: "PUT", path: "/v1/m/sweep", body: map[string]any{"wait": 0.0, "dry_run": false, "limit": 0.0}}},
		"a status": {says(200, statusAnswer), func(e *engine.Engine) error {
			said, err := e.Status(t.Context(), "m", "gl-prod")
			if err == nil && (said.Name != "gl-prod" || said.Mount != "m" || said.Seq != 9007199254740993 || *said.ExpiryDays != 31) {
				err = fmt.Errorf("it is %+v", said)
			}
			return err
		}, request{method: "GET", path: "/v1/m/status/gl-prod"}},
		"a check": {says(200, statusAnswer), func(e *engine.Engine) error {
			said, warnings, err := e.Check(t.Context(), "m", "gl.prod-1_x")
			if err == nil && (said.Name != "gl.prod-1_x" || said.Seq != 9007199254740993 || !slices.Equal(warnings, []string{"held: no login"})) {
				err = fmt.Errorf("it is %+v and %v", said, warnings)
			}
			return err
		}, request{method: "PUT", path: "/v1/m/check/gl.prod-1_x", body: map[string]any{}}},
		"a rotation": {says(200, statusAnswer), func(e *engine.Engine) error {
			said, warnings, err := e.Rotate(t.Context(), "m", "gl-prod")
			if err == nil && (said.State != "ok" || len(warnings) != 1) {
				err = fmt.Errorf("it is %+v and %v", said, warnings)
			}
			return err
		}, request{method: "PUT", path: "/v1/m/rotate/gl-prod", body: map[string]any{}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			asking, vault, asked := serve(t, c.answer)
			if err := c.ask(asking); err != nil {
				t.Fatal(err)
			}
			c.want.token = token
			if diff := cmp.Diff([]request{c.want}, *asked, cmp.AllowUnexported(request{})); diff != "" {
				t.Errorf("it was asked (-want +got):\n%s", diff)
			}
			if vault.rejected != 0 {
				t.Error("the session was told of a 403")
			}
		})
	}
}

func TestANameThatIsNoneIsNotSent(t *testing.T) {
	asking, _, asked := serve(t, says(200, statusAnswer))
	for _, name := range []string{"", ".", "..", "../creds/gl-prod", "a/b", "a%2fb", "-x", "a b", "x?list=true", "x\n"} {
		_, statusErr := asking.Status(t.Context(), "m", name)
		_, _, checkErr := asking.Check(t.Context(), "m", name)
		_, _, rotateErr := asking.Rotate(t.Context(), "m", name)
		for _, err := range []error{statusErr, checkErr, rotateErr} {
			var fault *engine.Fault
			if !errors.As(err, &fault) || fault.Kind != engine.Refused || !strings.Contains(fault.Text, "vault list m/status") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	if len(*asked) != 0 {
		t.Errorf("it was asked %v", *asked)
	}
}

func TestAnEngineThatNeverAnswersIsLeftBehindAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		client, err := api.NewClient(&api.Config{Address: "http://vault.test", HttpClient: &http.Client{Transport: silent}, Timeout: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		asking := engine.New(&session{client: client})
		for _, ask := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := asking.Report(ctx, "m", "", ""); return err },
			func(ctx context.Context) error { _, _, err := asking.Rotate(ctx, "m", "x"); return err },
		} {
			began := time.Now()
			var fault *engine.Fault
			if err := ask(t.Context()); !errors.As(err, &fault) || fault.Kind != engine.Unreachable || !strings.Contains(fault.Text, "did not answer in time") {
				t.Errorf("it says %v", err)
			}
			if took := time.Since(began); took < 50*time.Second || took > time.Minute {
				t.Errorf("it took %v", took)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := ask(ctx); !errors.As(err, &fault) || fault.Kind != engine.Unreachable || !errors.Is(err, context.Canceled) {
				t.Errorf("called off: %v", err)
			}
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestALargeAnswerIsReadToItsEnd(t *testing.T) {
	// A write's raw answer would end with its context; a large one shows it.
	results := strings.Repeat(`{"name":"gl-prod","action":"skip","reason":"not due"},`, 50_000)
	asking, _, _ := serve(t, says(200, `{"data":{"due":0,"results":[`+strings.TrimSuffix(results, ",")+`]}}`))
	progress, err := asking.Sweep(t.Context(), "m", engine.SweepRequest{DryRun: true})
	if err != nil || len(progress.Results) != 50_000 {
		t.Errorf("%d results, %v", len(progress.Results), err)
	}
}

func TestAnAnswerWithoutEndIsCutOff(t *testing.T) {
	for _, status := range []int{200, 500} {
		asking, _, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			for chunk := bytes.Repeat([]byte(" "), 1<<20); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
		var fault *engine.Fault
		if _, err := asking.Report(t.Context(), "m", "", ""); !errors.As(err, &fault) || fault.Kind != engine.Broken || !strings.Contains(fault.Text, "larger than 32 MiB") {
			t.Errorf("%d: %v", status, err)
		}
	}
}
