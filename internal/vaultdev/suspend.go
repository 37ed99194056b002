package vaultdev

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Suspend stops Vault and its plugins in the middle of whatever they do, as a machine that freezes, until Resume.
func (s *Server) Suspend(ctx context.Context) error {
	s.setSuspended(true)
	return s.signal(ctx, syscall.SIGSTOP)
}

// Resume lets them go on as if nothing had been.
func (s *Server) Resume(ctx context.Context) error {
	if err := s.signal(ctx, syscall.SIGCONT); err != nil {
		return err
	}
	s.setSuspended(false)
	return nil
}

// signal reaches Vault and its plugins, and not their guard, which must be able to end them whatever happens.
func (s *Server) signal(ctx context.Context, signal syscall.Signal) error {
	plugins, err := s.PluginPIDs(ctx)
	if err != nil {
		return err
	}
	for _, pid := range append([]int{s.PID()}, plugins...) {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("send %s to process %d: %w", signal, pid, err)
		}
	}
	return nil
}

func (s *Server) setSuspended(suspended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspended = suspended
}

// unfit says whether there is no use in asking this Vault: it is stopped, or has ended.
func (s *Server) unfit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.suspended || s.process == nil || !s.process.running()
}
