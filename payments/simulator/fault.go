package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Kinds of faults that an API call can meet.
const (
	Fault500Before     = "500_before"      // nothing is done; the answer is 500
	Fault500After      = "500_after"       // the call is carried out; the answer is 500
	FaultLostReply     = "lost_reply"      // the call is carried out; the connection is cut
	FaultDelay         = "delay"           // the call is carried out after DelayMS, 3000 unless set
	FaultDelayAfter    = "delay_after"     // the answer comes DelayMS after the call was carried out, 3000 unless set
	FaultReset         = "reset"           // nothing is done; the connection is reset
	FaultBlackhole     = "blackhole"       // nothing is done; the connection is cut after DelayMS, 60000 unless set
	Fault401           = "401"             // nothing is done; the access token is revoked
	Fault429           = "429"             // nothing is done; the answer has Retry-After: 1
	FaultTruncatedJSON = "truncated_json"  // the call is carried out; half of the answer comes
	FaultHTMLErrorPage = "html_error_page" // nothing is done; the answer is a page with Status, 403 unless set
	FaultUnknownStatus = "unknown_status"  // the answer has an undocumented order_status.key
	FaultExtraFields   = "extra_fields"    // the answer has undocumented fields
	FaultNumberAmounts = "number_amounts"  // the amounts in the answer are JSON numbers
)

var faultKinds = []string{Fault500Before, Fault500After, FaultLostReply, FaultDelay, FaultDelayAfter, FaultReset, FaultBlackhole, Fault401, Fault429,
	FaultTruncatedJSON, FaultHTMLErrorPage, FaultUnknownStatus, FaultExtraFields, FaultNumberAmounts}

// Fault makes something go wrong with API requests. Percent 0 means all of them, Count 0
// means for ever, Route "" means every call.
type Fault struct {
	Kind    string `json:"kind"`
	Route   string `json:"route,omitempty"`
	OrderID string `json:"order_id,omitempty"` // only requests about this order
	Percent int    `json:"percent,omitempty"`
	Count   int    `json:"count,omitempty"`
	Seed    uint64 `json:"seed,omitempty"`
	DelayMS int    `json:"delay_ms,omitempty"`
	Status  int    `json:"status,omitempty"` // of FaultHTMLErrorPage

	Hits   int `json:"hits"`
	random *mathrand.Rand
}

func (f *Fault) check() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("kind: %q is none of %q", f.Kind, faultKinds)
	case f.Route != "" && !slices.Contains(routeNames, f.Route):
		return fmt.Errorf("route: %q is none of %q", f.Route, routeNames)
	case f.Percent < 0 || f.Percent > 100 || f.Count < 0 || f.DelayMS < 0:
		return fmt.Errorf("percent must be 0..100, count and delay_ms not negative")
	case f.Status != 0 && (f.Kind != FaultHTMLErrorPage || f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status is for %s and must be 400..599", FaultHTMLErrorPage)
	}
	return nil
}

type faults struct {
	mu    sync.Mutex
	list  []*Fault
	chaos chaosSource
}

// reset removes all faults and starts chaos anew.
func (f *faults) reset(d chaosSource) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list, f.chaos = nil, d
}

func (f *faults) add(one Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one.Seed == 0 {
		one.Seed = f.chaos.seed
	}
	one.Hits, one.random = 0, mathrand.New(mathrand.NewPCG(one.Seed, one.Seed))
	f.list = append(f.list, &one)
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list, f.chaos.Chaos = nil, Chaos{}
}

func (f *faults) all() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := []Fault{}
	for _, one := range f.list {
		out = append(out, *one)
	}
	return out
}

// ofOrder returns the faults that were set for an order.
func (f *faults) ofOrder(orderID string) []Fault {
	return slices.DeleteFunc(f.all(), func(one Fault) bool { return one.OrderID != orderID })
}

// replaceForOrder removes the faults of an order and adds this one, unless its kind is "".
func (f *faults) replaceForOrder(one Fault) {
	f.mu.Lock()
	f.list = slices.DeleteFunc(f.list, func(old *Fault) bool { return old.OrderID == one.OrderID })
	f.mu.Unlock()
	if one.Kind != "" {
		f.add(one)
	}
}

func (f *Fault) usedUp() bool { return f.Count > 0 && f.Hits >= f.Count }

