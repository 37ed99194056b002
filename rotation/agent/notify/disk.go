package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
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
	tempEnd  = ".tmp" // of a file beside it that is being written
	badName  = fileName + ".bad"
)

// maxBad bounds how many files that cannot be read are kept; the last one is then replaced by the next.
const maxBad = 10

// tempLasts is from when on a file beside it is what a kill left: nobody writes for so long.
const tempLasts = time.Minute

// folderMode is of a folder that is made: what receivers were told is nobody else's.
const folderMode = 0o700

// Dir is a disk in a folder, which is made where it is missing. One agent has it for itself: of two, each writes over what
// the other told, but whole.
type Dir string

var _ Disk = Dir("")

// Read implements Disk.
func (d Dir) Read() ([]byte, error) {
	return os.ReadFile(d.path(fileName))
}

// Write implements Disk.
func (d Dir) Write(data []byte) error {
	d.clean(time.Now())
	temp, err := d.temp()
	if err != nil {
		return err
	}
	err = writeSynced(temp, data)
	if err == nil {
		err = os.Rename(temp.Name(), d.path(fileName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return d.sync()
}

// temp is a file beside the one that it is to replace, with a name that nobody else has.
func (d Dir) temp() (*os.File, error) {
	const pattern = fileName + ".*" + tempEnd
	temp, err := os.CreateTemp(string(d), pattern)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(string(d), folderMode); err == nil {
			temp, err = os.CreateTemp(string(d), pattern)
		}
	}
	return temp, err
}

// clean removes what kills have left of files that were being written. That it cannot is no reason not to write.
func (d Dir) clean(now time.Time) {
	beside, _ := os.ReadDir(string(d))
	for _, entry := range beside {
		if name := entry.Name(); !strings.HasPrefix(name, fileName+".") || !strings.HasSuffix(name, tempEnd) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > tempLasts {
			_ = os.Remove(d.path(entry.Name()))
		}
	}
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

// writeSynced writes a file and closes it, whatever comes of it.
func writeSynced(file *os.File, data []byte) error {
	_, err := file.Write(data)
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
