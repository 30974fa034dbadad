package main

import (
	"context"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// balancer is what stands before the instances: each request goes to the next one, whoever sends
// it. Callbacks of the bank come this way, too, and meet the bad network here.
type balancer struct {
	server   *http.Server
	listener net.Listener
	shops    []*process
	next     atomic.Uint64
	percent  atomic.Int64
	hits     tally

	mu     sync.Mutex
	random *rand.Rand
}

func newBalancer(seed uint64, shops []*process) (*balancer, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: ln, shops: shops, random: rand.New(rand.NewPCG(seed, streamBalancer))}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(r.In.Context().Value(targetKey{}).(*url.URL))
			r.Out.Host = r.In.Host // the shop knows itself by the balancer's name
		},
		ErrorLog: log.New(io.Discard, "", 0), // of instances that are dead: it is us who killed them
	}
	b.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, ok := b.pick()
		if !ok {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), targetKey{}, target))
		if r.URL.Path == "/bog/callback" && b.spoilCallback(w, r, proxy) {
			return
		}
		proxy.ServeHTTP(w, r)
	}), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = b.server.Serve(ln) }()
	return b, nil
}

type targetKey struct{}

func (b *balancer) url() string { return "http://" + b.listener.Addr().String() }

// pick returns the next instance that is not known to be dead, as health checks would have it.
func (b *balancer) pick() (*url.URL, bool) {
	n := uint64(len(b.shops))
	for first, i := b.next.Add(1), uint64(0); i < n; i++ {
		if s := b.shops[(first+i)%n]; s.running() && s.host() != "" {
			return &url.URL{Scheme: "http", Host: s.host()}, true
		}
	}
	return nil, false
}

// spoilCallback has some callbacks get lost on their way, come late, or be taken without the bank
// hearing so. It reports whether it has dealt with the request.
func (b *balancer) spoilCallback(w http.ResponseWriter, r *http.Request, proxy http.Handler) bool {
	b.mu.Lock()
	percent := int(b.percent.Load())
	lost, unheard, late := b.random.IntN(100) < percent, b.random.IntN(100) < percent, b.random.IntN(100) < percent
	pause := time.Duration(b.random.IntN(1500)) * time.Millisecond
	b.mu.Unlock()
	switch {
	case lost:
		b.hits.add("callback lost")
		panic(http.ErrAbortHandler) // the connection is cut
	case unheard:
		b.hits.add("callback unheard")
		proxy.ServeHTTP(&deaf{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case late:
		b.hits.add("callback late")
		time.Sleep(pause)
	}
	return false
}

// deaf takes an answer that nobody hears.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header         { return d.header }
func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }
func (d *deaf) WriteHeader(int)             {}

func (b *balancer) close() error { return b.server.Close() }
