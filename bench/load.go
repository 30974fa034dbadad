package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// scenario is one thing a client does again and again.
type scenario struct {
	name    string
	prepare prepare
	want    int    // status of the answer
	to      string // part of where it leads
	limit   int64  // how many requests can be made, 0: any number
}

// check returns an error unless the answer is what the scenario is about, and not a refusal.
func (s scenario) check(answer *fasthttp.Response) error {
	if to := string(answer.Header.Peek("Location")); answer.StatusCode() != s.want || !strings.Contains(to, s.to) {
		return fmt.Errorf("status %d to %q, want %d to %q: %.200s", answer.StatusCode(), to, s.want, s.to, answer.Body())
	}
	return nil
}

// prepare gets the shop ready for a scenario.
type prepare func(ctx context.Context, w *world) (requester, error)

// requester makes the n-th request of a scenario; its host is filled in later.
type requester func(n int64, r *fasthttp.Request)

// rounds is how often shop and bare handler take turns in a measurement.
const rounds = 7

// measure runs bare handler and shops in turn and prints medians of the rounds: other
// work on the machine slows down some, and all sides of them. The ratio by processor
// time, of server and client together, is what the ratio would be if the machine did
// nothing else and the disk took no time.
func measure(ctx context.Context, worlds []*world, bare *bareHandler, s scenario) error {
	sides := make([]side, len(worlds))
	for i, w := range worlds {
		request, err := s.prepare(ctx, w)
		if err != nil {
			return err
		}
		sides[i] = side{world: w, request: request, n: new(atomic.Int64)}
		if sides[i].bytes, err = w.teach(bare.url, s, request, sides[i].n); err != nil {
			return err
		}
	}
	for range rounds {
		for i := range sides {
			if err := sides[i].round(ctx, bare, s); err != nil {
				return err
			}
		}
	}
	for _, side := range sides {
		fmt.Printf("| %s | %s | %d | %.0f | %.0f | %.3f | %.3f | %d |\n", s.name, side.world.database, side.bytes,
			median(side.shopRate), median(side.bareRate), median(side.ratio), median(side.byProcessor), side.world.memory())
	}
	return nil
}

// side is one shop in a measurement.
type side struct {
	world                                  *world
	request                                requester
	n                                      *atomic.Int64
	bytes                                  int
	shopRate, bareRate, ratio, byProcessor []float64
}

func (a *side) round(ctx context.Context, bare *bareHandler, s scenario) error {
	base, err := a.world.load(ctx, bare, []string{bare.url}, s, a.request, new(atomic.Int64))
	if err != nil {
		return fmt.Errorf("bare: %w", err)
	}
	shop, err := a.world.load(ctx, bare, a.world.shops, s, a.request, a.n)
	if err != nil {
		return fmt.Errorf("%s: %w", a.world.database, err)
	}
	a.shopRate, a.bareRate = append(a.shopRate, shop.rate), append(a.bareRate, base.rate)
	a.ratio, a.byProcessor = append(a.ratio, shop.rate/base.rate), append(a.byProcessor, base.processor/shop.processor)
	return nil
}

// teach makes one request to the shop and has the bare handler answer the same from now on.
func (w *world) teach(bare string, s scenario, request requester, n *atomic.Int64) (int, error) {
	r, answer := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	request(n.Add(1)-1, r)
	r.SetHost(host(w.shop))
	if err := fasthttp.Do(r, answer); err != nil {
		return 0, err
	}
	if err := s.check(answer); err != nil {
		return 0, err
	}
	q := url.Values{
		"status": {strconv.Itoa(answer.StatusCode())}, "type": {string(answer.Header.ContentType())},
		"location": {string(answer.Header.Peek("Location"))},
	}
	put := fasthttp.AcquireRequest()
	put.Header.SetMethod(fasthttp.MethodPut)
	put.SetRequestURI(bare + "/?" + q.Encode())
	put.SetBody(answer.Body())
	told := fasthttp.AcquireResponse()
	if err := fasthttp.Do(put, told); err != nil {
		return 0, err
	}
	if told.StatusCode() != fasthttp.StatusOK && told.StatusCode() != s.want {
		return 0, fmt.Errorf("bare handler: status %d", told.StatusCode())
	}
	return len(answer.Body()), nil
}

// measured is what one load came to: answers a second, and seconds of processor
// time for an answer.
type measured struct{ rate, processor float64 }

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// load sends requests over all connections, spread over the servers, for the time of one round
// and returns how many a second were answered as they should be, and at what cost.
func (w *world) load(ctx context.Context, bare *bareHandler, servers []string, s scenario, request requester, n *atomic.Int64) (measured, error) {
	var clients []*fasthttp.HostClient
	for _, base := range servers {
		client := &fasthttp.HostClient{Addr: host(base), MaxConns: w.connections, MaxIdemponentCallAttempts: 1}
		defer client.CloseIdleConnections() // the shop takes only so many from one address
		clients = append(clients, client)
	}
	ctx, cancel := context.WithTimeout(ctx, w.duration/rounds)
	defer cancel()
	var (
		done   atomic.Int64
		failed sync.Once
		reason error
		wg     sync.WaitGroup
	)
	limit := s.limit / rounds // they share what there is
	began, used := time.Now(), w.processor(bare)
	for i := range w.connections {
		client := clients[i%len(clients)]
		wg.Go(func() {
			r, answer := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			for ctx.Err() == nil && (s.limit == 0 || done.Load() < limit-int64(w.connections)) {
				r.Reset()
				request(n.Add(1)-1, r)
				r.SetHost(client.Addr)
				err := client.Do(r, answer)
				if err == nil {
					err = s.check(answer)
				}
				if err != nil {
					failed.Do(func() { reason = err })
					cancel()
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	answers := float64(done.Load())
	if answers == 0 && reason == nil {
		reason = fmt.Errorf("nothing was answered: a round is too short, or has too few requests for %d connections", w.connections)
	}
	return measured{answers / time.Since(began).Seconds(), (w.processor(bare) - used).Seconds() / answers}, reason
}

func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Host
}
