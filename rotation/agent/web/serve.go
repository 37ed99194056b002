package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/exporter-toolkit/web"
)

const (
	headerLimit   = 10 * time.Second
	requestLimit  = 30 * time.Second
	answerLimit   = 2 * time.Minute // ten thousand integrations to a slow reader
	idleLimit     = 2 * time.Minute // Prometheus asks every minute or so, over the same connection
	maxHeaderSize = 16 << 10

	// farewell is how long answers that are being given may take to their end when the agent stops.
	farewell = 5 * time.Second
)

// Listen takes an address (host:port), of which a server with this web config file could be served: what is wrong with
// either shows before anything else is begun.
func Listen(ctx context.Context, address, webConfigFile string) (net.Listener, error) {
	if err := web.Validate(webConfigFile); err != nil {
		return nil, fmt.Errorf("read the web config file: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w; set listen to a free address of this machine, or to none for no HTTP at all", err)
	}
	return listener, nil
}

// Serve answers until ctx ends, and lets what is being answered then come to its end. The web config file is the one of
// every Prometheus exporter: TLS and users; none is plain HTTP.
func Serve(ctx context.Context, listener net.Listener, webConfigFile string, handler http.Handler, log hclog.Logger) error {
	defer listener.Close() //nolint:errcheck // a server that served has closed it
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: maxHeaderSize,
		ReadHeaderTimeout: headerLimit, ReadTimeout: requestLimit, WriteTimeout: answerLimit, IdleTimeout: idleLimit,
		// A stranger who knocks without TLS is no news.
		ErrorLog: log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	ended := make(chan error, 1)
	go func() {
		ended <- web.Serve(listener, server, &web.FlagConfig{WebConfigFile: &webConfigFile}, slogger(log))
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := server.Shutdown(parting); err != nil {
		_ = server.Close() // whoever is still reading had their time
	}
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	}
	return nil
}
