package oraclesim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// control is the control port. Its routes are listed, and documented for GET /, in routes.
type control struct {
	server *Server
	pod    *Pod
}

// route is one method and path of the control port. What handle returns is answered as JSON.
type route struct {
	pattern string
	body    string // fields of the request's body, for people
	handle  func(*http.Request) (any, error)
}

func (c *control) routes() []route {
	list := []route{
		{"GET /pod", "", c.showPod},
		{"POST /down", "", c.portCall(c.pod.SetDown, c.server.URL, true)},
		{"POST /up", "", c.portCall(c.pod.SetDown, c.server.URL, false)},
		{"GET /clock", "", c.showClock},
		{"POST /clock", "advance", c.advanceClock},
		{"GET /switches", "", c.showSwitches},
		{"PATCH /switches", "any of the fields that GET shows", c.patchSwitches},
		{"GET /requests", "", c.listRequests},
		{"DELETE /logs", "", c.resetLogs},
		{"POST /report", "", c.runReport},
		{"GET /resources", "", c.listResources},
		{"POST /resources", "name module [attributes needs_finder]", c.addResource},
		{"DELETE /resources/{name}", "", c.removeResource},
		{"DELETE /modules/{module}", "", c.removeModule},
		{"GET /faults", "", c.listFaults},
		{"POST /faults", "kind [domain method path user skip count after_login status body retry_after location delay mib]", c.addFault},
		{"DELETE /faults", "", c.clearFaults},
		{"POST /faults/late", "", c.releaseLate},
	}
	return slices.Concat(list, c.userRoutes(), c.domainRoutes())
}

func newControl(s *Server) http.Handler {
	c := &control{server: s, pod: s.pod}
	mux := http.NewServeMux()
	var listing strings.Builder
	for _, r := range c.routes() {
		fmt.Fprintf(&listing, "%-30s %s\n", r.pattern, r.body)
		mux.HandleFunc(r.pattern, answerControl(r.handle))
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeBody(w, http.StatusOK, typePlain, listing.String())
	})
	mux.HandleFunc("/", answerControl(func(r *http.Request) (any, error) {
		return nil, refusal{http.StatusNotFound, fmt.Errorf("there is no %s %s here: GET / lists what there is", r.Method, r.URL.Path)}
	}))
	return mux
}

// refusal is an error with a status of its own.
type refusal struct {
	status int
	cause  error
}

func (r refusal) Error() string { return r.cause.Error() }
func (r refusal) Unwrap() error { return r.cause }

// answerControl turns a handler's value or error into JSON. An error without a status is the caller's mistake.
func answerControl(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)
		value, err := handle(r)
		var refused refusal
		switch {
		case err == nil:
			writeJSON(w, http.StatusOK, typeJSON, value)
			return
		case errors.As(err, &refused):
		case errors.Is(err, ErrUnknownUser), errors.Is(err, errUnknownClient):
			refused = refusal{http.StatusNotFound, err}
		default:
			refused = refusal{http.StatusBadRequest, err}
		}
		writeJSON(w, refused.status, typeJSON, map[string]string{"error": refused.Error()})
	}
}

// decode reads a strict JSON object into v; no body at all is an empty object. Its errors never repeat a value,
// since that may be a password.
func decode(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return errors.New("the body cannot be read or is larger than 1 MiB")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(v)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		return errors.New("the body has more than one JSON value")
	}
	return explain(err)
}

func explain(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return errors.New("the body is not a JSON object")
	case errors.As(err, &wrongType):
		return fmt.Errorf("field %q has the wrong type", strings.TrimPrefix(wrongType.Field, "Switches."))
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body is not valid JSON")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: ")) // an unknown field, or a duration of our own
}

func (c *control) showPod(*http.Request) (any, error) {
	answer := map[string]any{
		"url": c.server.URL(), "ca_cert": string(c.server.CACertPEM()), "down": c.server.pods.isDown(), "now": c.pod.Now(),
	}
	if c.server.domain != nil {
		answer["domain_url"], answer["domain_down"] = c.server.DomainURL(), c.server.domain.isDown()
	}
	return answer, nil
}

// portCall makes a handler that opens or closes a port.
func (c *control) portCall(set func(down bool) error, url func() string, down bool) func(*http.Request) (any, error) {
	return func(*http.Request) (any, error) {
		if err := set(down); err != nil {
			return nil, refusal{http.StatusInternalServerError, err}
		}
		return map[string]any{"url": url(), "down": down}, nil
	}
}

func (c *control) showClock(*http.Request) (any, error) {
	return map[string]time.Time{"now": c.pod.Now()}, nil
}

func (c *control) advanceClock(r *http.Request) (any, error) {
	var body struct {
		Advance span `json:"advance"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if body.Advance == 0 {
		return nil, errors.New(`advance is needed, such as "80d"`)
	}
	c.pod.AdvanceClock(time.Duration(body.Advance))
	return c.showClock(r)
}

func (c *control) listRequests(*http.Request) (any, error) {
	return map[string]any{"requests": neverNull(c.pod.Requests())}, nil
}

func (c *control) resetLogs(*http.Request) (any, error) {
	c.pod.ResetLogs()
	return map[string]any{}, nil
}

func (c *control) runReport(*http.Request) (any, error) {
	return map[string]any{"replaced": neverNull(c.pod.RunExpiryReport())}, nil
}

// neverNull makes an empty list of no list, for readers of JSON.
func neverNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
