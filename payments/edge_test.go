package payments_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/payments"
	"dukani/payments/bog"
)

// edge is a proxy or firewall between the shop and the bank.
type edge struct {
	url   string
	bank  http.Handler // the bank behind it
	mu    sync.Mutex
	calls []string                                           // method and path, token calls included
	meet  func(rw http.ResponseWriter, r *http.Request) bool // answers in the bank's place; nil: never
}

func (e *edge) set(meet func(http.ResponseWriter, *http.Request) bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.meet, e.calls = meet, nil
}

// count is the number of calls since the last set whose method and path contain text.
func (e *edge) count(text string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.calls {
		if strings.Contains(c, text) {
			n++
		}
	}
	return n
}

// behindEdge makes a world whose desk reaches the bank through an edge, and returns
// what the desk logs.
func behindEdge(t *testing.T) (*world, *edge, *bytes.Buffer) {
	t.Helper()
	w, e, log := newWorld(t), &edge{}, &bytes.Buffer{}
	target, err := url.Parse(w.bankURL)
	if err != nil {
		t.Fatal(err)
	}
	bank := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = target.Host },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.calls = append(e.calls, r.Method+" "+r.URL.Path)
		meet := e.meet
		e.mu.Unlock()
		if meet == nil || !meet(rw, r) {
			bank.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(front.Close)
	e.url, e.bank = front.URL, bank
	w.newDesk(bog.Simulator(front.URL), payments.Config{CallTime: 40 * time.Second, Log: slog.New(slog.NewTextHandler(log, nil))})
	return w, e, log
}

// answer answers calls to path with a status and a body.
func answer(path string, status int, contentType, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.Method+" "+r.URL.Path, path) {
			return false
		}
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", contentType)
		rw.WriteHeader(status)
		io.WriteString(rw, body)
		return true
	}
}
