package login

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"time"
)

// ending is why a token is given up.
type ending string

const (
	endStopped  ending = "the agent stops"
	endRenewal  ending = "it cannot be renewed any longer"
	endTime     ending = "its time is over"
	endGone     ending = "Vault does not know it any more"
	endDoubt    ending = "Vault denies what it asks, and a look at it"
	endReplaced ending = "its file holds another"
)

// Run keeps a token until the context ends: it logs in, renews, and logs in again. It starts with the token of Login, where
// there is one. A token that still lives is used on until there is another. What changes is logged once.
func (s *Session) Run(ctx context.Context) {
	defer s.hangUp()
	failures, said := 0, ""
	here := s.held() != nil
	for ctx.Err() == nil {
		shown := s.shown()
		if !here {
			if err := s.Login(ctx); err != nil {
				failures++
				said = s.complain(ctx, err, said)
				s.pause(ctx, wait(reasonOf(err), failures, draw()), shown)
				continue
			}
		}
		here, said = false, ""
		s.announce()
		began := time.Now()
		why := s.hold(ctx)
		if why == endStopped {
			return
		}
		s.log.Info("the Vault token ends", "reason", string(why))
		if why == endGone {
			s.drop()
		}
		if time.Since(began) >= settled {
			failures = 0
			continue
		}
		failures++
		s.pause(ctx, wait(Unreachable, failures, draw()), shown)
	}
}

// draw is the random part of a wait.
func draw() float64 {
	return rand.Float64() //nolint:gosec // G404: it spreads logins and keeps no secret
}

func reasonOf(err error) Reason {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure.Reason
	}
	return Unreachable
}

// complain logs why a login failed, unless that was said before, and gives what was said last.
func (s *Session) complain(ctx context.Context, err error, said string) string {
	text := err.Error()
	if ctx.Err() == nil && text != said {
		s.log.Warn("there is no login to Vault", "error", text)
	}
	return text
}

// announce logs that there is a token, and until when.
func (s *Session) announce() {
	held := s.held()
	facts := []any{"method", string(s.method.name), "renewed", held.renewable && !s.method.kept}
	if held.ends {
		facts = append(facts, "expires", held.end.UTC().Format(time.RFC3339))
	}
	s.log.Info("logged in to Vault", facts...)
}

// pause waits before the next login, and no longer once a file that was shown to Vault has changed.
func (s *Session) pause(ctx context.Context, long time.Duration, shown [sha256.Size]byte) {
	over := time.NewTimer(long)
	defer over.Stop()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-poll.C:
			if s.shown() != shown {
				return
			}
		}
	}
}

// shown is a fingerprint of the files that are shown to Vault. One that cannot be read counts as empty.
func (s *Session) shown() [sha256.Size]byte {
	all := sha256.New()
	for _, path := range s.method.files {
		read, _ := readFile(path) // the login that reads it says why not
		sum := sha256.Sum256([]byte(read.Reveal()))
		all.Write(sum[:])
	}
	return [sha256.Size]byte(all.Sum(nil))
}
