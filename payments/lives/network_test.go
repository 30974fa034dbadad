package lives

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"time"

	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// The bank and the shop call each other without sockets. Each message takes a time of its
// own, which decides what overtakes what, and may meet one of the bank's faults.

// bankHost and shopHost are addresses that nothing listens on.
const (
	bankHost = "http://127.0.0.1:8081"
	shopHost = "http://127.0.0.1:8080"
)

// faultKinds are the simulated bank's faults, and one of the network before it: the bank
// cannot be reached.
const unreachable = "unreachable"

var faultKinds = []string{
	simulator.Fault500Before, simulator.Fault500After, simulator.FaultLostReply, simulator.FaultLostReply, simulator.FaultDelay, simulator.FaultDelayAfter,
	simulator.FaultReset, simulator.FaultBlackhole, simulator.Fault401, simulator.Fault429, simulator.FaultTruncatedJSON, simulator.FaultHTMLErrorPage,
	simulator.FaultUnknownStatus, simulator.FaultExtraFields, simulator.FaultNumberAmounts, unreachable,
}

var errDied = errors.New("the shop has died")

// toBank carries the calls of one process of the shop.
type toBank struct{ *shop }

func (n toBank) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	route := routeOf(r)
	name := n.w.name(route, lifeOf(n.w, r.URL.Path, body))
	fault, there, back := n.w.passage(name)
	n.cross(name + " leaves")
	if n.isDead() {
		return nil, errDied
	}
	n.w.check.onDisk(r, route, name, body)
	if fault == unreachable {
		n.w.note("%s: %s", name, fault)
		return nil, &net.OpError{Op: "dial", Err: errors.New("unreachable")}
	}
	if !n.pause(r, there) {
		return nil, r.Context().Err()
	}
	answered := make(chan *http.Response, 1)
	go func() { answered <- n.w.atBank(r, route, body, fault) }() // goes on at the bank when the shop has given up
	var answer *http.Response
	select {
	case answer = <-answered:
	case <-r.Context().Done():
		n.w.note("%s: %s, given up", name, fault)
		return nil, r.Context().Err()
	}
	if !n.pause(r, back) {
		return nil, r.Context().Err()
	}
	n.cross(name + " is answered")
	switch {
	case n.isDead():
		return nil, errDied
	case answer == nil:
		n.w.note("%s: %s, no answer", name, fault)
		return nil, io.ErrUnexpectedEOF
	}
	n.w.note("%s: %s %d", name, fault, answer.StatusCode)
	return answer, nil
}

// pause lets a message travel; it reports false if its caller does not wait any more.
func (s *shop) pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// passage draws what a message meets: a fault, "" for none, and how long it and its answer
// take.
func (w *world) passage(name string) (fault string, there, back time.Duration) {
	r := draw(w.plan.Seed, name)
	there, back = upTo(r, 400*time.Millisecond), upTo(r, 400*time.Millisecond)
	if !w.meetsFault(name, r.IntN(100)) {
		return "", there, back
	}
	return faultOf(w.plan.Seed, name), there, back
}

// meetsFault reports whether a message meets a fault, for which percent was drawn.
func (w *world) meetsFault(name string, percent int) bool {
	hit := percent < w.plan.Faulty || w.plan.Faulty == listed && slices.Contains(w.plan.Faults, name)
	if !hit || w.since() > calm {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, name)
	return true
}

// faultOf is the fault that a message meets if it meets one. Of a callback that is always that
// the bank does not get the shop's answer.
func faultOf(seed uint64, name string) string {
	if strings.Contains(name, " callback ") {
		return simulator.FaultLostReply
	}
	return pick(draw(seed, "fault of "+name), faultKinds...)
}

// atBank has the bank serve a request with a fault; nil is no answer.
func (w *world) atBank(r *http.Request, route string, body []byte, fault string) (answer *http.Response) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			answer = nil
		}
	}()
	if fault != "" {
		w.steer(http.MethodPost, "faults", fmt.Sprintf(`{"kind":%q,"count":1,"delay_ms":%d,"status":%d}`, fault, 2000+w.plan.Seed%30_000, htmlStatus(fault)))
		defer w.steer(http.MethodDelete, "faults", "")
	}
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	out := httptest.NewRecorder()
	w.bank.Handler().ServeHTTP(out, in)
	if route == "create" || route == "pay_saved" || route == "subscribe" {
		if made := uuidIn.FindString(out.Body.String()); made != "" {
			w.belongs(made, lifeOf(w, "", body))
		}
	}
	return out.Result()
}

// htmlStatus is the status of the fault that has one.
func htmlStatus(fault string) int {
	if fault == simulator.FaultHTMLErrorPage {
		return http.StatusBadGateway
	}
	return 0
}

// toShop carries the bank's callbacks to whatever process of the shop there is.
type toShop struct{ w *world }

func (n toShop) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	name := n.w.name("callback", lifeOf(n.w, "", body))
	d := draw(n.w.plan.Seed, name)
	time.Sleep(upTo(d, 3*time.Second))
	status := http.StatusBadGateway
	if s := n.w.serving(); s != nil {
		status = s.receive(r, name, body)
	}
	n.w.note("%s: %d", name, status)
	if n.w.meetsFault(name, d.IntN(100)) {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

// receive is the shop's callback address.
func (s *shop) receive(r *http.Request, name string, body []byte) int {
	s.running.Add(1)
	defer s.running.Done()
	err := s.desk.ReceiveCallback(s.ctx, body, r.Header.Get(bog.SignatureHeader), nil)
	switch {
	case errors.Is(err, bog.ErrSignature):
		return http.StatusUnauthorized
	case err != nil:
		return http.StatusInternalServerError
	}
	s.hurry(name)
	return http.StatusOK
}

var (
	uuidIn   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	numberIn = regexp.MustCompile(`"external_order_id":\s*"(D-[0-9]+)"`)
)

// lifeOf tells which life a message is about, -1 for none.
func lifeOf(w *world, path string, body []byte) int {
	if m := numberIn.FindSubmatch(body); m != nil {
		return w.lifeOfNumber(string(m[1]))
	}
	if id := uuidIn.FindString(path); id != "" {
		return w.lifeOfBankOrder(id)
	}
	return -1
}

// routeOf is the name of a call, as in the bank's faults.
func routeOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, simulator.APIPath)
	switch {
	case r.URL.Path == simulator.TokenPath:
		return "token"
	case path == "/ecommerce/orders":
		return "create"
	case strings.HasPrefix(path, "/receipt/"):
		return "receipt"
	case strings.HasPrefix(path, "/payment/refund/"):
		return "refund"
	case strings.Contains(path, "/approve/"):
		return "approve"
	case strings.Contains(path, "/cancel/"):
		return "cancel"
	case strings.HasSuffix(path, "/cards"), strings.HasSuffix(path, "/subscriptions"):
		return "save_card"
	case strings.HasSuffix(path, "/subscribe"):
		return "subscribe"
	case strings.HasPrefix(path, "/charges/card/"):
		return "forget_card"
	}
	return "pay_saved"
}
