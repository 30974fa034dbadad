package bog_test

import (
	"testing"

	"dukani/payments/bog"
)

func TestParseSubject(t *testing.T) {
	t.Parallel()
	paid := golden(t, "callback_paid.json")
	whole, err := bog.ParseCallback(paid)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bog.Subject{
		string(paid): {bog.EventOrderPayment, whole.Receipt.OrderID, whole.Receipt.ExternalOrderID},
		`{"event":"order_payment","body":{"order_id":"b1","external_order_id":null}}`: {"order_payment", "b1", ""},
		`{"event":"split_payment","body":null}`:                                       {"split_payment", "", ""},
		`{"event":"order_payment","body":{"order_id":"b1","external_order_id":1042}}`: {"order_payment", "b1", "1042"},
	} {
		if got, err := bog.ParseSubject([]byte(body)); err != nil || got != want {
			t.Errorf("%.80s: %+v, %v; want %+v", body, got, err, want)
		}
	}
	for _, body := range []string{"", "{", "[]", `{"body":{"order_id":"b1"}}`, `{"event":"order_payment","body":7}`} {
		if got, err := bog.ParseSubject([]byte(body)); err == nil {
			t.Errorf("%q was read as %+v", body, got)
		}
	}
}
