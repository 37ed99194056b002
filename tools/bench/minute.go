package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// pageSize is what an agent asks for.
const pageSize = 500

// cost is what a dialogue cost.
type cost struct {
	bytes int64 // of answers
	took  time.Duration
	audit int64 // bytes of the audit file
}

// measureMinute compares what an agent asks in a minute in which nothing changed with reading the whole report.
func (b *bench) measureMinute(ctx context.Context) error {
	e, err := b.build(ctx)
	if err != nil {
		return err
	}
	if err := e.checkAll(ctx); err != nil {
		return err
	}
	// So far what is due waits to be asked for; here nothing may be.
	if err := e.write(ctx, engineName+"/policies/default", map[string]any{"check_period": "24h"}); err != nil {
		return err
	}
	defer e.write(ctx, engineName+"/policies/default", map[string]any{"check_period": int(checkPeriod / time.Second)}) //nolint:errcheck // the next part that needs it waits in vain, and says so
	audit := filepath.Join(e.AuditDir(), "audit.log")
	if err := vaultdev.EnableFileAudit(ctx, e.Client(), audit); err != nil {
		return err //nolint:wrapcheck // it says all there is
	}
	defer e.Client().Sys().DisableAuditWithContext(ctx, "file") //nolint:errcheck // nothing is asked any more
	var full, minute []cost
	for range b.count(7) {
		whole, revision, err := e.costOf(ctx, audit, e.fullReport)
		if err != nil {
			return err
		}
		quiet, _, err := e.costOf(ctx, audit, func(ctx context.Context) (int64, string, error) {
			n, err := e.quietMinute(ctx, revision)
			return n, "", err
		})
		if err != nil {
			return err
		}
		full, minute = append(full, whole), append(minute, quiet)
	}
	b.found.minute(e.size, full, minute)
	return nil
}

func (f *findings) minute(size int, full, minute []cost) {
	of := func(all []cost, number func(cost) float64) (numbers []float64) {
		for _, c := range all {
			numbers = append(numbers, number(c))
		}
		return numbers
	}
	for _, measure := range []struct {
		name   string
		number func(cost) float64
	}{
		{"bytes", func(c cost) float64 { return float64(c.bytes) }},
		{"time", func(c cost) float64 { return c.took.Seconds() }},
		{"audit log", func(c cost) float64 { return float64(c.audit) }},
	} {
		share := ratios(of(minute, measure.number), of(full, measure.number))
		for i := range share {
			share[i] *= 100
		}
		f.add(judged(fmt.Sprintf("an agent's minute at %d integrations when nothing changed: %s", size, measure.name), "a full report", below(1, " %"), figureOf(share), " %"))
	}
	megabytes := figureOf(of(full, func(c cost) float64 { return float64(c.bytes) / 1e6 }))
	seconds := figureOf(of(full, func(c cost) float64 { return c.took.Seconds() }))
	logged := figureOf(of(full, func(c cost) float64 { return float64(c.audit) / 1e6 }))
	small := figureOf(of(minute, func(c cost) float64 { return float64(c.took) / float64(time.Millisecond) }))
	few := figureOf(of(minute, func(c cost) float64 { return float64(c.bytes) }))
	f.say(fmt.Sprintf("A full report: %s MB in %s s, %s MB of audit log. A quiet minute, a sweep and the report since the last: %s bytes in %s ms.",
		written(megabytes.median), written(seconds.median), written(logged.median), written(few.median), written(small.median)))
}

// costOf measures a dialogue.
func (e *estate) costOf(ctx context.Context, audit string, dialogue func(context.Context) (int64, string, error)) (cost, string, error) {
	before := fileSize(audit)
	began := time.Now()
	n, said, err := dialogue(ctx)
	return cost{bytes: n, took: time.Since(began), audit: fileSize(audit) - before}, said, err
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// fullReport reads every page, as an agent does that knows nothing, and gives the revision it would ask from next.
func (e *estate) fullReport(ctx context.Context) (bytes int64, revision string, err error) {
	first, err := e.read(ctx, engineName+"/report", map[string][]string{"limit": {"1"}})
	if err != nil {
		return 0, "", err
	}
	r := e.reader()
	for from := 0; from < e.size; from += pageSize {
		query := url.Values{"limit": {fmt.Sprint(pageSize)}}
		if from > 0 {
			query.Set("after", integrationName(from-1))
		}
		n, err := r.size(ctx, http.MethodGet, engineName+"/report?"+query.Encode(), nil)
		if err != nil {
			return 0, "", err
		}
		bytes += n
	}
	return bytes, fmt.Sprint(first["revision"]), nil
}

// quietMinute is what an agent asks in a minute.
func (e *estate) quietMinute(ctx context.Context, revision string) (bytes int64, err error) {
	r := e.reader()
	swept, err := r.size(ctx, http.MethodPost, engineName+"/sweep", strings.NewReader(`{"wait":0,"dry_run":false,"limit":0}`))
	if err != nil {
		return 0, err
	}
	query := url.Values{"limit": {fmt.Sprint(pageSize)}, "since": {revision}}
	read, err := r.size(ctx, http.MethodGet, engineName+"/report?"+query.Encode(), nil)
	return swept + read, err
}
