package lives

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// checker says what must be true of the shop's file and the bank's books. The invariants are
// those of docs/reliability.md: I1 paid at most once, I2 stock, I3 money, I4 everything
// exactly once, I6 on disk before it leaves.
type checker struct{ w *world }

func newChecker(w *world) *checker { return &checker{w} }

func (c *checker) always() { c.all(safety) }

func (c *checker) finally() {
	c.all(liveness)
	c.money()
	c.alarms()
	c.count()
}

func (c *checker) all(rules map[string]string) {
	names := slices.Sorted(maps.Keys(rules)) // a trace lists them in one order
	facts := strings.NewReplacer(":shelf", fmt.Sprint(c.w.plan.Shelf), ":now", time.Now().UTC().Format("'2006-01-02 15:04:05'"))
	for _, name := range names {
		if found := c.texts(facts.Replace(rules[name])); len(found) > 0 {
			c.w.fail("%s: %s", name, strings.Join(found, ", "))
		}
	}
}

func (c *checker) texts(query string, args ...any) (list []string) {
	rows, err := c.w.raw.Query(query, args...)
	if err != nil {
		c.w.fail("%v: %s", err, query)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			c.w.fail("%v: %s", err, query)
			return list
		}
		list = append(list, one)
	}
	return list
}

// onDisk checks I6: what changes something at the bank has its key and its body in the
// shop's file before it leaves. A wallet's token is the one thing that is not stored.
func (c *checker) onDisk(r *http.Request, route, name string, body []byte) {
	key := r.Header.Get("Idempotency-Key")
	query := map[string]string{
		"create":      "SELECT count(*) FROM payments WHERE idempotency_key = ?1 AND (request_body = ?2 OR wallet_state <> '')",
		"pay_saved":   "SELECT count(*) FROM payments WHERE idempotency_key = ?1 AND request_body = ?2",
		"subscribe":   "SELECT count(*) FROM payments WHERE idempotency_key = ?1 AND request_body = ?2",
		"refund":      "SELECT count(*) FROM refunds WHERE idempotency_key = ?1 AND request_body = ?2",
		"approve":     "SELECT count(*) FROM captures WHERE idempotency_key = ?1 AND request_body = ?2",
		"cancel":      "SELECT count(*) FROM captures WHERE idempotency_key = ?1 AND request_body = ?2",
		"save_card":   "SELECT count(*) FROM payments WHERE save_card_key = ?1 AND ?2 IS ?2",
		"forget_card": "SELECT count(*) FROM saved_cards WHERE remove_key = ?1 AND ?2 IS ?2",
	}[route]
	if query == "" {
		return
	}
	var n int
	if err := c.w.raw.QueryRow(query, key, body).Scan(&n); err != nil || n == 0 {
		c.w.fail("I6 a call leaves that is not on disk: %s %v", name, err)
	}
}

// bankOrder is what the bank has of one order.
type bankOrder struct {
	ID       string `json:"id"`
	Number   string `json:"external_order_id"`
	Captured int    `json:"taken"`
	Refunded int    `json:"refunded"`
	Held     int    `json:"held"`
}

func (c *checker) bankOrders() []bankOrder {
	_, text := c.w.steer(http.MethodGet, "ledger", "")
	var ledger struct{ Orders []bankOrder }
	if err := json.Unmarshal([]byte(text), &ledger); err != nil {
		c.w.fail("the bank's ledger: %v", err)
	}
	return ledger.Orders
}

// ours is what the shop has of a bank's order, as text.
func (c *checker) ours() map[string]string {
	m := map[string]string{}
	for _, line := range c.texts(`SELECT p.bank_order_id || ' ' || coalesce(sum(l.amount_tetri) FILTER (WHERE l.kind = 'captured'), 0) || ' ' ||
		coalesce(sum(l.amount_tetri) FILTER (WHERE l.kind = 'refunded'), 0)
		FROM payments p LEFT JOIN ledger l ON l.payment_id = p.id WHERE p.bank_order_id IS NOT NULL GROUP BY p.id`) {
		id, sums, _ := strings.Cut(line, " ")
		m[id] = sums
	}
	return m
}

// toAsk lists the orders about which the bank and the shop differ and the shop will still
// ask: nothing has told it yet.
func (c *checker) toAsk() (numbers []string) {
	ours := c.ours()
	for _, b := range c.bankOrders() {
		if sums, known := ours[b.ID]; known && sums != fmt.Sprint(b.Captured, b.Refunded) {
			numbers = append(numbers, c.texts(`SELECT o.number FROM orders o JOIN payments p ON p.order_id = o.id
				WHERE p.bank_order_id = ? AND p.next_check_at IS NOT NULL AND p.state <> 'mismatch'`, b.ID)...)
		}
	}
	return numbers
}

