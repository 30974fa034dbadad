package conformance

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"dukani/payments/bog"
)

// Inbox is an http.Handler that receives callbacks in the place of a shop: it keeps them, byte
// for byte, and answers 200. Serve it at the address that Target.CallbackURL leads to.
type Inbox struct {
	mu       sync.Mutex
	messages []message
	failing  map[string]bool // references whose callbacks are answered with 500
	arrived  chan struct{}   // closed when a message comes
}

// message is a callback as it was received.
type message struct {
	ref    string // the last step of the path: our id of the order
	method string
	header http.Header
	body   []byte
	when   time.Time
}

// NewInbox returns an empty Inbox.
func NewInbox() *Inbox {
	return &Inbox{failing: map[string]bool{}, arrived: make(chan struct{})}
}

func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bog.MaxCallback))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	ref := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = append(i.messages, message{ref, r.Method, r.Header, body, time.Now()})
	close(i.arrived)
	i.arrived = make(chan struct{})
	if i.failing[ref] {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// fail answers the callbacks of ref with 500 from now on.
func (i *Inbox) fail(ref string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failing[ref] = true
}

func (i *Inbox) all(ref string) ([]message, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []message
	for _, m := range i.messages {
		if m.ref == ref {
			out = append(out, m)
		}
	}
	return out, i.arrived
}

// wait returns the first message about ref for which wanted returns true, and false if ctx ends
// before one comes.
func (i *Inbox) wait(ctx context.Context, ref string, wanted func(message) bool) (message, bool) {
	for {
		got, news := i.all(ref)
		for _, m := range got {
			if wanted(m) {
				return m, true
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return message{}, false
		}
	}
}
