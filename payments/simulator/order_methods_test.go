package simulator_test

import (
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

// only is the change of a create request that allows one method.
func only(method string) []string { return []string{card47, `"payment_method":["` + method + `"]`} }

func TestPageMethodsSucceedAndFail(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	for method, outcomes := range map[string]map[string][2]any{ // by choice: code and payer_identifier
		"google_pay":  {"": {"100", "400000***0010"}, "0010": {"100", "400000***0010"}, "0003": {"100", "530000***0003"}, "0002": {"107", "400000***0002"}, "0109": {"109", "400000***0109"}},
		"apple_pay":   {"": {"100", "480213***0001"}, "0001": {"100", "480213***0001"}, "0003": {"100", "480213***0003"}, "0002": {"107", "480213***0002"}, "0109": {"109", "480213***0109"}},
		"bog_p2p":     {"": {"100", "ნინო კ."}, "0001": {"100", "ნინო კ."}, "0002": {"107", "გიორგი მ."}, "0109": {"109", "ლელა ბ."}},
		"bog_loyalty": {"": {"100", "ნინო კ."}, "0001": {"100", "ნინო კ."}, "0002": {"107", "გიორგი მ."}, "0109": {"109", "ლელა ბ."}},
		"gift_card":   {"": {"100", nil}, "0001": {"100", nil}, "0002": {"107", nil}, "0109": {"109", nil}},
		"bnpl":        {"": {"100", "ნ"}, "0001": {"100", "ნ"}, "0106": {"106", "გ"}, "0109": {"109", "ლ"}},
		"bog_loan":    {"": {"100", "ნ"}, "0001": {"100", "ნ"}, "0106": {"106", "გ"}, "0109": {"109", "ლ"}},
	} {
		for choice, want := range outcomes {
			id := w.create(only(method)...)
			status, back := "completed", w.shop.URL+"/thanks?o=A-1042&x=%20"
			if want[0] != "100" {
				status, back = "rejected", w.shop.URL+"/failed?o=A-1042"
			}
			pairs := []string{"action", "pay", "method", method, "choice", choice}
			if choice == "" {
				pairs = pairs[:4]
			}
			if got := newBrowser(t).post(w.page(id), pairs...); got.Status != 303 || got.location() != back {
				t.Errorf("%s %s: %d %s", method, choice, got.Status, got.location())
			}
			w.receipt(id).expect(t, "order_status.key", status, "payment_detail.code", want[0], "payment_detail.payer_identifier", want[1],
				"payment_detail.transfer_method.key", method)
			parse(t, w.shop.next(t).Body).expect(t, "body.order_id", id, "body.order_status.key", status)
		}
	}
}

func TestPageShowsEveryChoiceOfAMethod(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	page := newBrowser(t).get(w.page(w.create(card47+",", "")))
	for method, want := range map[string]int{"google_pay": 5, "apple_pay": 4, "bog_p2p": 3, "bog_loyalty": 3, "bnpl": 4, "bog_loan": 4, "gift_card": 3} {
		p := newBrowser(t).get(w.url + page.id("pay-method-"+method).AttrOr("href", ""))
		radios := p.Find(`input[type="radio"][name="choice"]`)
		if radios.Length() != want || radios.Filter("[checked]").Length() != 1 || p.id("pay-submit").Length() != 1 || p.id("pay-cancel").Length() != 1 {
			t.Errorf("%s: %d choices, %d chosen", method, radios.Length(), radios.Filter("[checked]").Length())
		}
		if labels := p.Find(".choices label").Text(); strings.Contains(labels, "%!") || len(strings.TrimSpace(labels)) < 20 {
			t.Errorf("%s: labels %q", method, labels)
		}
	}
}

func TestPageWalletMeets3DSOrNot(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(only("google_pay")...)
	b := newBrowser(t)
	asked := b.post(w.page(id), "action", "pay", "method", "google_pay", "choice", "0001")
	if !strings.HasPrefix(asked.location(), "/3ds?order_id="+id) {
		t.Fatalf("%d %s", asked.Status, asked.location())
	}
	if done := b.post(w.url+asked.location(), "action", "confirm"); done.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Error(done.location())
	}
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.transfer_method.key", "google_pay", "payment_detail.card_type", "visa")
}

