package bog

import (
	"fmt"
	"strings"
	"time"
)

// Tbilisi is the time zone of dates that the bank writes without one: UTC+4 all year, because
// Georgia has no summer time since 2005.
var Tbilisi = time.FixedZone("+04", 4*60*60)

// Time is a moment as the bank writes it. The bank writes every moment twice: with a zone
// ("2026-03-02T11:04:11.120934Z") and, undocumented, in Tbilisi time without one
// ("2026-03-02T15:04:11.120934"). Both decode to the same moment in UTC. The zero Time stands
// for null, "" and a missing member.
type Time struct{ time.Time }

// The bank has been seen to use only the first layout of each list. The others cost nothing.
var (
	zonedLayouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00"}
	localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}
)

// ParseTime reads a date with or without a zone. The result is in UTC.
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

// UnmarshalJSON reads null, "" or a string that ParseTime reads.
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

// MarshalJSON writes the form with a zone, in UTC with six decimals as the bank does, and
// null for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000000Z"`)), nil
}

// preferZoned returns the moment from its form with a zone, or else from the local form.
func preferZoned(zoned, local Time) time.Time {
	if zoned.IsZero() {
		return local.Time
	}
	return zoned.Time
}
