package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// entry is a file of an archive.
type entry struct {
	name string
	from string // the file that it is
	mode os.FileMode
}

// pack writes an archive that depends on nothing but its entries and the time: no owner, no time of a file, one order.
func pack(path string, entries []entry, at time.Time) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	if strings.HasSuffix(path, ".zip") {
		return packZip(file, entries, at)
	}
	return packTar(file, entries, at)
}

func packTar(to io.Writer, entries []entry, at time.Time) error {
	compressed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	archive := tar.NewWriter(compressed)
	for _, e := range entries {
		text, err := os.ReadFile(e.from)
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		header := &tar.Header{Name: e.name, Mode: int64(e.mode), Size: int64(len(text)), ModTime: at, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("pack %s: %w", e.name, err)
		}
		if _, err := archive.Write(text); err != nil {
			return fmt.Errorf("pack %s: %w", e.name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return compressed.Close()
}

func packZip(to io.Writer, entries []entry, at time.Time) error {
	archive := zip.NewWriter(to)
	for _, e := range entries {
		text, err := os.ReadFile(e.from)
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		header.SetMode(e.mode)
		into, err := archive.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("pack %s: %w", e.name, err)
		}
		if _, err := into.Write(text); err != nil {
			return fmt.Errorf("pack %s: %w", e.name, err)
		}
	}
	return archive.Close()
}
