package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// controlTimeout bounds one call; the control port answers at once.
const controlTimeout = 30 * time.Second

// client speaks to the control port of a running simulator.
type client struct{ address string }

// controlFlag defines the flag every steering command has.
func controlFlag(flags *flag.FlagSet) *client {
	c := &client{}
	flags.StringVar(&c.address, "control", defaultControl, "`ADDRESS` of the simulator's control port")
	return c
}

// call sends one request, with body as JSON unless it is nil, and decodes the answer into answer unless it is nil.
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	base := "http://" + strings.TrimSuffix(strings.TrimPrefix(c.address, "http://"), "/")
	request, err := http.NewRequestWithContext(ctx, method, base+path, &payload) //nolint:gosec // G704: the address is the caller's own choice.
	if err != nil {
		return usagef("control address %q is not HOST:PORT", c.address)
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the port is on this machine
	response, err := direct.Do(request)                                         //nolint:gosec // G704: as above.
	if err != nil {
		return fmt.Errorf("no simulator answers on %s: start one with \"%s serve\" or name its port with --control: %w",
			base, program, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the simulator's answer: %w", err)
	}
	return nil
}

// refusal is the sentence with which the control port refused a call.
func refusal(response *http.Response) error {
	var body struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Error == "" {
		return fmt.Errorf("the control port answered %s: is this a simulator", response.Status)
	}
	return errors.New(body.Error)
}
