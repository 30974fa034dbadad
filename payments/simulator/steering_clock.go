package simulator

import (
	"errors"
	"net/http"
	"time"
)

// clockRequest is the body of POST /_sim/clock: at most one of the times, and whether
// the clock stands still from then on.
type clockRequest struct {
	Offset  *int64     `json:"offset_seconds"`  // how far ahead of the machine; 0 puts the clock back
	Advance *int64     `json:"advance_seconds"` // how far to move from what the clock shows
	Now     *time.Time `json:"now"`
	Fixed   *bool      `json:"fixed"`
}

const maxClockSeconds = 100 * 366 * 86400

func (s clockRequest) check() error {
	given := 0
	for _, seconds := range []*int64{s.Offset, s.Advance} {
		if seconds != nil {
			given++
			if *seconds > maxClockSeconds || *seconds < -maxClockSeconds {
				return errors.New("offset_seconds and advance_seconds must be within a hundred years")
			}
		}
	}
	if s.Now != nil {
		given++
		if s.Now.Year() < 1970 || s.Now.Year() > 2200 {
			return errors.New("now must be between 1970 and 2200")
		}
	}
	if given > 1 {
		return errors.New("name one of offset_seconds, advance_seconds and now")
	}
	return nil
}

// steerClock handles POST /_sim/clock.
func (b *Bank) steerClock(w http.ResponseWriter, r *http.Request) {
	var s clockRequest
	if !readSteering(w, r, &s) {
		return
	}
	err := b.setClock(func(machine, now time.Time, c clock) clock {
		switch {
		case s.Offset != nil:
			now = machine.Add(time.Duration(*s.Offset) * time.Second)
		case s.Advance != nil:
			now = now.Add(time.Duration(*s.Advance) * time.Second)
		case s.Now != nil:
			now = *s.Now
		}
		fixed := !c.Fixed.IsZero()
		if s.Fixed != nil {
			fixed = *s.Fixed
		}
		c = clock{Offset: now.Sub(machine)}
		if fixed {
			c.Fixed = machine
		}
		return c
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	answerSteering(w, r, b.clockView(), steeringPage)
}

// clockView is the answer of GET /_sim/clock.
type clockView struct {
	Now    time.Time `json:"now"`
	Offset int64     `json:"offset_seconds"`
	Fixed  bool      `json:"fixed"`
}

func (b *Bank) clockView() clockView {
	c := b.clock.Load()
	now := b.now()
	offset := c.Offset
	if !c.Fixed.IsZero() {
		offset = now.Sub(b.machineTime())
	}
	return clockView{Now: now, Offset: int64(offset.Round(time.Second) / time.Second), Fixed: !c.Fixed.IsZero()}
}
