package views_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dukani/views"
)

// values makes points of values, of which math.MinInt64 stands for none.
func values(list ...int64) (points []views.ChartPoint) {
	for i, v := range list {
		points = append(points, views.ChartPoint{Value: v, None: v == math.MinInt64, Label: "day " + strconv.Itoa(i), Title: strconv.FormatInt(v, 10)})
	}
	return points
}

const none = math.MinInt64

var coordinate = regexp.MustCompile(`^-?\d+(\.\d)?$`)

// wantInside checks that a chart has nothing outside of its box.
func wantInside(t *testing.T, c views.AdminChart) {
	t.Helper()
	box := strings.Fields(c.Box())
	width, height := number64(t, box[2]), number64(t, box[3])
	inside := func(what, text string, most float64) float64 {
		t.Helper()
		x := number64(t, text)
		if x < 0 || x > most {
			t.Errorf("%s %s is not within 0 and %v", what, text, most)
		}
		return x
	}
	for _, tick := range c.Ticks {
		inside("tick", tick.Y, height)
	}
	inside("zero", c.Zero, height)
	for _, b := range c.Bars {
		if x, w := inside("x", b.X, width), number64(t, b.Width); w <= 0 || x+w > width {
			t.Errorf("a bar from %s is %s wide", b.X, b.Width)
		}
		if y, h := inside("y", b.Y, height), number64(t, b.Height); h <= 0 || y+h > height+.11 {
			t.Errorf("a bar from %s is %s high", b.Y, b.Height)
		}
	}
	for _, at := range regexp.MustCompile(`([ML])(\S+) (\d[^MLH]*)|H([^MLH]+)`).FindAllStringSubmatch(c.Line, -1) {
		if at[1] != "" {
			inside("x of the line", at[2], width)
			inside("y of the line", at[3], height)
		} else {
			inside("x of the line", at[4], width)
		}
	}
}

func number64(t *testing.T, text string) float64 {
	t.Helper()
	if !coordinate.MatchString(text) {
		t.Errorf("%q is no coordinate", text)
	}
	x, _ := strconv.ParseFloat(text, 64)
	return x
}

func TestBarsFitTheirChart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		points []views.ChartPoint
		ticks  string
		bars   string // y and height
	}{
		"nothing":              {values(), "1 0", ""},
		"only zeros":           {values(0, 0, 0), "1 0", ""},
		"one point":            {values(40), "40 30 20 10 0", "0+200"},
		"no value":             {values(none, 3), "3 2 1 0", "0+200"},
		"a day of refunds":     {values(30, -10), "30 20 10 0 -10", "0+150 150+50"},
		"only refunds":         {values(-5, -7), "0 -2 -4 -6 -8", "0+125 0+175"},
		"small beside large":   {values(1, 1_000_000), "1000000 500000 0", "198+2 0+200"},
		"small below zero":     {values(-1, 1_000_000), "", ""},
		"huge values":          {values(math.MaxInt64, 1), "", ""},
		"huge in both ways":    {values(math.MaxInt64, -math.MaxInt64), "", ""},
		"ninety days of money": {values(make([]int64, 90)...), "1 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			drawn := views.BarChart(c.points, 1, func(n int64) string { return strconv.FormatInt(n, 10) })
			wantInside(t, drawn)
			var ticks, bars []string
			for _, tick := range drawn.Ticks {
				ticks = append(ticks, tick.Label)
			}
			for _, b := range drawn.Bars {
				bars = append(bars, b.Y+"+"+b.Height)
			}
			if n := len(ticks); n < 2 || n > 5 {
				t.Errorf("%d ticks", n)
			}
			if got := strings.Join(ticks, " "); c.ticks != "" && got != c.ticks {
				t.Errorf("ticks %q, want %q", got, c.ticks)
			}
			if got := strings.Join(bars, " "); c.ticks != "" && got != c.bars {
				t.Errorf("bars %q, want %q", got, c.bars)
			}
		})
	}
}

func TestLinesHaveGapsWhereThereIsNoValue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		points []views.ChartPoint
		want   string
	}{
		"nothing":          {values(), ""},
		"no value":         {values(none, none), ""},
		"one point":        {values(500), "M100 100H900"},
		"two points":       {values(0, 1000), "M250 200L750 0"},
		"a gap":            {values(1000, 1000, none, 0, none), "M100 0L300 0M620 200H780"},
		"beyond the scale": {values(-5, 2000), "M250 200L750 0"},
	} {
		t.Run(name, func(t *testing.T) {
			drawn := views.LineChart(c.points, 1000, func(n int64) string { return strconv.FormatInt(n, 10) })
			wantInside(t, drawn)
			if drawn.Line != c.want {
				t.Errorf("line %q, want %q", drawn.Line, c.want)
			}
			if len(drawn.Ticks) != 3 {
				t.Errorf("%d ticks, want 3", len(drawn.Ticks))
			}
		})
	}
}

func TestFiguresAreWrittenInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{views.ShareOf("ka", 7, 8), "87,5\u00a0%"},
		{views.ShareOf("en", 7, 8), "87.5%"},
		{views.ShareOf("en", 2, 3), "66.7%"},
		{views.ShareOf("en", 8, 8), "100%"},
		{views.ShareOf("en", 0, 0), "–"},
		{views.Lari("ka", 1_234_50), "1\u00a0234\u00a0₾"},
		{views.Lari("en", -1_234_567_00), "−1,234,567\u00a0₾"},
		{views.Span("ka", 34*time.Second), "34\u00a0წმ"},
		{views.Span("en", 100*time.Second), "1\u00a0min\u00a040\u00a0s"},
		{views.Span("en", 3*time.Minute), "3\u00a0min"},
		{views.Span("en", 0), "0\u00a0s"},
		{views.ShareBar(1, 4), "25"},
		{views.ShareBar(1, 1000), "1"},
		{views.ShareBar(0, 0), "0"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
