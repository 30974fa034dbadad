package payments_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments/simulator"
)

// journal lists an order's journal lines of one kind as "cause verdict".
func (w *world) journal(o *models.Order, kind models.EventKind) (lines []string, events []models.Event) {
	w.t.Helper()
	all, err := w.store.PaymentEvents(w.t.Context(), o.LastPayment().ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == kind {
			lines, events = append(lines, string(e.Cause)+" "+e.Verdict), append(events, e)
		}
	}
	return lines, events
}

func TestJournalKeepsEveryExchange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind  string
		count int
		want  []string // how each line begins
	}{
		{"500_before", 0, []string{"create_order 200"}},
		{"500_before", 1, []string{"create_order 500", "create_order 200"}},
		{"lost_reply", 1, []string{"create_order no answer: ", "create_order 200"}},
		{"lost_reply", 2, []string{"create_order no answer: ", "create_order no answer: "}},
		{"truncated_json", 1, []string{"create_order 200"}},
	} {
		t.Run(fmt.Sprint(tc.count, tc.kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tc.count > 0 {
				w.steer("faults", m{"kind": tc.kind, "route": "create", "count": tc.count})
			}
			o, _ := w.place()
			lines, events := w.journal(o, "call")
			if len(lines) != len(tc.want) {
				t.Fatalf("got %q, want %q", lines, tc.want)
			}
			p := w.order(o).LastPayment()
			for i, e := range events {
				var about struct {
					Request string
					Key     string `json:"idempotency_key"`
					Attempt int
					Took    string
					Sent    string
				}
				if err := json.Unmarshal([]byte(e.Headers), &about); err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(lines[i], tc.want[i]) || about.Request != "POST /payments/v1/ecommerce/orders" || about.Attempt != i+1 ||
					about.Key != p.IdempotencyKey || about.Sent != string(p.RequestBody) || about.Took == "" || e.At.IsZero() {
					t.Errorf("line %d: %s, %s", i+1, lines[i], e.Headers)
				}
			}
			if last := events[len(events)-1]; p.BankOrderID != nil && !strings.Contains(string(last.Body), *p.BankOrderID) {
				t.Errorf("the answer is not there: %s", last.Body)
			}
		})
	}
}

func TestJournalOfARefusedStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("settings", m{"methods": []string{"bog_p2p"}})
	o, _ := w.place()
	if lines, events := w.journal(o, "call"); len(lines) != 1 || lines[0] != "create_order 400" || !strings.Contains(string(events[0].Body), "message") {
		t.Errorf("got %q", lines)
	}
}

func TestJournalOfARefund(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.exec("UPDATE stock SET on_hand = 1")
	w.expire()
	w.exec("UPDATE stock SET on_hand = 0")
	w.pay(o, m{"force": true})
	w.steer("faults", m{"kind": "500_after", "route": "refund", "count": 1})
	w.sweep(2 * time.Second)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunded)
	lines, events := w.journal(o, "call")
	if want := "[create_order 200 refund 500 refund 200]"; fmt.Sprint(lines) != want {
		t.Fatalf("got %v, want %s", lines, want)
	}
	if !strings.Contains(events[2].Headers, `"sent":"{\"amount\":12.5}"`) || !strings.Contains(string(events[2].Body), "action_id") {
		t.Errorf("got %s %s", events[2].Headers, events[2].Body)
	}
	w.wantNoSecret()
}

// A receipt is journaled when it is settled, not a second time as a call.
func TestJournalHasReceiptsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"card": "4000000000000001", "callback": m{"mode": "duplicate"}})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	if receipts, _ := w.journal(o, "receipt"); len(receipts) != 1 {
		t.Errorf("receipts: %q", receipts)
	}
	if calls, _ := w.journal(o, "call"); len(calls) != 1 {
		t.Errorf("calls: %q", calls)
	}
	w.steer("faults", m{"kind": "500_before", "route": "receipt"})
	if _, err := w.ask(o, models.CauseStaff); err == nil {
		t.Error("settled by a silent bank")
	}
	if calls, _ := w.journal(o, "call"); len(calls) != 2 || !strings.HasPrefix(calls[1], "staff bog: receipt: 500") {
		t.Errorf("calls: %q", calls)
	}
	w.wantNoSecret()
}

// wantNoSecret searches the whole journal for what must never be in it.
func (w *world) wantNoSecret() {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.bankURL+"/auth/realms/bog/protocol/openid-connect/token",
		strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		w.t.Fatal(err)
	}
	head, _, jwt := strings.Cut(token.Value, ".") // the same in every token of this bank
	if !jwt || len(head) < 10 {
		w.t.Fatalf("the bank's token is %q, no JWT to look for", token.Value)
	}
	for _, hidden := range []string{head, "Bearer", "Basic ", simulator.DefaultClientSecret, "4000000000000001", "cvv"} {
		n := w.number(`SELECT count(*) FROM payment_events
			WHERE instr(cause || verdict || headers, ?) > 0 OR instr(body, ?) > 0`, hidden, hidden)
		if n > 0 {
			w.t.Errorf("%q is in %d lines of the journal", hidden, n)
		}
	}
	if w.number("SELECT count(*) FROM payment_events WHERE instr(body, 'order_id') > 0") == 0 {
		w.t.Error("looking into the bodies finds nothing at all")
	}
}
