package deploy_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var repositoryPath = regexp.MustCompile(`\bdeploy/[a-z][-a-z/]*(\.[a-z]+)?`)

func TestTheReadmeNamesWhatIsThereAndEveryFolder(t *testing.T) {
	page := read(t, "README.md")
	for _, named := range repositoryPath.FindAllString(page, -1) {
		if _, err := os.Stat("../" + named); err != nil {
			t.Errorf("README.md names %s: %v", named, err)
		}
	}
	entries, err := fs.ReadDir(os.DirFS("."), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() && !strings.Contains(page, "| `"+entry.Name()+"/` |") {
			t.Errorf("README.md does not say what %s/ is", entry.Name())
		}
	}
}

// Whoever copies a line from the page gets the file that it writes about.
func TestTheReadmeInstallsEveryUnit(t *testing.T) {
	page := read(t, "README.md")
	units, err := fs.ReadDir(os.DirFS("."), "systemd")
	if err != nil || len(units) == 0 {
		t.Fatalf("no units: %v", err)
	}
	for _, unit := range units {
		if !strings.Contains(page, "deploy/systemd/"+unit.Name()) {
			t.Errorf("README.md does not install %s", unit.Name())
		}
	}
}
