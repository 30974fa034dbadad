package models_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
)

var clerk = models.Actor{Email: "staff@example.ge", Address: "127.0.0.1"}

// delivered places an order of two jars of honey and a bottle of wine that goes by courier,
// and has it paid.
func (s *shop) bought(delivery models.Delivery) *models.Order {
	s.t.Helper()
	s.product("honey", 10_00, 10)
	s.product("wine", 20_00, 10)
	s.add("a", "honey", 2)
	s.add("a", "wine", 1)
	c := checkout(40_00)
	if delivery != models.Pickup {
		c.ExpectedTotal, c.Street = 45_00, "Rustaveli 1"
	}
	c.Delivery = delivery
	o := s.opened("a", c)
	return s.settle(report(o, o.LastPayment(), models.PaymentPaid))
}

func (s *shop) sends(o *models.Order, units map[int]int, tracking string) (*models.Parcel, error) {
	s.t.Helper()
	g := s.goods(o)
	return s.SendParcel(s.t.Context(), clerk, o.ID, models.Shipment{
		Carrier: "Georgian Post", Tracking: tracking, Link: "https://post.example/" + tracking, Units: units, Seen: len(g.Parcels),
	})
}

func (s *shop) goods(o *models.Order) *models.Goods {
	s.t.Helper()
	g, err := s.Goods(s.t.Context(), s.order(o.ID))
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func (s *shop) received(day time.Time) models.Receipt { return models.Receipt{Day: day, To: "Nino"} }

func wantCode(t *testing.T, what string, err error, want models.ErrorCode) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	if err == nil || !strings.HasPrefix(err.Error(), string(want)) {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// step × what the money is × where the goods are × way of delivery: allowed, or refused
// with which words.
func TestWhatMayBeDoneWithTheGoodsOfAnOrder(t *testing.T) {
	t.Parallel()
	const pack, ship, ready, hand = models.StepPack, models.StepSend, models.StepReady, models.StepHandOver
	all := []models.FulfilmentStep{pack, ship, ready, hand}
	type codes map[models.FulfilmentStep]models.ErrorCode
	every := func(code models.ErrorCode) codes { return codes{pack: code, ship: code, ready: code, hand: code} }
	for _, row := range []struct {
		status     models.OrderStatus
		fulfilment models.Fulfilment
		delivery   models.Delivery
		refused    codes // the others are allowed
	}{
		{models.AwaitingPayment, models.FulfilmentWaiting, models.Courier, every(models.CodeFulfilNotPaid)},
		{models.Confirming, models.FulfilmentWaiting, models.Courier, every(models.CodeFulfilNotPaid)},
		{models.Declined, models.FulfilmentWaiting, models.Pickup, every(models.CodeFulfilNotPaid)},
		{models.Expired, models.FulfilmentWaiting, models.Courier, every(models.CodeFulfilNotPaid)},
		{models.Cancelled, models.FulfilmentWaiting, models.Courier, every(models.CodeFulfilCancelled)},
		{models.Cancelled, models.FulfilmentPacked, models.Pickup, every(models.CodeFulfilCancelled)},
		{models.Review, models.FulfilmentWaiting, models.Courier, every(models.CodeFulfilReview)},
		{models.Refunding, models.FulfilmentPacked, models.Courier, every(models.CodeFulfilRefunding)},
		{models.Refunded, models.FulfilmentPacked, models.Courier, every(models.CodeFulfilRefunded)},

		{models.OnHold, models.FulfilmentWaiting, models.Courier, codes{
			ship: models.CodeFulfilNotCaptured, ready: models.CodeFulfilNotCaptured, hand: models.CodeFulfilNotCaptured}},
		{models.OnHold, models.FulfilmentPacked, models.Pickup, codes{
			pack: models.CodeFulfilAlready, ship: models.CodeFulfilNotCaptured, ready: models.CodeFulfilNotCaptured, hand: models.CodeFulfilNotCaptured}},

		{models.Paid, models.FulfilmentWaiting, models.Courier, codes{ready: models.CodeFulfilNotPickup, hand: models.CodeFulfilNotPickup}},
		{models.PartlyRefunded, models.FulfilmentWaiting, models.City, codes{ready: models.CodeFulfilNotPickup, hand: models.CodeFulfilNotPickup}},
		{models.Paid, models.FulfilmentPacked, models.Mountain, codes{
			pack: models.CodeFulfilAlready, ready: models.CodeFulfilNotPickup, hand: models.CodeFulfilNotPickup}},
		{models.Paid, models.FulfilmentSent, models.Courier, codes{
			pack: models.CodeFulfilAlready, ready: models.CodeFulfilNotPickup, hand: models.CodeFulfilNotPickup}},

		{models.Paid, models.FulfilmentWaiting, models.Pickup, codes{ship: models.CodeFulfilPickup}},
		{models.Paid, models.FulfilmentPacked, models.Pickup, codes{pack: models.CodeFulfilAlready, ship: models.CodeFulfilPickup}},
		{models.Paid, models.FulfilmentReady, models.Pickup, codes{
			pack: models.CodeFulfilAlready, ship: models.CodeFulfilPickup, ready: models.CodeFulfilAlready}},
		{models.Paid, models.FulfilmentHandedOver, models.Pickup, codes{
			pack: models.CodeFulfilAlready, ship: models.CodeFulfilPickup, ready: models.CodeFulfilAlready, hand: models.CodeFulfilAlready}},
	} {
		o := &models.Order{Status: row.status, Fulfilment: row.fulfilment, Delivery: row.delivery}
		for _, a := range all {
			if got := o.RefusesStep(a); got != row.refused[a] {
				t.Errorf("%s an order that is %s and %s, %s: %q, want %q", a, row.status, row.fulfilment, row.delivery, got, row.refused[a])
			}
		}
	}
}

func TestAnOrderGoesOutInParcels(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	wantCode(t, "pack", s.Pack(t.Context(), clerk, o.ID), "")
	wantCode(t, "pack again", s.Pack(t.Context(), clerk, o.ID), models.CodeFulfilAlready)
	if _, err := s.sends(o, map[int]int{0: 1, 1: 1}, "A1"); err != nil {
		t.Fatal(err)
	}
	if g := s.goods(o); g.Left[0] != 1 || g.Left[1] != 0 || s.order(o.ID).Fulfilment != models.FulfilmentSent {
		t.Errorf("left %v, %s", g.Left, s.order(o.ID).Fulfilment)
	}
	_, err := s.SendParcel(t.Context(), clerk, o.ID, models.Shipment{Carrier: "Post", Units: map[int]int{0: 1}, Seen: 0})
	wantCode(t, "the same form again", err, models.CodeFulfilChanged)
	for name, h := range map[string]models.Shipment{
		"carrier":  {Units: map[int]int{0: 1}, Seen: 1},
		"link":     {Carrier: "Post", Link: "http://post.example/1", Units: map[int]int{0: 1}, Seen: 1},
		"units":    {Carrier: "Post", Units: map[int]int{0: 2}, Seen: 1},
		"tracking": {Carrier: "Post", Tracking: strings.Repeat("1", 81), Units: map[int]int{0: 1}, Seen: 1},
	} {
		_, err := s.SendParcel(t.Context(), clerk, o.ID, h)
		if e, ok := err.(*models.Error); !ok || e.Fields[name] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.now = s.now.AddDate(0, 0, 1)
	wantCode(t, "the first is delivered", s.DeliverParcel(t.Context(), clerk, o.ID, 1, s.received(s.now)), "")
	if now := s.order(o.ID); now.Fulfilment != models.FulfilmentSent || now.ReceivedAt != nil {
		t.Errorf("%s at %v although a unit has still to be sent", now.Fulfilment, now.ReceivedAt)
	}
	if _, err := s.sends(o, map[int]int{0: 1}, "A2"); err != nil {
		t.Fatal(err)
	}
	_, err = s.sends(o, map[int]int{0: 1}, "A3")
	wantCode(t, "nothing is left", err, models.CodeFulfilNothingLeft)
	s.now = s.now.AddDate(0, 0, 2)
	wantCode(t, "the second is delivered", s.DeliverParcel(t.Context(), clerk, o.ID, 2, s.received(s.now.AddDate(0, 0, -1))), "")
	now := s.order(o.ID)
	if now.Fulfilment != models.FulfilmentDelivered || now.ReceivedAt == nil || now.ReceivedAt.In(models.Tbilisi).Day() != 25 {
		t.Errorf("%s at %v", now.Fulfilment, now.ReceivedAt)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'sent'"); n != 2 {
		t.Errorf("%d mails about two parcels", n)
	}
	if n := s.number("SELECT count(*) FROM audit WHERE order_id = ? AND action IN ('pack', 'ship', 'deliver')", o.ID); n != 5 {
		t.Errorf("%d lines in the audit list, want 5", n)
	}
	s.wantSound()
}

func TestAParcelIsCorrectedAndComesBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	all := map[int]int{0: 2, 1: 1}
	if _, err := s.sends(o, all, "A1"); err != nil {
		t.Fatal(err)
	}
	right := models.Shipment{Carrier: "Georgian Post", Tracking: "A2", Link: "https://post.example/A2"}
	for range 2 { // sent twice, it is one correction and one mail
		wantCode(t, "correct", s.CorrectParcel(t.Context(), clerk, o.ID, 1, right), "")
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'sent'"); n != 2 {
		t.Errorf("%d mails, want one about each number", n)
	}
	wantCode(t, "another order's parcel", s.CorrectParcel(t.Context(), clerk, o.ID, 7, right), models.CodeParcelNotFound)
	wantCode(t, "come back", s.ParcelReturned(t.Context(), clerk, o.ID, 1), "")
	if now := s.order(o.ID); now.Fulfilment != models.FulfilmentReturned {
		t.Errorf("%s, want returned", now.Fulfilment)
	}
	wantCode(t, "deliver what came back", s.DeliverParcel(t.Context(), clerk, o.ID, 1, s.received(s.now)), models.CodeParcelReturned)
	if _, err := s.sends(o, all, "B1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "delivered before it was sent", s.DeliverParcel(t.Context(), clerk, o.ID, 2, s.received(s.now.AddDate(0, 0, -1))), models.CodeFormInvalid)
	wantCode(t, "delivered tomorrow", s.DeliverParcel(t.Context(), clerk, o.ID, 2, s.received(s.now.AddDate(0, 0, 1))), models.CodeFormInvalid)
	wantCode(t, "to nobody", s.DeliverParcel(t.Context(), clerk, o.ID, 2, models.Receipt{Day: s.now, To: " "}), models.CodeFormInvalid)
	wantCode(t, "delivered", s.DeliverParcel(t.Context(), clerk, o.ID, 2, s.received(s.now)), "")
	wantCode(t, "come back after all", s.ParcelReturned(t.Context(), clerk, o.ID, 2), models.CodeParcelDelivered)
	if g := s.goods(o); g.Gone[0] != 2 || g.Left[0] != 0 {
		t.Errorf("gone %v, left %v", g.Gone, g.Left)
	}
	s.wantSound()
}

// A unit that is back on the shelf is not sent, although the bank has rejected its refund and the
// customer has paid for it: somebody else may have bought it.
func TestAUnitThatIsBackOnTheShelfIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	if _, err := s.sends(o, map[int]int{0: 2, 1: 1}, "A1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "come back", s.ParcelReturned(t.Context(), clerk, o.ID, 1), "")
	refund, err := s.RequestRefund(t.Context(), models.RefundRequest{
		OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 1}}, Restock: true, Reason: "one is enough", By: clerk,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ActionFailed(t.Context(), models.ActionRefund, refund.ID, models.Rejection{Code: "162", Why: "no"}); err != nil {
		t.Fatal(err)
	}
	if g := s.goods(o); g.Left[0] != 1 || g.Left[1] != 1 {
		t.Errorf("left to send: %v", g.Left)
	}
	_, err = s.sends(o, map[int]int{0: 2, 1: 1}, "B1")
	wantCode(t, "both", err, models.CodeFormInvalid)
	if _, err := s.sends(o, map[int]int{0: 1, 1: 1}, "B1"); err != nil {
		t.Error(err)
	}
	s.wantSound()
}

func TestAnOrderIsPickedUp(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Pickup)
	wantCode(t, "ready", s.ReadyForPickup(t.Context(), clerk, o.ID), "")
	wantCode(t, "ready again", s.ReadyForPickup(t.Context(), clerk, o.ID), models.CodeFulfilAlready)
	wantCode(t, "to nobody", s.HandOver(t.Context(), clerk, o.ID, models.Receipt{Day: s.now}), models.CodeFormInvalid)
	wantCode(t, "handed over", s.HandOver(t.Context(), clerk, o.ID, s.received(s.now)), "")
	now := s.order(o.ID)
	if now.Fulfilment != models.FulfilmentHandedOver || now.ReceivedBy != "Nino" || !now.ReceivedAt.Equal(s.now) {
		t.Errorf("%s to %s at %v", now.Fulfilment, now.ReceivedBy, now.ReceivedAt)
	}
	if g := s.goods(o); g.AnyLeft() || g.Gone[0] != 2 {
		t.Errorf("left %v, gone %v", g.Left, g.Gone)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'ready'"); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestTwoWhoSendTheSameUnitsSendThemOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	h := models.Shipment{Carrier: "Post", Units: map[int]int{0: 2, 1: 1}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	sent := 0
	for range 4 {
		wg.Go(func() {
			_, err := s.SendParcel(t.Context(), clerk, o.ID, h)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				sent++
			} else if !models.IsKind(err, models.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.number("SELECT count(*) FROM parcels"); sent != 1 || n != 1 {
		t.Errorf("%d were told that they sent it, %d parcels", sent, n)
	}
}
