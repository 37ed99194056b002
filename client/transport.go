package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// drainLimit is how much of a refusal's body is read so that its connection can be used again.
const drainLimit = 64 << 10

// errSurpassed is why a request was not sent with a credential: it was refused, or replaced, meanwhile.
var errSurpassed = errors.New("the credential is no longer the current one")

// RoundTrip implements http.RoundTripper: it sends a request with the credential's user name and password in place of
// whatever Authorization it has. A 401 is answered by one repetition with another credential, or else returned as it
// is: where no other is served within RotationWait, where that is for another server, and where the body cannot be
// sent again (a request without GetBody). A request to another server than the credential's is an error, and nothing
// is sent.
func (c *Client) RoundTrip(request *http.Request) (*http.Response, error) {
	response, used, err := c.firstTry(request)
	if err != nil {
		closeBody(request)
		return nil, err
	}
	if response.StatusCode != http.StatusUnauthorized || !repeatable(request) {
		return response, nil
	}
	fresh, credential, found := c.successor(request, used)
	if !found {
		return response, nil
	}
	drain(response.Body)
	again := request.Clone(request.Context())
	if request.GetBody != nil {
		if again.Body, err = request.GetBody(); err != nil {
			c.ended(fresh, 0)
			return nil, fmt.Errorf("send the body again: %w", err)
		}
	}
	return c.send(again, fresh, credential)
}

// successor waits for another credential than the one that was refused, and for a turn with it. It finds none also when
// that one is refused while this request waits: there is no third try.
func (c *Client) successor(request *http.Request, used *holding) (*holding, Credential, bool) {
	fresh, err := c.current(request.Context())
	if err != nil || fresh == used {
		return nil, Credential{}, false
	}
	credential, err := c.turn(request.Context(), request.URL, fresh)
	return fresh, credential, err == nil
}

// firstTry sends a request with the credential that is current when its turn comes.
func (c *Client) firstTry(request *http.Request) (*http.Response, *holding, error) {
	for {
		held, err := c.current(request.Context())
		if err != nil {
			return nil, nil, err
		}
		credential, err := c.turn(request.Context(), request.URL, held)
		if errors.Is(err, errSurpassed) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		response, err := c.send(request, held, credential)
		return response, held, err
	}
}

// send sends a request whose turn it is, once, and notes what Oracle thinks of the credential.
func (c *Client) send(request *http.Request, held *holding, credential Credential) (*http.Response, error) {
	limit, cancel := context.WithTimeoutCause(request.Context(), credential.Timeout,
		fmt.Errorf("no answer within the credential's timeout of %s: %w", credential.Timeout, context.DeadlineExceeded))
	sent := request.Clone(limit)
	sent.SetBasicAuth(credential.Username, credential.Password.Reveal())
	response, err := c.options.Base.RoundTrip(sent)
	if err != nil {
		c.ended(held, 0)
		if limit.Err() != nil {
			err = context.Cause(limit)
		}
		cancel()
		return nil, err
	}
	c.ended(held, response.StatusCode)
	response.Body = &bounded{ReadCloser: response.Body, cancel: cancel}
	return response, nil
}

// turn waits until one more request may go with this credential.
func (c *Client) turn(ctx context.Context, address *url.URL, held *holding) (Credential, error) {
	for {
		credential, wait, err := c.mayGo(address, held)
		if err != nil || wait == nil {
			return credential, err
		}
		if err := wait(ctx); err != nil {
			return Credential{}, fmt.Errorf("wait for a turn: %w", err)
		}
	}
}

func (c *Client) mayGo(address *url.URL, held *holding) (Credential, waiting, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := c.options.MaxInFlight
	if !held.accepted {
		most = 1
	}
	switch {
	case held != c.held || !held.refusedAt.IsZero():
		return Credential{}, nil, errSurpassed
	case !held.serves(address):
		return Credential{}, nil, fmt.Errorf("%s://%s is not %s, the server of the credential at %s: nothing was sent",
			address.Scheme, address.Host, held.ServerURL, c.options.Path)
	case held.inFlight >= most:
		return Credential{}, c.wait(0), nil
	}
	held.inFlight++
	return held.Credential, nil, nil
}

// ended notes what an answer says about the credential; 0 is none.
func (c *Client) ended(held *holding, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held.inFlight--
	switch {
	case status == http.StatusUnauthorized:
		if held.refusedAt.IsZero() {
			held.refusedAt = time.Now()
			if held == c.held {
				c.next = time.Time{} // its successor may be there already
			}
			c.refused = append(c.refused, held.Credential)
			c.refused = c.refused[max(0, len(c.refused)-remembered):]
		}
	case status >= 200 && status < 300:
		held.accepted = true
	}
	c.announce()
}

// repeatable says whether a request can be sent a second time. Any method may be: Oracle refused it before it looked at it.
func repeatable(request *http.Request) bool {
	return request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
}

func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, drainLimit)
	_ = body.Close()
}

// bounded is a body that keeps its request's timeout until it is closed.
type bounded struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b *bounded) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
