package handlers

import (
	"log/slog"
	"sync"
	"time"
)

const (
	floodLines = 50      // lines a second, of all kinds together
	floodKeys  = 1000    // kinds of lines that are counted separately
	longValue  = 2 << 10 // bytes of one value that are logged
)

// floods keeps visitors from filling the disk with log lines: of equal lines it lets one
// a second pass, which says how many were held back since the last.
type floods struct {
	mu     sync.Mutex
	second int64
	lines  int
	held   map[string]*heldLines
}

type heldLines struct {
	second int64 // of the last line that passed
	n      int   // lines held back since
}

// pass reports whether a line may be written now, and how many equal ones were held
// back before it.
func (f *floods) pass(key string, now time.Time) (held int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if second := now.Unix(); second != f.second {
		if f.second, f.lines = second, 0; len(f.held) > floodKeys {
			clear(f.held)
		}
	}
	h := f.held[key]
	if h == nil {
		if f.held == nil {
			f.held = map[string]*heldLines{}
		}
		h = &heldLines{}
		f.held[key] = h
	}
	if h.second == f.second || f.lines >= floodLines {
		h.n++
		return 0, false
	}
	f.lines++
	held, h.second, h.n = h.n, f.second, 0
	return held, true
}

// bounded returns the record with long values cut, and with the number of equal ones that
// were held back. ok is false if this one is held back.
func (f *floods) bounded(r slog.Record) (_ slog.Record, ok bool) {
	cut := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	key := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text := a.Value.String()
		if a.Key == "err" || a.Key == "route" {
			key += "\x00" + text[:min(len(text), 100)]
		}
		if len(text) > longValue {
			a.Value = slog.StringValue(text[:longValue] + "…")
		}
		cut.AddAttrs(a)
		return true
	})
	held, ok := f.pass(key, r.Time)
	if held > 0 {
		cut.AddAttrs(slog.Int("held_back", held))
	}
	return cut, ok
}
