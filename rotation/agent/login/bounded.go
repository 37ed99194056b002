package login

import (
	"errors"
	"io"
	"net/http"
)

// maxAnswer bounds an answer of Vault, in bytes. The largest that is asked for, a page of 500 statuses, is about 1 MB; the
// bound is what an agent of 128 MB survives, whatever listens at the address.
const maxAnswer = 32 << 20

// ErrTooLarge is an answer of more bytes than any answer of Vault has.
var ErrTooLarge = errors.New("the answer is larger than 32 MiB: is this address Vault's?")

// bounded lets no answer grow past the limit. The bound sits below the API's client, because that reads the body of an
// error by itself, to its end.
type bounded struct {
	next  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = &boundedBody{ReadCloser: response.Body, left: b.limit}
	return response, nil
}

// CloseIdleConnections lets http.Client reach the transport below.
func (b bounded) CloseIdleConnections() {
	if idle, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
