package receiver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// unreached says why no answer came. Only errors of which it is known what they hold are repeated: others quote the
// address, or what came from the other side.
func unreached(err error) error {
	var (
		network     net.Error
		lookup      *net.DNSError
		operation   *net.OpError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("the message was called off before an answer came: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("it did not answer in time; the agent tries again by itself: %w", context.DeadlineExceeded)
	case errors.As(err, &certificate), errors.As(err, &authority):
		return errors.New("its certificate is not trusted: add its authority to those of this machine, or name a file of authorities in SSL_CERT_FILE")
	case errors.As(err, &operation) && operation.Op == "proxyconnect":
		return errors.New("the proxy of this machine's environment (HTTPS_PROXY) cannot be reached: look whether it runs, or name the receiver's host in NO_PROXY")
	case errors.As(err, &lookup):
		return errors.New("its host name cannot be resolved: look whether the address is right, and whether this machine has a name server")
	case errors.As(err, &operation) && operation.Op == "dial":
		return errors.New("it cannot be reached from here: look whether its address is right, and whether a firewall stands between")
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return errors.New("it speaks http, and its address says https: correct the address")
	}
	return errors.New("the connection broke before an answer came; the agent tries again by itself, and may tell this twice")
}
