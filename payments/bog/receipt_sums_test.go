package bog_test

import (
	"strings"
	"testing"

	"dukani/payments/bog"
)

func TestReceiptSums(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file, old, new           string
		requested, due, captured bog.Amount
		full                     bool // for an order over 47.30 lari
	}{
		{"receipt_created.json", "", "", 4730, 4730, 0, false},
		{"receipt_paid.json", "", "", 4730, 4730, 4730, true},
		{"receipt_paid.json", `"GEL"`, `"USD"`, 4730, 4730, 4730, false},
		{"receipt_paid.json", `"request_amount": "47.3"`, `"request_amount": "47.29"`, 4729, 4729, 4730, false},
		{"receipt_paid.json", `"transfer_amount": "47.3"`, `"transfer_amount": "47.29"`, 4730, 4730, 4729, false},
		{"receipt_blocked.json", "", "", 4730, 4730, 4730, false},
		{"receipt_rejected.json", "", "", 4730, 4730, 0, false},
		{"receipt_partial_completed.json", "", "", 4730, 4730, 4000, false},
		{"receipt_refunded_partially.json", "", "", 4730, 4730, 4730, true},
		{"receipt_refunded.json", "", "", 4730, 4730, 4730, false},
		{"receipt_split_discount.json", "", "", 4730, 4257, 4257, true},
		{"receipt_split_discount.json", `"request_amount": "47.3"`, `"request_amount": "42.57"`, 4730, 4257, 4257, true},
		{"receipt_split_discount.json", `"transfer_amount": "42.57"`, `"transfer_amount": "42.56"`, 4730, 4257, 4256, false},
		// Discounts that make no sense are ignored.
		{"receipt_split_discount.json", `"request_amount": "47.3"`, `"request_amount": "50"`, 5000, 5000, 4257, false},
		{"receipt_split_discount.json", `"discounted_amount": "42.57"`, `"discounted_amount": "0.0"`, 4730, 4730, 4257, false},
		{"receipt_split_discount.json", `"discounted_amount": "42.57"`, `"discounted_amount": "50"`, 4730, 4730, 4257, false},
		{"receipt_split_discount.json", `"discounted_amount": "42.57"`, `"discounted_amount": "ten percent"`, 4730, 4730, 4257, false},
		{"receipt_split_discount.json", `"original_order_amount": "47.3"`, `"original_order_amount": ""`, 4730, 4730, 4257, false},
	} {
		body := string(golden(t, tc.file))
		changed := strings.Replace(body, tc.old, tc.new, 1)
		if tc.old != "" && changed == body {
			t.Fatalf("%s has no %s", tc.file, tc.old)
		}
		r, err := bog.DecodeReceipt([]byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		if r.Requested() != tc.requested || r.Due() != tc.due || r.Captured() != tc.captured || r.PaidInFull(4730, bog.GEL) != tc.full {
			t.Errorf("%s %s: requested %s, due %s, captured %s, in full %v", tc.file, tc.new, r.Requested(), r.Due(), r.Captured(), r.PaidInFull(4730, bog.GEL))
		}
		if r.PaidInFull(4257, bog.GEL) || r.PaidInFull(0, bog.GEL) {
			t.Errorf("%s %s: in full for another sum", tc.file, tc.new)
		}
	}
}

// BenchmarkSettleDecision measures what it costs to read a receipt and to decide whether the
// order is paid.
func BenchmarkSettleDecision(b *testing.B) {
	receipt := golden(b, "receipt_paid.json")
	b.ReportAllocs()
	for b.Loop() {
		r, err := bog.DecodeReceipt(receipt)
		if err != nil || !r.PaidInFull(4730, bog.GEL) {
			b.Fatal(err)
		}
	}
}
