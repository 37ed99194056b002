package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// The size and colours of a plot.
const (
	plotWidth  = 7 * vg.Inch
	plotHeight = 3.2 * vg.Inch
)

// blue is the engine's colour.
func blue() color.Color { return color.RGBA{R: 0x1f, G: 0x5f, B: 0xa8, A: 0xff} }

// grey is everybody else's.
func grey() color.Color { return color.RGBA{R: 0xb0, G: 0xb7, B: 0xc0, A: 0xff} }

// drawGrowth draws a quantity over sizes, both on logarithmic axes: a straight line there of slope one is linear growth.
func (f *findings) drawGrowth(file, title, unit string, x, y []float64) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "integrations", unit
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	points := make(plotter.XYs, len(x))
	for i := range x {
		points[i].X, points[i].Y = x[i], max(y[i], 1e-6) // a logarithmic axis has no zero
	}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return fmt.Errorf("draw %s: %w", file, err)
	}
	line.Color, marks.Color, line.Width = blue(), blue(), vg.Points(2)
	p.Add(plotter.NewGrid(), line, marks)
	return f.save(p, file, title+", by the number of integrations.")
}

// bar is one bar of a chart: a median, and what half of the rounds lie between.
type bar struct {
	name string
	figure
	ours bool
}

// drawBars draws medians side by side, with their spread.
func (f *findings) drawBars(file, title, unit, caption string, bars []bar) error {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text, p.Y.Min = title, unit, 0
	names := make([]string, len(bars))
	spreads := make(spread, len(bars))
	for i, b := range bars {
		names[i] = b.name
		drawn, err := plotter.NewBarChart(plotter.Values{b.median}, vg.Points(38))
		if err != nil {
			return fmt.Errorf("draw %s: %w", file, err)
		}
		drawn.XMin, drawn.Color, drawn.LineStyle.Width = float64(i), grey(), 0
		if b.ours {
			drawn.Color = blue()
		}
		p.Add(drawn)
		spreads[i] = b.figure
	}
	whiskers, err := plotter.NewYErrorBars(spreads)
	if err != nil {
		return fmt.Errorf("draw %s: %w", file, err)
	}
	p.Add(whiskers)
	p.NominalX(names...)
	return f.save(p, file, caption)
}

// spread gives bars their whiskers.
type spread []figure

// Len implements plotter.XYer.
func (s spread) Len() int { return len(s) }

// XY implements plotter.XYer.
func (s spread) XY(i int) (x, y float64) { return float64(i), s[i].median }

// YError implements plotter.YErrorer.
func (s spread) YError(i int) (low, high float64) {
	return s[i].median - s[i].low, s[i].high - s[i].median
}

func (f *findings) save(p *plot.Plot, file, caption string) error {
	if err := os.MkdirAll(f.plots, 0o755); err != nil { //nolint:gosec // G301: a folder of the documentation
		return fmt.Errorf("make the folder for plots: %w", err)
	}
	if err := p.Save(plotWidth, plotHeight, filepath.Join(f.plots, file)); err != nil {
		return fmt.Errorf("save %s: %w", file, err)
	}
	f.current().plots = append(f.current().plots, picture{file, caption})
	return nil
}
