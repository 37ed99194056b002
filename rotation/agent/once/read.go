package once

import (
	"context"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Read reads the whole of every mount. One that could not be read is down, and its fault says why.
func Read(ctx context.Context, asked Engine, mounts []string) []estate.Mount {
	var read []estate.Mount
	for _, path := range mounts {
		mount := estate.Mount{Path: path}
		pages, err := pages(ctx, asked, path)
		if err != nil {
			read = append(read, mount.Down(err.Error()))
			continue
		}
		read = append(read, mount.With(pages...))
	}
	return read
}

// pages reads a report from its first page to its last.
func pages(ctx context.Context, asked Engine, mount string) ([]estate.Report, error) {
	var read []estate.Report
	after, rows := "", 0
	for {
		page, err := asked.Report(ctx, mount, "", after)
		if err != nil {
			return nil, err
		}
		read = append(read, page)
		rows += len(page.Statuses)
		short := len(page.Statuses) < engine.PageSize // after a full one more may follow, also where counts say less: some were deleted
		if len(page.Statuses) == 0 || short && rows >= total(page) {
			return read, nil
		}
		after = page.Statuses[len(page.Statuses)-1].Name
	}
}

// total is how many integrations the mount has.
func total(page estate.Report) int {
	sum := 0
	for _, n := range page.Counts {
		sum += n
	}
	return sum
}
