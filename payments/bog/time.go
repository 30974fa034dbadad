package bog

import (
	"fmt"
	"strings"
	"time"
)

// Tbilisi is the zone of the bank's dates that carry none: UTC+4 all year
// (Georgia has kept no summer time since 2005).
var Tbilisi = time.FixedZone("+04", 4*60*60)

// Time is a moment as the bank writes it. Every moment comes twice: with a
// zone ("2026-03-02T11:04:11.120934Z") and, as an undocumented leftover, in
// Tbilisi local time without one ("2026-03-02T15:04:11.120934"). Both decode
// to the same UTC instant. The zero Time stands for null, "" and absence.
type Time struct{ time.Time }

// The layouts after the first of each list have not been seen from the bank;
// they cost nothing to read.
var (
	zonedLayouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00"}
	localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}
)

// ParseTime reads either form. The result is in UTC.
func ParseTime(s string) (Time, error) {
	const seconds = len("2006-01-02T15:04:05")
	layouts := localLayouts
	if len(s) > seconds && strings.ContainsAny(s[seconds:], "Zz+-") {
		layouts = zonedLayouts
	}
	for _, layout := range layouts {
		// A fraction after the seconds is read without being in the layout.
		if t, err := time.ParseInLocation(layout, s, Tbilisi); err == nil {
			return Time{t.UTC()}, nil
		}
	}
	return Time{}, fmt.Errorf("bog: not a date of the bank: %.40q", s)
}

// UnmarshalJSON reads a string in either form, null or "".
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" || string(b) == `""` {
		*t = Time{}
		return nil
	}
	s, err := jsonString(b)
	if err != nil {
		return fmt.Errorf("bog: not a date of the bank: %.40s", b)
	}
	parsed, err := ParseTime(s)
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// MarshalJSON writes the zoned form in UTC with six decimals, as the bank
// does, and null for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000000Z"`)), nil
}

// either prefers the zoned form of a moment over its local twin.
func preferZoned(zoned, local Time) time.Time {
	if zoned.IsZero() {
		return local.Time
	}
	return zoned.Time
}
