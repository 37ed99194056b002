package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// measureCeiling measures the emptiest round trip there is between two processes: gRPC over a Unix socket with TLS, as
// Vault speaks to its plugins.
func (b *bench) measureCeiling(ctx context.Context) error {
	client, stop, err := startGRPC(ctx, b.binaries)
	if err != nil {
		return err
	}
	defer stop()
	for _, clients := range []int{1, 16} {
		var perSecond, p50 []float64
		for range b.count(9) {
			s, err := trips(ctx, client, clients, b.length(300*time.Millisecond))
			if err != nil {
				return err
			}
			perSecond, p50 = append(perSecond, s.perSecond), append(p50, float64(s.p50())/float64(time.Microsecond))
		}
		b.found.add(
			judged("an empty gRPC round trip, "+clientsInWords(clients)+": per second", "–", none(), figureOf(perSecond), ""),
			judged("an empty gRPC round trip, "+clientsInWords(clients)+": p50", "–", none(), figureOf(p50), " µs"),
		)
	}
	b.found.say("The gRPC round trip is between two ends in one process, so the machine switches between fewer of them than with a plugin:",
		"it is a floor and not a goal.")
	return nil
}

// startGRPC serves gRPC's own health check on a Unix socket, and connects to it.
func startGRPC(ctx context.Context, dir string) (grpc_health_v1.HealthClient, func(), error) {
	certificate, roots, err := podCertificate()
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return nil, nil, errors.New("read the certificate that was just made")
	}
	path := filepath.Join(dir, "grpc.sock")
	_ = os.Remove(path) // of an earlier part, if any
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, nil, fmt.Errorf("open a socket: %w", err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}})))
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener) //nolint:errcheck // it ends when it is stopped
	connection, err := grpc.NewClient("unix://"+path,
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: "127.0.0.1"})))
	if err != nil {
		server.Stop()
		return nil, nil, fmt.Errorf("connect to the socket: %w", err)
	}
	return grpc_health_v1.NewHealthClient(connection), func() {
		_ = connection.Close()
		server.Stop()
	}, nil
}

// trips makes round trips with so many clients at once.
func trips(ctx context.Context, client grpc_health_v1.HealthClient, clients int, length time.Duration) (span, error) {
	var mu sync.Mutex
	var all []time.Duration
	var fault error
	var work sync.WaitGroup
	began := time.Now()
	for range clients {
		work.Go(func() {
			var own []time.Duration
			var err error
			for time.Since(began) < length && err == nil {
				asked := time.Now()
				_, err = client.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
				own = append(own, time.Since(asked))
			}
			mu.Lock()
			defer mu.Unlock()
			all, fault = append(all, own...), errors.Join(fault, err)
		})
	}
	work.Wait()
	return span{float64(len(all)) / time.Since(began).Seconds(), all}, fault
}