// forCall returns the fault that a request meets: the first in the list that matches, else
// one drawn by chaos, else nil.
func (f *faults) forCall(route, orderID string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.Route != "" && one.Route != route || one.OrderID != "" && one.OrderID != orderID || one.usedUp() {
			continue
		}
		if one.Percent > 0 && one.random.IntN(100) >= one.Percent {
			continue
		}
		one.Hits++
		hit := *one
		return &hit
	}
	if kind := drawOne(f.chaos.api, f.chaos.API, chaosKinds); kind != "" {
		return &Fault{Kind: kind}
	}
	return nil
}

func (f *Fault) name() string {
	if f == nil {
		return ""
	}
	return f.Kind
}

func (f *Fault) pause(ctx context.Context, fallback int) {
	ms := f.DelayMS
	if ms == 0 {
		ms = fallback
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// before does what the fault does before the call is carried out. If it returns true, the
// call is not carried out and the reply is the answer.
func (f *Fault) before(b *Bank, w http.ResponseWriter, c *call) (reply, bool) {
	switch f.name() {
	case Fault500Before:
		return refuse(http.StatusInternalServerError, "Internal Server Error"), true
	case FaultHTMLErrorPage:
		status := f.Status
		if status == 0 {
			status = http.StatusForbidden
		}
		says := strconv.Itoa(status) + " " + http.StatusText(status)
		out := reply{status: status, body: []byte("<!DOCTYPE html><html><head><title>" + says + "</title></head><body><h1>" + says + "</h1></body></html>\n")}
		out.header = map[string]string{"Content-Type": "text/html; charset=utf-8"}
		return out, true
	case Fault401:
		b.revokeToken(c)
		return refuse(http.StatusUnauthorized, "Unauthorized"), true
	case Fault429:
		out := refuse(http.StatusTooManyRequests, "Too Many Requests")
		out.header = map[string]string{"Retry-After": "1"}
		return out, true
	case FaultReset:
		resetConnection(w)
		return reply{}, true
	case FaultBlackhole:
		f.pause(c.r.Context(), 60_000)
		panic(http.ErrAbortHandler)
	case FaultDelay:
		f.pause(c.r.Context(), 3000)
	}
	return reply{}, false
}

// resetConnection ends the connection with RST, or cuts it where that is not possible.
func resetConnection(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // without this, Close ends the connection in the ordinary way
		}
		_ = conn.Close()
		return
	}
	panic(http.ErrAbortHandler)
}

// after changes or withholds the answer of a call that was carried out.
func (f *Fault) after(ctx context.Context, out reply) reply {
	switch f.name() {
	case Fault500After:
		return refuse(http.StatusInternalServerError, "Internal Server Error")
	case FaultLostReply:
		panic(http.ErrAbortHandler)
	case FaultDelayAfter:
		f.pause(ctx, 3000)
	case FaultTruncatedJSON:
		out.body = out.body[:len(out.body)/2]
	case FaultUnknownStatus:
		return rewriteJSON(out, func(m map[string]any) {
			details, _ := m["order_details"].(map[string]any)
			for _, one := range []map[string]any{m, details} {
				if _, is := one["order_status"]; is {
					one["order_status"] = map[string]any{"key": "under_review", "value": "Under review"}
				}
			}
			if _, is := m["status"]; is {
				m["status"] = "under_review"
			}
		})
	case FaultExtraFields:
		return rewriteJSON(out, func(m map[string]any) {
			m["campaign_hint"] = map[string]any{"seen": true, "list": []int{1, 2}}
			m["note_2031"] = nil
		})
	case FaultNumberAmounts:
		return rewriteJSON(out, func(m map[string]any) {
			unquoteAmounts(m)
		})
	}
	return out
}

// rewriteJSON applies change to an answer that is a JSON object. Other answers stay.
func rewriteJSON(out reply, change func(map[string]any)) reply {
	decoder := json.NewDecoder(bytes.NewReader(out.body))
	decoder.UseNumber()
	var m map[string]any
	if decoder.Decode(&m) != nil || m == nil {
		return out
	}
	change(m)
	out.body = encode(m)
	return out
}

// amountFields are the fields of receipts with an amount, a quantity or a percentage.
var amountFields = []string{"request_amount", "transfer_amount", "refund_amount", "unit_price", "quantity", "unit_discount_price", "total_price", "vat",
	"vat_percent", "amount", "percent", "bank_discount_amount", "discounted_amount", "original_order_amount", "system_discount_amount"}

// unquoteAmounts turns all amounts in value, however deep, into JSON numbers.
func unquoteAmounts(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if text, is := inner.(string); is && slices.Contains(amountFields, name) && text != "" {
				v[name] = json.Number(text)
			}
			unquoteAmounts(inner)
		}
	case []any:
		for _, inner := range v {
			unquoteAmounts(inner)
		}
	}
}
