package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dukani/e2e/faults"
)

// counter counts what a shop does to its database, and says when it is to be killed.
type counter struct {
	mu    sync.Mutex
	armed bool
	at, n int
	hit   chan struct{} // closed when the moment has come
}

// arm counts from 1 again. The moment comes at the given number, with 0 never.
func (c *counter) arm(at int) (hit <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.at, c.n, c.hit = true, at, 0, make(chan struct{})
	return c.hit
}

// disarm ends the counting and returns how far it has come.
func (c *counter) disarm() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	return c.n
}

// next counts one more and reports whether it is the one.
func (c *counter) next() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.armed {
		return false
	}
	if c.n++; c.n != c.at {
		return false
	}
	c.armed = false
	close(c.hit)
	return true
}

// gated has the shop of w killed at one of its writes, syncs and truncations of SQLite's files.
func (c *counter) gated(w *world) {
	gate := &faults.Gate{}
	gate.Set(func(call faults.Call) syscall.Errno {
		if strings.HasPrefix(call.File, w.shopDatabase) && c.next() {
			return faults.Kill
		}
		return 0
	})
	w.launch = gate.Start
}

// sweeper kills one shop again and again.
type sweeper struct {
	*world
	counter *counter
	plan    *plan
	people  int
}

// story is what somebody does while the shop is killed.
type story struct {
	name    string
	capture string // SHOP_CAPTURE; "": automatic
	before  func(ctx context.Context, s *shopper) error
	act     func(ctx context.Context, s *shopper) error
	end     ending
}

// ending is how a story has to end, at the shop and at the bank.
type ending struct {
	status   string // of the newest order, as its page says
	paid     int    // orders that the bank has taken money for, each its total, once
	refunded bool   // the bank has given back all of it
}

var sweptPurchase = purchase{Delivery: "pickup", Method: "card", AtBank: "pay", Card: "0001"}

// buys buys one unit, each person another product than the one before, so that none runs out.
func buys(save string) func(context.Context, *shopper) error {
	return func(ctx context.Context, s *shopper) error {
		p := sweptPurchase
		p.Goods, p.Save = []good{{goods[s.ID%(len(goods)-scarce)], 1}}, save
		return s.buy(ctx, p)
	}
}

func stories() []story {
	buyFirst := func(status string) func(ctx context.Context, s *shopper) error {
		return func(ctx context.Context, s *shopper) error {
			if err := buys("")(ctx, s); err != nil {
				return err
			}
			return s.awaits(ctx, status)
		}
	}
	return []story{
		{name: "purchase", act: buys(""), end: ending{"paid", 1, false}},
		{
			name: "one-click charge",
			before: func(ctx context.Context, s *shopper) error {
				s.Account = true
				if err := s.register(ctx); err != nil {
					return err
				}
				if err := buys("subscription")(ctx, s); err != nil {
					return err
				}
				return s.awaits(ctx, "paid")
			},
			act: func(ctx context.Context, s *shopper) error { return s.again(ctx, sweptPurchase) },
			end: ending{"paid", 2, false},
		},
		{
			name: "refund", before: buyFirst("paid"),
			act: func(ctx context.Context, s *shopper) error {
				return s.staffDo(ctx, errand{purchase: purchase{OnPaid: "refund"}})
			},
			end: ending{"refunded", 1, true},
		},
		{
			name: "capture", capture: "manual", before: buyFirst("on_hold"),
			act: func(ctx context.Context, s *shopper) error {
				return s.staffDo(ctx, errand{held: true, purchase: purchase{OnHold: "capture"}})
			},
			end: ending{"paid", 1, false},
		},
	}
}

// awaits waits until the order's page shows this status.
func (s *shopper) awaits(ctx context.Context, status string) error {
	if s.order == "" {
		return errors.New("no page of an order was shown")
	}
	said := ""
	err := untilTrue(ctx, 40*time.Second, func() (bool, error) {
		if err := s.b.open(ctx, s.order); err != nil {
			return false, err
		}
		s.note()
		said = s.b.find("order-status").AttrOr("data-status", "")
		return said == status, nil
	})
	if err != nil {
		return fmt.Errorf("%s is %q, not %q: %w", s.order, said, status, err)
	}
	return nil
}

// staffDo has a member of staff run an errand about the order that the page shows.
func (s *shopper) staffDo(ctx context.Context, e errand) error {
	e.number = strings.TrimSpace(s.b.find("order-number").First().Text())
	m := &member{world: s.world, b: newBrowser(s.balancer.url(), s.transport)}
	_, err := m.do(ctx, e)
	if errors.Is(err, errNoForm) { // the shop was killed after it had done it, before it could say so
		err = nil
	}
	return err
}

