package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

// A part that ends takes the others with it; what ends because it was told to is no error.
func TestTogether(t *testing.T) {
	t.Parallel()
	broken := errors.New("the address is taken")
	lasting := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, test := range map[string]struct {
		parts   []func(context.Context) error
		endedBy time.Duration // by a signal; 0: never
		want    error
		lasts   time.Duration
	}{
		"a signal ends all": {[]func(context.Context) error{lasting, lasting}, time.Minute, nil, time.Minute},
		"one fails at once": {[]func(context.Context) error{lasting, func(context.Context) error { return broken }}, 0, broken, 0},
		"one ends in peace": {[]func(context.Context) error{func(context.Context) error { return nil }, lasting}, 0, nil, 0},
		"one takes its time to end": {
			[]func(context.Context) error{lasting, func(ctx context.Context) error { <-ctx.Done(); time.Sleep(time.Second); return broken }},
			time.Minute, nil, time.Minute + time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				if test.endedBy > 0 {
					time.AfterFunc(test.endedBy, end)
				}
				begun, told := time.Now(), 0
				err := together(ctx, end, test.parts, func() { told++ })
				if !errors.Is(err, test.want) || test.want == nil && err != nil {
					t.Errorf("error %v, want %v", err, test.want)
				}
				if told != 1 || time.Since(begun) != test.lasts {
					t.Errorf("told %d times that it ends, after %s, want %s", told, time.Since(begun), test.lasts)
				}
			})
		})
	}
}

// A bad configuration is no reason to end, and systemd is told that the reload is over either way.
func TestReloadsGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		signals, reloads := make(chan os.Signal, 1), 0
		go systemd{log: hclog.NewNullLogger()}.reloads(ctx, signals, func() error { reloads++; return errors.New("bad") })
		for range 3 {
			signals <- syscall.SIGHUP
			synctest.Wait()
		}
		end()
		synctest.Wait()
		if reloads != 3 {
			t.Errorf("reloaded %d times", reloads)
		}
	})
}

// The watchdog starves where the loop does not tick: that is what it is for.
func TestWatchdogIsFedWhileHealthy(t *testing.T) {
	folder := t.TempDir()
	socket, err := listenUnixgram(folder + "/n")
	if err != nil {
		t.Skip("the path of a socket is too long here:", err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", folder+"/n")
	t.Setenv("WATCHDOG_USEC", "30000")
	ctx, end := context.WithCancel(t.Context())
	defer end()
	asked := make(chan bool)
	go systemd{log: hclog.NewNullLogger()}.watch(ctx, func() bool { return <-asked })
	buffer := make([]byte, 64)
	asked <- false
	asked <- false // whatever the first one was told is on the way by now
	asked <- true
	asked <- false
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	n, err := socket.Read(buffer)
	if err != nil || string(buffer[:n]) != "WATCHDOG=1" {
		t.Fatalf("%q, %v", buffer[:n], err)
	}
	if err := socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := socket.Read(buffer); err == nil {
		t.Errorf("fed again: %s", strings.TrimSpace(string(buffer[:n])))
	}
}
