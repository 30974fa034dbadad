package bog_test

import (
	"encoding/json"
	"testing"
	"time"

	"dukani/payments/bog"
)

func TestTimeReads(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 3, 2, 11, 4, 11, 120934000, time.UTC)
	for name, tc := range map[string]struct {
		in   string
		want time.Time
	}{
		"zoned":                  {`"2026-03-02T11:04:11.120934Z"`, want},
		"Tbilisi without a zone": {`"2026-03-02T15:04:11.120934"`, want},
		"with an offset":         {`"2026-03-02T15:04:11.120934+04:00"`, want},
		"offset without colon":   {`"2026-03-02T15:04:11.120934+0400"`, want},
		"a space for the T":      {`"2026-03-02 15:04:11.120934"`, want},
		"no fraction":            {`"2026-03-02T11:04:11Z"`, want.Truncate(time.Second)},
		"local, no fraction":     {`"2026-03-02T15:04:11"`, want.Truncate(time.Second)},
		"local past midnight":    {`"2026-01-01T01:00:00"`, time.Date(2025, 12, 31, 21, 0, 0, 0, time.UTC)},
		"null":                   {`null`, time.Time{}},
		"empty":                  {`""`, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := bog.Time{Time: time.Unix(1, 0)}
			if err := json.Unmarshal([]byte(tc.in), &got); err != nil || !got.Equal(tc.want) {
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			}
		})
	}
	for _, in := range []string{`"yesterday"`, `1772449451`, `"2026-13-02T11:04:11Z"`, `{}`, `"2026-03-02"`} {
		var got bog.Time
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s: read as %v", in, got)
		}
	}
}

func TestTimeWrites(t *testing.T) {
	t.Parallel()
	at := bog.Time{Time: time.Date(2026, 3, 2, 15, 4, 11, 120934567, bog.Tbilisi)}
	got, err := json.Marshal([]bog.Time{at, {}})
	if want := `["2026-03-02T11:04:11.120934Z",null]`; string(got) != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-03-02T11:04:11.120934Z", "2026-03-02T15:04:11.120934", "", "2026-03-02 15:04:11", "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, err := bog.ParseTime(s)
		if err != nil || first.Year() < 1 || first.Year() > 9999 {
			return // the date cannot be read, or its year cannot be written
		}
		wire, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		var second bog.Time
		if err := json.Unmarshal(wire, &second); err != nil || !second.Equal(first.Truncate(time.Microsecond)) {
			t.Fatalf("%q is %v, written %s, read %v, %v", s, first, wire, second, err)
		}
	})
}
