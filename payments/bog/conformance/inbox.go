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

// Inbox is the shop's end of the callbacks: an http.Handler that keeps what
// comes, byte for byte, and answers 200. Serve it where Target.CallbackURL
// leads.
type Inbox struct {
	mu       sync.Mutex
	messages []message
	failing  map[string]bool // references whose callbacks are answered with 500
	news     chan struct{}   // closed when something came
}

// message is a callback as it came.
type message struct {
	ref    string // last step of the path: which order it was meant for
	method string
	header http.Header
	body   []byte
	when   time.Time
}

// NewInbox makes an Inbox.
func NewInbox() *Inbox {
	return &Inbox{failing: map[string]bool{}, news: make(chan struct{})}
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
	close(i.news)
	i.news = make(chan struct{})
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
	return out, i.news
}

// wait gives the first message about ref that is the wanted one.
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