// person is a new buyer.
func (s *sweeper) person() *shopper {
	s.people++
	return s.newShopper(buyer{ID: s.people, Kind: "swept", Lang: "en"})
}

// run tells a story, with the shop killed at the given number of what is counted, and checks its end.
// It returns how far the counting came, and whether the shop was killed.
func (s *sweeper) run(ctx context.Context, st story, at int) (n int, killed bool, err error) {
	who := s.person()
	if st.before != nil {
		if err := st.before(ctx, who); err != nil {
			return 0, false, fmt.Errorf("before: %w", err)
		}
	}
	hit, over := s.counter.arm(at), make(chan struct{})
	back := make(chan error, 1)
	go func() {
		select {
		case <-hit:
			s.shops[0].stop(syscall.SIGKILL) // it is dead or dying
			back <- s.startShop(ctx, s.shops[0], s.plan)
		case <-over:
			back <- nil
		}
	}()
	err = st.act(ctx, who)
	n = s.counter.disarm()
	select {
	case <-hit:
		killed = true
	default:
		close(over)
	}
	if err := errors.Join(err, <-back); err != nil {
		return n, killed, err
	}
	return n, killed, s.checkEnd(ctx, who, st.end)
}

// checkEnd holds what the page, the shop and the bank say against the ending.
func (s *sweeper) checkEnd(ctx context.Context, who *shopper, end ending) error {
	if err := who.awaits(ctx, end.status); err != nil {
		return err
	}
	orders, err := s.ordersOf(ctx, who.email)
	if err != nil {
		return err
	}
	paid := 0
	for _, o := range orders {
		var theirs []struct{ Taken, Refunded int64 }
		if err := s.steering.get(ctx, "orders?external_order_id="+o.number, &theirs); err != nil {
			return err
		}
		taken, refunded := int64(0), int64(0)
		for _, b := range theirs {
			taken, refunded = taken+b.Taken, refunded+b.Refunded
		}
		if taken == 0 {
			continue
		}
		paid++
		if taken != o.total || end.refunded != (refunded == o.total) || !end.refunded && refunded > 0 {
			return fmt.Errorf("order %s of %d: the bank has taken %d and refunded %d", o.number, o.total, taken, refunded)
		}
		if o.captured != taken || o.refunded != refunded {
			return fmt.Errorf("order %s: the bank has taken %d and refunded %d, the shop has booked %d and %d", o.number, taken, refunded, o.captured, o.refunded)
		}
	}
	if paid != end.paid {
		return fmt.Errorf("%d of the buyer's %d orders are paid, want %d", paid, len(orders), end.paid)
	}
	return nil
}

// spread is up to n numbers from 1 to last, with both ends, as far apart as can be.
func spread(last, n int) (list []int) {
	for i := range n {
		at := last
		if n > 1 {
			at = 1 + i*(last-1)/(n-1)
		}
		list = append(list, at)
	}
	return slices.Compact(list)
}

// killAt is run that kills for certain. How much the shop does differs each time, so that a story may be over before
// the moment comes: then it is told again, with the moment at the same fraction of the length that it had, and each
// time a tenth of that nearer to the beginning: a story that waited long was full of looks at what is due.
func (s *sweeper) killAt(ctx context.Context, st story, at, length int) error {
	for moment, tries := at, 0; tries < 9; tries++ {
		n, killed, err := s.run(ctx, st, moment)
		if killed || err != nil {
			return err
		}
		moment = max(1, n*at/length*(10-tries)/10)
	}
	return errors.New("each time the story was over before the moment came")
}

// sweep kills the shop at that many moments of each story and compares the books in the end.
func (s *sweeper) sweep(t *testing.T, points map[string]int) {
	ctx := t.Context()
	for _, st := range stories() {
		if points[st.name] == 0 {
			continue
		}
		if capture := cmp.Or(st.capture, "automatic"); s.plan.Starts[0] != capture {
			s.plan.Starts[0] = capture
			s.shops[0].stop(syscall.SIGTERM)
			must(t, s.startShop(ctx, s.shops[0], s.plan))
		}
		length, _, err := s.run(ctx, st, 0)
		if err != nil {
			t.Fatalf("%s, nothing killed: %v", st.name, err)
		}
		healed := 0
		moments := spread(length, points[st.name])
		for _, at := range moments {
			if err := s.killAt(ctx, st, at, length); err != nil {
				t.Errorf("%s, killed at %d of %d: %v", st.name, at, length, err)
				continue
			}
			healed++
		}
		t.Logf("%s on %s: %d moments out of %d, %d healed", st.name, s.DB, len(moments), length, healed)
	}
	s.compareBooks(t)
}
