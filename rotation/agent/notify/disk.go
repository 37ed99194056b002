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

// maxBad bounds how many files that cannot be read are kept; the last one is then replaced by the next.
const maxBad = 10

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
	name = d.path(badName)
	for n := 1; n < maxBad && exists(name); n++ {
		name = d.path(fmt.Sprintf("%s.%d", badName, n))
	}
	if err := os.Rename(d.path(fileName), name); err != nil {
		return "", err
	}
	return name, d.sync()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
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

// load reads what is stored. The sentence is for people, and empty where all is well; then, too, the state is usable. Aside:
// what is stored could not be set aside, and is to be before anything is written over it.
func load(disk Disk) (state State, said string, aside bool) {
	data, err := disk.Read()
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, "", false
	}
	what := "read"
	if err == nil {
		what = "used"
		if state, err = decode(data); err == nil {
			return state, "", false
		}
	}
	name, failed := disk.SetAside()
	if failed != nil {
		return State{}, fmt.Sprintf("what receivers were told cannot be %s (%v), and not be set aside either: look after state_dir: %v", what, err, failed), true
	}
	return State{}, fmt.Sprintf("what receivers were told cannot be %s (%v); it is in %s now, and every trouble is told once more", what, err, name), false
}

// keeping is a disk that sets aside what cannot be read before it first writes over it.
type keeping struct {
	Disk
	aside bool // that is still to be done
}

// Write implements Disk.
func (k *keeping) Write(data []byte) error {
	if k.aside {
		if _, err := k.SetAside(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("set aside what cannot be read: %w", err)
		}
		k.aside = false
	}
	return k.Disk.Write(data)
}