// money checks I3: what the bank captured and refunded of each order is what the shop's
// ledger says, or somebody has been told of the difference.
func (c *checker) money() {
	ours := c.ours()
	for _, b := range c.bankOrders() {
		sums, known := ours[b.ID]
		if !known {
			sums = "0 0"
		}
		if sums == fmt.Sprint(b.Captured, b.Refunded) {
			continue
		}
		told := c.texts(`SELECT kind FROM review_items r JOIN orders o ON o.id = r.order_id LEFT JOIN payments p ON p.id = r.payment_id
			WHERE o.number = ? AND kind IN ('mismatch', 'charge_unknown') AND r.resolved_at IS NULL
			UNION SELECT kind FROM review_items WHERE kind = 'unknown_order' AND subject LIKE '%' || ? AND resolved_at IS NULL`, b.Number, b.ID)
		if len(told) == 0 {
			c.w.fail("I3 %s: the bank has %d - %d, the shop %s", b.Number, b.Captured, b.Refunded, sums)
		}
	}
}

// alarms looks for what was taken out of all automatic handling for no reason. The bank of a
// world tells the truth in its receipts, whatever its callbacks say, and nobody captures
// another amount in its console: nothing there can differ from what the shop has requested.
func (c *checker) alarms() {
	for _, found := range c.texts("SELECT coalesce(o.number, '') || ' ' || r.detail FROM review_items r LEFT JOIN orders o ON o.id = r.order_id WHERE kind = 'mismatch'") {
		c.w.fail("a false alarm: %s", found)
	}
}

// story tells what the shop has of a broken world, for whoever looks for the cause. Only of a
// plan that was shrunk is it short enough to be read.
func (c *checker) story() []string {
	if len(c.w.broken) == 0 || len(c.w.plan.Lives) > 10 {
		return nil
	}
	return c.texts(`SELECT 'order ' || number || ' of ' || email || ' is ' || status FROM orders
		UNION ALL SELECT number || ': ' || e.at || ' ' || e.status || ' ' || e.detail FROM order_events e JOIN orders o ON o.id = order_id
		UNION ALL SELECT number || ' attempt ' || p.id || ': ' || kind || ' ' || state || ' ' || bank_status || ', captured ' || captured_tetri || ', refunded ' || refunded_tetri || ', next ' || coalesce(next_check_at, '')
			FROM payments p JOIN orders o ON o.id = order_id
		UNION ALL SELECT 'attempt ' || payment_id || ': ' || at || ' ' || kind || ' ' || cause || ' ' || verdict FROM payment_events WHERE payment_id IS NOT NULL
		UNION ALL SELECT 'refund of ' || payment_id || ': ' || amount_tetri || ' ' || state || ' ' || reason || ' ' || reject_reason FROM refunds
		UNION ALL SELECT kind || ' of ' || payment_id || ': ' || amount_tetri || ' ' || state || ' ' || reason FROM captures
		UNION ALL SELECT 'ledger of ' || payment_id || ': ' || kind || ' ' || amount_tetri FROM ledger
		UNION ALL SELECT 'review: ' || at || ' ' || kind || ' ' || detail || ' ' || resolution FROM review_items`)
}

// count tells what came about, so that a plan that lets nothing happen is noticed.
func (c *checker) count() {
	for _, line := range c.texts(`SELECT count(*) || ' orders ' || status FROM orders GROUP BY status
		UNION ALL SELECT count(*) || ' refunds ' || state FROM refunds GROUP BY state
		UNION ALL SELECT count(*) || ' ' || kind || 's ' || state FROM captures GROUP BY kind, state
		UNION ALL SELECT count(*) || ' attempts ' || kind FROM payments GROUP BY kind
		UNION ALL SELECT count(*) || ' captured by ' || method FROM payments WHERE captured_tetri > 0 GROUP BY method
		UNION ALL SELECT count(*) || ' loans applied for' FROM payments WHERE decide_until IS NOT NULL
		UNION ALL SELECT count(*) || ' refunds by hand ' || state FROM refunds WHERE by_hand = 1 GROUP BY state
		UNION ALL SELECT count(*) || ' cards ' || state FROM saved_cards GROUP BY state
		UNION ALL SELECT count(*) || ' review ' || kind FROM review_items GROUP BY kind`) {
		var n int
		number, what, _ := strings.Cut(line, " ")
		if _, err := fmt.Sscan(number, &n); err == nil {
			c.w.tally[what] += n
			if kind, _, _ := strings.Cut(what, " "); kind == "orders" {
				c.w.tally[kind] += n
			}
		}
	}
	c.w.tally["faults"] += len(c.w.faults)
}
