package handlers_test

import (
	"dukani/models"
	"net/http"
	"net/url"
	"time"
)

// raised are scenarios, each of which ends with an open item of its kind.
var raised = map[models.ReviewKind]func(w *office){
	models.ReviewUnknownStatus: func(w *office) {
		o := w.places()
		w.steer("faults", map[string]any{"kind": "unknown_status", "route": "receipt"})
		w.settles(o.LastPayment())
		w.steer("faults/clear", nil)
	},
	models.ReviewUnknownAtBank: func(w *office) {
		o := w.places()
		must(w.t, w.store.LostAtBank(w.t.Context(), o.LastPayment().ID, "the bank does not know it"))
	},
	models.ReviewChargeUnknown: func(w *office) {
		o := w.places()
		w.exec("UPDATE payments SET kind = 'automatic', state = 'starting', bank_order_id = NULL, expires_at = '2026-01-01 00:00:00'")
		must(w.t, w.store.GiveUpStart(w.t.Context(), o.LastPayment().ID))
	},
	models.ReviewUndecided: func(w *office) {
		o := w.places()
		w.later(3 * time.Hour) // by the bank's clock the time to pay is not over
		w.settles(o.LastPayment())
	},
	models.ReviewRefundRejected: func(w *office) {
		o := w.boughtBy(weakCard)
		_, err := w.desk.Refund(w.t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "test"})
		must(w.t, err)
		w.sweeps(time.Minute)
	},
	models.ReviewRefundUndecided: func(w *office) {
		o := w.boughtBy(plainCard)
		w.steer("faults", map[string]any{"kind": "500_before", "route": "refund", "count": 6})
		_, err := w.desk.Refund(w.t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "test"})
		must(w.t, err)
		w.sweeps(26 * time.Hour)
		w.steer("faults/clear", nil)
	},
	models.ReviewPaidTooLate: func(w *office) {
		o := w.places()
		w.exec("UPDATE orders SET status = 'expired', reserves_stock = 0")
		w.exec("UPDATE payments SET state = 'expired'")
		w.exec("UPDATE stock SET on_hand = 0, reserved = 0")
		w.charge(o.LastPayment(), map[string]any{"card": plainCard})
		w.settles(o.LastPayment())
	},
	models.ReviewSecondPayment: func(w *office) {
		o := w.places()
		first := o.LastPayment()
		w.charge(first, map[string]any{"card": "4000000000000002"}) // declined
		w.settles(first)
		_, err := w.desk.Pay(w.t.Context(), w.newestOrder(), models.PayWith{})
		must(w.t, err)
		w.charge(w.newestOrder().LastPayment(), map[string]any{"card": plainCard})
		w.settles(w.newestOrder().LastPayment())
		w.charge(first, map[string]any{"card": plainCard, "force": true})
		w.settles(first)
	},
	models.ReviewCardNotForgotten: func(w *office) {
		o := w.boughtBy(plainCard)
		w.exec(`INSERT INTO saved_cards (order_id, payment_id, parent_bank_id, kind, mask, brand, expiry, state, consent_version, consent_at, remove_key,
			next_try_at, is_default, label, created_at, updated_at) VALUES (?, ?, ?, 'recurrent', '', '', '', 'removing', '1', '2026-11-01',
			'7c9e6679-7425-40de-944b-e07fc1f90ae7', '2030-01-01', 0, '', '2026-11-01', '2026-11-01')`, o.ID, o.LastPayment().ID, *o.LastPayment().BankOrderID)
		must(w.t, w.store.PutOffCardRemoval(w.t.Context(), 1, "the bank refused"))
	},
	models.ReviewNoAccess: func(w *office) {
		_, err := w.store.OpenNoAccess(w.t.Context(), "token", "401")
		must(w.t, err)
	},
	models.ReviewMismatch: func(w *office) {
		o := w.places()
		w.charge(o.LastPayment(), map[string]any{"card": plainCard})
		w.exec("UPDATE payments SET requested_tetri = requested_tetri + 100") // the bank has captured less
		w.settles(o.LastPayment())
	},
	models.ReviewPaidAfterCancel: func(w *office) {
		o := w.places()
		w.exec("UPDATE orders SET status = 'cancelled'") // as a later order of the same cart does
		w.charge(o.LastPayment(), map[string]any{"card": plainCard})
		w.settles(o.LastPayment())
	},
	models.ReviewUnknownOrder: func(w *office) {
		must(w.t, w.store.StoreCallback(w.t.Context(), models.Callback{Body: []byte(`{"event":"x"}`), BankOrderID: "b9", OrderNumber: "D-9"}))
	},
	models.ReviewMailNotSent: func(w *office) {
		w.boughtBy(plainCard)
		m, err := w.store.MailByID(w.t.Context(), int64(w.number("SELECT max(id) FROM mails WHERE kind = 'paid'")))
		must(w.t, err)
		must(w.t, w.store.MailFailed(w.t.Context(), m, "550 no such mailbox", true))
	},
	models.ReviewCardKind: func(w *office) {
		o := w.places()
		w.exec("UPDATE orders SET save_card = 'recurrent', consent_version = '1', consent_at = '2026-11-01'")
		w.exec("UPDATE payments SET save_card = 'recurrent', save_card_state = 'accepted'")
		p := o.LastPayment()
		_, err := w.store.Settle(w.t.Context(), models.Report{
			PaymentID: p.ID, State: models.PaymentPaid, BankOrderID: *p.BankOrderID, OrderNumber: o.Number, Currency: "GEL", Requested: p.RequestedTetri,
			Transferred: p.RequestedTetri, Status: "completed", SavedCard: models.Subscription, Raw: []byte("{}"),
		})
		must(w.t, err)
	},
	models.ReviewReconciliation: func(w *office) {
		o := w.places()
		w.charge(o.LastPayment(), map[string]any{"card": plainCard})
		run, err := w.store.BeginReconciliation(w.t.Context(), models.Actor{Email: "test"}, models.DayOf(w.store.Now()), false)
		must(w.t, err)
		_, err = w.desk.ReconcileDay(w.t.Context(), run)
		must(w.t, err)
	},
	models.ReviewHoldExpiring: func(w *office) {
		o := w.heldOn(plainCard)
		w.later(26 * 24 * time.Hour) // the bank's clock stands: it holds the money still
		w.settles(o.LastPayment())
	},
	models.ReviewCaptureRejected: func(w *office) {
		o := w.heldOn(weakCard)
		_, err := w.desk.Capture(w.t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
		must(w.t, err)
		w.settles(o.LastPayment())
	},
	models.ReviewCaptureUndecided: func(w *office) {
		o := w.heldOn(plainCard)
		w.steer("faults", map[string]any{"kind": "500_before", "route": "approve", "count": 6})
		_, err := w.desk.Capture(w.t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
		must(w.t, err)
		w.sweeps(26 * time.Hour)
		w.steer("faults/clear", nil)
	},
	models.ReviewRefundByHand: func(w *office) {
		o := w.boughtBy(plainCard)
		w.exec("UPDATE payments SET method = 'bog_loan'") // that is what the receipt would say
		_, err := w.store.CancelByCustomer(w.t.Context(), o.ID)
		must(w.t, err)
	},
	models.ReviewMethodOff: func(w *office) {
		must(w.t, w.store.MethodRefused(w.t.Context(), models.ByGooglePay, `payment_method: "google_pay" is not active`))
	},
	models.ReviewSplitRejected: func(w *office) {
		w.store.Split.On = true
		if r := w.made(url.Values{"iban": {"GE29NB0000000101904917"}, "percent": {"50"}}); r.StatusCode != http.StatusSeeOther {
			w.t.Fatalf("no maker: %d", r.StatusCode)
		}
		w.steer("settings", map[string]any{"split": map[string]any{"reject": true}})
		w.boughtBy(plainCard)
	},
	models.ReviewReturnOverdue: func(w *office) {
		o := w.boughtBy(plainCard)
		by := models.Actor{Email: "test"}
		must(w.t, w.store.HandOver(w.t.Context(), by, o.ID, models.Receipt{Day: w.store.Now(), To: "Nino"}))
		_, err := w.store.Withdraw(w.t.Context(), o.ID, models.Announcement{Key: "key", Units: map[int]int{o.Lines[0].Position: 1}})
		must(w.t, err)
		w.later(15 * 24 * time.Hour)
		_, err = w.store.ReviewOverdueReturns(w.t.Context())
		must(w.t, err)
	},
}
