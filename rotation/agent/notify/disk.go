package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Disk keeps one text. What is written replaces what was there, whole or not at all, also across a loss of power.
type Disk interface {
	Read() ([]byte, error) // an error that is fs.ErrNotExist: nothing was ever written
	Write(data []byte) error
	// SetAside takes away what cannot be read, and says under which name a person finds it.
	SetAside() (name string, err error)
}

const (
	fileName = "notifications.json"
	tempName = fileName + ".tmp"
	badName  = fileName + ".bad"
)

// folderMode is of a folder that is made: what receivers were told is nobody else's.
const folderMode = 0o700

// Dir is a disk in a folder, which one agent has for itself. It is made where it is missing.
type Dir string

var _ Disk = Dir("")

// Read implements Disk.
func (d Dir) Read() ([]byte, error) {
	return os.ReadFile(d.path(fileName))
}

// Write implements Disk.
func (d Dir) Write(data []byte) error {
	err := writeSynced(d.path(tempName), data)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(string(d), folderMode); err == nil {
			err = writeSynced(d.path(tempName), data)
		}
	}
	if err != nil {
		return err
	}
	if err := os.Rename(d.path(tempName), d.path(fileName)); err != nil {
		return err
	}
	return d.sync()
}

// SetAside implements Disk.
func (d Dir) SetAside() (name string, err error) {
	if err := os.Rename(d.path(fileName), d.path(badName)); err != nil {
		return "", err
	}
	return d.path(badName), d.sync()
}

func (d Dir) path(name string) string { return filepath.Join(string(d), name) }

// sync makes a rename last. On Windows a folder cannot be synced, and a rename lasts by itself as far as it does.
func (d Dir) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func writeSynced(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // G304: the folder is the operator's own
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// Nowhere is the disk of an agent without a state_dir: what receivers were told is forgotten at its end.
type Nowhere struct{}

var _ Disk = Nowhere{}

// Read implements Disk.
func (Nowhere) Read() ([]byte, error) { return nil, fs.ErrNotExist }

// Write implements Disk.
func (Nowhere) Write([]byte) error { return nil }

// SetAside implements Disk.
func (Nowhere) SetAside() (string, error) { return "", nil }

// load reads what is stored. The sentence is for people, and empty where all is well; then, too, the state is usable.
func load(disk Disk) (state State, said string) {
	data, err := disk.Read()
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, ""
	}
	if err != nil {
		return State{}, fmt.Sprintf("what receivers were told cannot be read, so that every trouble is told once more: look after state_dir: %v", err)
	}
	state, err = decode(data)
	if err == nil {
		return state, ""
	}
	name, aside := disk.SetAside()
	if aside != nil {
		return State{}, fmt.Sprintf("what receivers were told cannot be used (%v), and not be set aside either: look after state_dir: %v", err, aside)
	}
	return State{}, fmt.Sprintf("what receivers were told cannot be used (%v); it is in %s now, and every trouble is told once more", err, name)
}