func TestPageWalletsHoldMoney(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, method := range []string{"google_pay", "apple_pay"} {
		id := w.create(append(only(method), ttl20, hold)...)
		newBrowser(t).post(w.page(id), "action", "pay", "method", method)
		w.receipt(id).expect(t, "order_status.key", "blocked", "payment_detail.code", "200", "purchase_units.transfer_amount", "47.3")
	}
}

func TestPageRefusesAChoiceItDidNotOffer(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	for _, c := range [][3]string{{"bog_p2p", "0110", ""}, {"bog_p2p", "0001", "6"}, {"bog_loan", "0001", "7"}, {"bog_loan", "0001", "x"}} {
		id := w.create(only(c[0])...)
		if p := newBrowser(t).post(w.page(id), "action", "pay", "method", c[0], "choice", c[1], "month", c[2]); p.Status != 422 || p.id("pay-error").Length() != 1 {
			t.Errorf("%v: %d", c, p.Status)
		}
		w.receipt(id).expect(t, "order_status.key", "created")
	}
}

func TestPageRefusesACardThatWasNotOffered(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(only("bog_p2p")...)
	newBrowser(t).post(w.page(id), typed("4000000000000010")...)
	w.receipt(id).expect(t, "order_status.key", "created")
}

func TestS21_14_SavedOnlyWhenPaidByCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, method := range []string{"bog_p2p", "google_pay"} {
		id := w.create(only(method)...)
		w.call("PUT", "/orders/"+id+"/cards", "")
		w.pay(id, `{"method":"`+method+`"}`)
		w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.saved_card_type", nil)
	}
}

func TestSteeringPaysByAnyMethodAsTheCardSays(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	for method, payer := range map[string]any{"google_pay": "400000***0105", "apple_pay": "480213***0105", "bog_p2p": "ნინო კ.", "bnpl": "ნ", "gift_card": nil} {
		for _, how := range []string{`"card":"4000000000000105"`, `"card":"4000000000000105","outcome":"105"`} {
			id := w.create(only(method)...)
			w.pay(id, `{"method":"`+method+`",`+how+`}`)
			w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "105", "payment_detail.transfer_method.key", method, "payment_detail.payer_identifier", payer)
		}
	}
}

// A payment by card, wallet or bog_p2p can be refunded in full, one by card or wallet also in
// parts, one by another method not at all (docs/bog-api.md §9).
func TestS21_12_RefundByMethod(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	for method, may := range map[string]struct{ full, part bool }{
		"card": {true, true}, "google_pay": {true, true}, "apple_pay": {true, true}, "bog_p2p": {true, false},
		"bog_loyalty": {}, "gift_card": {}, "bnpl": {}, "bog_loan": {},
	} {
		for body, allowed := range map[string]bool{`{}`: may.full, `{"amount":47.3}`: may.full, `{"amount":1}`: may.part} {
			id := w.create(only(method)...)
			w.pay(id, `{"method":"`+method+`"}`)
			status, out := w.call("POST", "/payment/refund/"+id, body)
			if allowed != (status == 200) || !allowed && status != 400 {
				t.Errorf("%s %s: %d %s", method, body, status, out)
			}
		}
	}
}

func TestS21_11_RefundOfAWalletAndP2PCanBeRejected(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, method := range []string{"google_pay", "bog_p2p"} {
		id := w.create(only(method)...)
		w.pay(id, `{"method":"`+method+`","card":"`+sour+`"}`)
		w.call("POST", "/payment/refund/"+id, `{}`)
		r := w.receipt(id)
		r.expect(t, "order_status.key", "completed")
		lastAction(r).expect(t, "status", "rejected", "code", "162")
	}
}

func TestS21_10_MethodsSettleLater(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SettleMS: 60_000}})
	id := w.create(only("bog_loyalty")...)
	newBrowser(t).post(w.page(id), "action", "pay", "method", "bog_loyalty", "choice", "0002")
	w.receipt(id).expect(t, "order_status.key", "processing")
	w.bank.Advance(time.Minute)
	w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "107")
}
