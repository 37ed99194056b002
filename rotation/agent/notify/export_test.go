package notify

import (
	"os"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// Line is what waits for one receiver.
type Line = line

// Next gives line.next to tests.
func (l line) Next(pending []receiver.Message, now time.Time) (receiver.Message, bool, time.Duration) {
	return l.next(pending, now)
}

// After gives line.after to tests.
func (l line) After(id string, err error, now time.Time, draw float64) (line, bool) {
	return l.after(id, err, now, draw)
}

// With gives Box.with to tests.
func (b Box) With(messages ...receiver.Message) (next Box, replaced, lost int) {
	return b.with(messages)
}

// Decode gives decode to tests.
func Decode(data []byte) (State, error) { return decode(data) }

// Encode gives State.encode to tests.
func (s State) Encode() ([]byte, error) { return s.encode() }

// Load gives load to tests.
func Load(disk Disk) (State, string) {
	state, said, _ := load(disk)
	return state, said
}

// WriteSynced gives writeSynced to tests.
func WriteSynced(file *os.File, data []byte) error { return writeSynced(file, data) }
