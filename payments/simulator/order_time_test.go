package simulator_test

import (
	"testing"
	"time"

	"dukani/payments/simulator"
)

func TestS21_13_ExpiryShowsWithoutAnybodyLookingAndSendsACallback(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.bank.Advance(20*time.Minute - time.Second)
	w.receipt(id).expect(t, "order_status.key", "created")
	w.bank.Advance(time.Second)
	m := parse(t, w.shop.next(t).Body) // before anybody read the receipt
	m.expect(t, "body.order_status.key", "rejected", "body.reject_reason", "expiration", "body.payment_detail.code", nil)
	w.receipt(id).expect(t, "order_status.key", "rejected", "reject_reason", "expiration")
}

func TestS21_13_ExpirySetsInWhenTheClockIsMovedFromOutside(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.steer("clock", `{"offset_seconds":1200}`)
	w.receipt(id).expect(t, "order_status.key", "rejected")
	w.shop.next(t)
}

func TestS21_10_ProcessingIsVisible(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SettleMS: 60_000}})
	id := w.create()
	b := newBrowser(t)
	got := b.post(w.page(id), typed("4000000000000010")...)
	if got.location() != "/?order_id="+id+"&wait=1" {
		t.Fatal(got.location())
	}
	p := b.get(w.url + got.location())
	if p.id("pay-result").AttrOr("data-status", "") != "processing" || p.Header.Get("Refresh") == "" {
		t.Error("no waiting view")
	}
	w.receipt(id).expect(t, "order_status.key", "processing", "payment_detail.code", nil)
	w.shop.none(t)
	w.bank.Advance(time.Minute)
	w.receipt(id).expect(t, "order_status.key", "completed")
	if got := b.get(w.url + got.location()); got.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Error(got.location())
	}
	w.shop.next(t)
}

func TestS21_10_ProcessingMayNeverEnd(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SettleMS: -1, LeaveEarly: true}})
	id := w.create()
	if got := newBrowser(t).post(w.page(id), typed("4000000000000010")...); got.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Error(got.location())
	}
	w.bank.Advance(24 * time.Hour)
	w.receipt(id).expect(t, "order_status.key", "processing")
}

func TestS21_20_DelayedCallbackFollowsTheBanksClock(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.pay(id, `{"callback":{"mode":"delayed","delay_ms":3600000}}`)
	w.shop.none(t)
	w.bank.Advance(time.Hour)
	w.shop.next(t)
}

func TestS21_13_HoldIsReleasedAfter30Days(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(`"ttl":20`, `"capture":"manual"`)
	w.pay(id, `{}`)
	w.shop.next(t)
	w.bank.Advance(30*24*time.Hour + time.Second)
	m := parse(t, w.shop.next(t).Body)
	m.expect(t, "body.order_status.key", "rejected", "body.purchase_units.transfer_amount", nil)
}
