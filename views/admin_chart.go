package views

import (
	"math"
	"strconv"
	"strings"
)

// AdminChart is a small chart that the server draws: shapes only, whose colours are the style
// sheet's. The words of its scales stand beside it as text, so that they are as large on a
// phone as elsewhere. What it shows is in a table, too.
type AdminChart struct {
	Title, Desc string
	Ticks       []ChartTick // top first, evenly apart
	Zero        string      // height of the line from which bars rise
	Bars        []ChartBar
	Line        string   // path of a line, "" for none
	Labels      []string // under it: the first, the middle and the last
}

// ChartTick is a line of the scale.
type ChartTick struct{ Y, Label string }

// ChartBar is one bar.
type ChartBar struct {
	X, Y, Width, Height string
	Title               string
	Below               bool // it goes down: the value is negative
}

// ChartPoint is a value to be drawn.
type ChartPoint struct {
	Value int64
	None  bool   // there is no value
	Label string // what it is the value of
	Title string // both in words
}

// The size of a chart in its own units. It is stretched to the room there is.
const (
	chartWidth  = 1000
	chartHeight = 200
)

// Box is the chart's coordinates, for the attribute viewBox.
func (AdminChart) Box() string {
	return "0 0 " + strconv.Itoa(chartWidth) + " " + strconv.Itoa(chartHeight)
}

// Across is the path of a line through the whole chart at a height.
func (AdminChart) Across(y string) string { return "M0 " + y + "H" + strconv.Itoa(chartWidth) }

// scale is from which value to which a chart goes, in steps.
type scale struct{ low, high, step float64 }

// scaleFor fits a scale to values, zero among them: at most five lines at round values, and
// the step between two at least the given one.
func scaleFor(points []ChartPoint, least int64) scale {
	s := scale{step: float64(max(least, 1))}
	for _, p := range points {
		if !p.None {
			s.low, s.high = min(s.low, float64(p.Value)), max(s.high, float64(p.Value))
		}
	}
	low, high := s.low, s.high
	for rounds := 0; ; rounds++ {
		s.low, s.high = math.Floor(low/s.step)*s.step, math.Ceil(high/s.step)*s.step
		if s.high == s.low {
			s.high += s.step
		}
		if (s.high-s.low)/s.step <= 4 {
			return s
		}
		s.step *= []float64{2, 2.5, 2}[rounds%3] // 1, 2, 5, 10, 20, 50…
	}
}

// y is the height at which a value is drawn.
func (s scale) y(value float64) float64 {
	return min(max((s.high-value)/(s.high-s.low)*chartHeight, 0), chartHeight)
}

func (s scale) ticks(label func(int64) string) (ticks []ChartTick) {
	n := int(math.Round((s.high - s.low) / s.step))
	for i := range n + 1 {
		value := s.high - float64(i)*s.step
		ticks = append(ticks, ChartTick{Y: unit(s.y(value)), Label: label(whole(value))})
	}
	return ticks
}

// whole is a value of the scale as a number; the end of a scale can lie beyond the numbers.
func whole(value float64) int64 {
	switch {
	case value >= math.MaxInt64:
		return math.MaxInt64
	case value <= math.MinInt64:
		return math.MinInt64
	}
	return int64(math.Round(value))
}

// unit writes a coordinate.
func unit(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// BarChart draws a bar for each point. least is the smallest step of the scale, and label
// writes its values.
func BarChart(points []ChartPoint, least int64, label func(int64) string) AdminChart {
	s := scaleFor(points, least)
	c := AdminChart{Ticks: s.ticks(label), Zero: unit(s.y(0)), Labels: ends(points)}
	slot := chartWidth / float64(max(len(points), 1))
	for i, p := range points {
		if p.None || p.Value == 0 {
			continue
		}
		top, bottom := s.y(float64(p.Value)), s.y(0)
		if p.Value < 0 {
			top, bottom = bottom, top
		}
		if bottom-top < 2 { // a small value is seen all the same
			if p.Value > 0 {
				top = max(bottom-2, 0)
			} else {
				bottom = min(top+2, chartHeight)
			}
		}
		c.Bars = append(c.Bars, ChartBar{
			X: unit(slot * (float64(i) + .12)), Width: unit(slot * .76), Y: unit(top), Height: unit(bottom - top),
			Title: p.Title, Below: p.Value < 0,
		})
	}
	return c
}

// LineChart draws a line through the points, with gaps where there is no value, on a scale
// from zero to high in two steps. A value beyond it is drawn at its end.
func LineChart(points []ChartPoint, high int64, label func(int64) string) AdminChart {
	s := scale{high: float64(high), step: float64(high) / 2}
	c := AdminChart{Ticks: s.ticks(label), Zero: unit(s.y(0)), Labels: ends(points)}
	slot := chartWidth / float64(max(len(points), 1))
	there := func(i int) bool { return i >= 0 && i < len(points) && !points[i].None }
	var path strings.Builder
	for i, p := range points {
		x, y := slot*(float64(i)+.5), unit(s.y(float64(p.Value)))
		switch {
		case p.None:
		case there(i - 1):
			path.WriteString("L" + unit(x) + " " + y)
		case there(i + 1):
			path.WriteString("M" + unit(x) + " " + y)
		default: // alone: a dash of its own
			path.WriteString("M" + unit(x-slot*.4) + " " + y + "H" + unit(x+slot*.4))
		}
	}
	c.Line = path.String()
	return c
}

// ends are the labels of the first point, the one in the middle and the last.
func ends(points []ChartPoint) (labels []string) {
	switch n := len(points); {
	case n >= 3:
		return []string{points[0].Label, points[(n-1)/2].Label, points[n-1].Label}
	default:
		for _, p := range points {
			labels = append(labels, p.Label)
		}
		return labels
	}
}

// ShareBar is the width of a bar that stands for a part of the largest, in hundredths.
func ShareBar(part, largest int) string {
	if largest <= 0 || part <= 0 {
		return "0"
	}
	return unit(min(max(float64(part)/float64(largest)*100, 1), 100))
}
