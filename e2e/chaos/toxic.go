package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// toxic is a bad network between the shop and its bank: it passes bytes on, and some connections
// late, cut, or in one direction only.
type toxic struct {
	listener net.Listener
	to       func() string // where the connections lead: the bank may come back elsewhere
	percent  atomic.Int64  // of each toxin
	hits     tally

	mu     sync.Mutex
	random *rand.Rand
}

// The toxins. Half of a connection stays open when the other half has gone: whoever waits for an
// answer there learns nothing until the connection ends.
const (
	toxinDelay    = "delay"
	toxinReset    = "reset"
	toxinHalfOpen = "half-open"
	toxinCutReply = "cut reply"
)

var toxins = []string{toxinDelay, toxinReset, toxinHalfOpen, toxinCutReply}

// halfOpenTime is how long a half-open connection stays: longer than the shop has patience.
const halfOpenTime = 7 * time.Second

func newToxic(seed uint64, to func() string) (*toxic, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &toxic{listener: ln, to: to, random: rand.New(rand.NewPCG(seed, streamNetwork))}
	go t.serve()
	return t, nil
}

func (t *toxic) url() string { return "http://" + t.listener.Addr().String() }

func (t *toxic) serve() {
	for {
		c, err := t.listener.Accept()
		if err != nil {
			return // closed
		}
		go t.pass(c.(*net.TCPConn))
	}
}

// draw picks what happens to a connection, and after how many bytes or how much time.
func (t *toxic) draw() (toxin string, amount int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	percent := int(t.percent.Load())
	for _, one := range toxins {
		hit, n := t.random.IntN(100) < percent, t.random.IntN(2000)
		if hit && toxin == "" {
			toxin, amount = one, n
		}
	}
	return toxin, amount
}

func (t *toxic) pass(client *net.TCPConn) {
	defer client.Close()
	toxin, amount := t.draw()
	if toxin != "" {
		t.hits.add(toxin)
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.Dial("tcp", t.to())
	if err != nil {
		_ = client.SetLinger(0) // as if nobody listened: the shop sees a reset
		return
	}
	bank := conn.(*net.TCPConn)
	defer bank.Close()
	var answer io.Reader = bank
	switch toxin {
	case toxinReset:
		_ = client.SetLinger(0)
		_, _ = io.CopyN(bank, client, int64(amount)) // a part of a request, or all of it
		return
	case toxinCutReply:
		_ = client.SetLinger(0)
		answer = io.LimitReader(bank, int64(amount))
	case toxinDelay:
		answer = &slowReader{bank, time.Duration(amount) * time.Millisecond}
	case toxinHalfOpen:
		ctx, cancel := context.WithTimeout(context.Background(), halfOpenTime)
		defer cancel()
		go func() {
			_, _ = io.Copy(bank, client)
			cancel() // the shop has given up
		}()
		<-ctx.Done()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(bank, client)
		_ = bank.CloseWrite()
	}()
	_, _ = io.Copy(client, answer)
	if toxin != toxinCutReply {
		_ = client.CloseWrite()
		<-done
	}
}

func (t *toxic) close() error { return t.listener.Close() }

// slowReader hands on its first bytes late.
type slowReader struct {
	io.Reader
	late time.Duration
}

func (s *slowReader) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.late > 0 && n > 0 {
		time.Sleep(s.late)
		s.late = 0
	}
	return n, err
}

// tally counts things by name.
type tally struct {
	mu sync.Mutex
	by map[string]int
}

func (t *tally) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]int{}
	}
	t.by[name]++
}

func (t *tally) get() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]int{}
	for name, n := range t.by {
		out[name] = n
	}
	return out
}
