package models_test

import (
	"testing"

	"dukani/models"
)

// discounted is a report of 39.00 of which the bank takes a tenth off.
func discounted(o *models.Order, state models.PaymentState) models.Report {
	r := report(o, o.LastPayment(), state)
	r.Transferred, r.Discount = 35_10, models.ReportedDiscount{Original: 39_00, Due: 35_10, Bank: 3_90}
	return r
}

func TestADiscountHasToAddUp(t *testing.T) {
	t.Parallel()
	type discount = models.ReportedDiscount
	for name, c := range map[string]struct {
		transferred models.Tetri
		discount    discount
		off         models.Tetri // of 39.00; 0: a mismatch
	}{
		"given by the bank":             {35_10, discount{Original: 39_00, Due: 35_10, Bank: 3_90}, 3_90},
		"given by the system":           {35_10, discount{Original: 39_00, Due: 35_10, System: 3_90}, 3_90},
		"given by both":                 {35_10, discount{Original: 39_00, Due: 35_10, Bank: 3_89, System: 1}, 3_90},
		"of a tetri":                    {38_99, discount{Original: 39_00, Due: 38_99, Bank: 1}, 1},
		"nobody explains":               {35_10, discount{}, 0},
		"of another price":              {35_10, discount{Original: 39_01, Due: 35_10, Bank: 3_91}, 0},
		"of another price, well summed": {35_10, discount{Original: 39_01, Due: 35_11, Bank: 3_90}, 0},
		"a tetri too much":              {35_10, discount{Original: 39_00, Due: 35_10, Bank: 3_91}, 0},
		"a tetri too little":            {35_10, discount{Original: 39_00, Due: 35_10, Bank: 3_89}, 0},
		"a tetri less was taken":        {35_09, discount{Original: 39_00, Due: 35_10, Bank: 3_90}, 0},
		"a tetri more was taken":        {35_11, discount{Original: 39_00, Due: 35_10, Bank: 3_90}, 0},
		"all was taken":                 {39_00, discount{Original: 39_00, Due: 35_10, Bank: 3_90}, 0},
		"given, and taken back":         {35_10, discount{Original: 39_00, Due: 35_10, Bank: 5_00, System: -1_10}, 0},
		"of everything":                 {0, discount{Original: 39_00, Due: 0, Bank: 39_00}, 0},
		"that makes it dearer":          {40_00, discount{Original: 39_00, Due: 40_00, Bank: -1_00}, 0},
		"an amount cannot be read":      {35_10, discount{Original: 39_00, Due: 35_10, Bank: 3_90, Unreadable: true}, 0},
		"only the amount is not said":   {35_10, discount{Original: 39_00, Due: 35_10}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := unpaid(t)
			r := report(o, o.LastPayment(), models.PaymentPaid)
			r.Transferred, r.Discount = c.transferred, c.discount
			o = s.settle(r)
			if c.off == 0 {
				s.wantStatus(o.ID, models.Review)
				if n := s.number("SELECT count(*) FROM ledger"); n != 0 {
					t.Errorf("%d entries in the ledger", n)
				}
				return
			}
			s.wantStatus(o.ID, models.Paid)
			m := s.wantMoney(o, c.transferred, 0)
			if m.Discount != c.off || m.Captured+m.Discount != m.Requested || len(m.Ledger) != 2 || m.Ledger[1].Kind != "discount" ||
				m.Ledger[1].AmountTetri != c.off || m.Ledger[0].Change()+m.Ledger[1].Change() != c.transferred {
				t.Errorf("%+v", m)
			}
			s.settle(r) // told twice
			if n := s.number("SELECT count(*) FROM ledger"); n != 2 {
				t.Errorf("%d entries in the ledger, want 2", n)
			}
			s.wantSound()
		})
	}
}

// unpaid is the order of bought whose payment is open.
func unpaid(t *testing.T) (*shop, *models.Order) {
	t.Helper()
	s := openShop(t)
	s.product("honey", 10_00, 10)
	s.product("tea", 4_00, 10)
	s.add("a", "honey", 3)
	s.add("a", "tea", 1)
	c := checkout(39_00)
	c.Delivery, c.Street = models.Courier, "რუსთაველის 1"
	return s, s.opened("a", c)
}

// Of 39.00 for three honeys at 10.00, a tea at 4.00 and a delivery at 5.00 only 32.18 were taken: each
// refund gives back its share, and the last one what is left of the rounding.
func TestRefundsOfUnitsShareTheDiscount(t *testing.T) {
	t.Parallel()
	honey := func(units int) models.RefundRequest {
		return models.RefundRequest{Lines: []models.LineUnits{{Position: 0, Units: units}}}
	}
	tea := models.RefundRequest{Lines: []models.LineUnits{{Position: 1, Units: 1}}}
	delivery := models.RefundRequest{Delivery: true}
	all := models.RefundRequest{All: true}
	for name, c := range map[string]struct {
		requests []models.RefundRequest
		amounts  []models.Tetri
	}{
		"all at once":       {[]models.RefundRequest{all}, []models.Tetri{32_18}},
		"one, then all":     {[]models.RefundRequest{honey(1), all}, []models.Tetri{8_25, 23_93}},
		"one after another": {[]models.RefundRequest{honey(1), honey(1), honey(1), tea, delivery}, []models.Tetri{8_25, 8_25, 8_25, 3_30, 4_13}},
		"the other way":     {[]models.RefundRequest{delivery, tea, honey(2), honey(1)}, []models.Tetri{4_12, 3_30, 16_50, 8_26}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := unpaid(t)
			r := report(o, o.LastPayment(), models.PaymentPaid)
			r.Transferred, r.Discount = 32_18, models.ReportedDiscount{Original: 39_00, Due: 32_18, Bank: 6_82}
			o = s.settle(r)
			sum := models.Tetri(0)
			for i, request := range c.requests {
				refund, err := s.RequestRefund(t.Context(), reason(request, o))
				if err != nil {
					t.Fatal(err)
				}
				if sum += refund.AmountTetri; refund.AmountTetri != c.amounts[i] {
					t.Errorf("refund %d is of %s, want %s", i, refund.AmountTetri, c.amounts[i])
				}
			}
			if sum != 32_18 {
				t.Errorf("%s go back, want 32.18", sum)
			}
			if _, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 1}, o)); !models.IsKind(err, models.Conflict) {
				t.Errorf("a tetri of the discount went back: %v", err)
			}
		})
	}
}

// A rejected refund was rounded as well: what takes its place is never more than is left.
func TestARoundedRefundFitsIntoWhatIsLeft(t *testing.T) {
	t.Parallel()
	s, o := unpaid(t)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.Transferred, r.Discount = 32_18, models.ReportedDiscount{Original: 39_00, Due: 32_18, Bank: 6_82}
	o = s.settle(r)
	for _, position := range []int{1, 0} {
		request := models.RefundRequest{Lines: []models.LineUnits{{Position: position, Units: 1}}}
		if _, err := s.RequestRefund(t.Context(), reason(request, o)); err != nil {
			t.Fatal(err)
		}
		if position == 1 {
			s.exec("UPDATE refunds SET state = 'rejected'")
		}
	}
	for _, request := range []models.RefundRequest{
		{Lines: []models.LineUnits{{Position: 0, Units: 2}}}, {Delivery: true}, {Lines: []models.LineUnits{{Position: 1, Units: 1}}},
	} {
		if _, err := s.RequestRefund(t.Context(), reason(request, o)); err != nil {
			t.Error(err)
		}
	}
	s.wantMoney(o, 0, 32_18)
}

// The discount of a hold belongs to what is captured of it.
func TestTheDiscountOfAHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request  models.CaptureRequest
		amount   models.Tetri
		discount models.Tetri
		mail     models.MailKind
	}{
		"all":        {models.CaptureRequest{All: true}, 35_10, 3_90, models.MailPaid},
		"all units":  {models.CaptureRequest{Lines: []models.LineUnits{{Position: 0, Units: 3}, {Position: 1, Units: 1}}}, 35_10, 3_90, models.MailPaid},
		"some units": {models.CaptureRequest{Lines: []models.LineUnits{{Position: 0, Units: 2}}}, 22_50, 2_50, models.MailCapturedLess},
		"an amount":  {models.CaptureRequest{AmountTetri: 20_00}, 20_00, 2_22, models.MailCapturedLess},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := unpaid(t)
			o = s.settle(discounted(o, models.PaymentHeld))
			if p := o.LastPayment(); o.Status != models.OnHold || p.AuthorizedTetri != 35_10 || p.DiscountTetri != 3_90 {
				t.Fatalf("the order is %s, %s held, %s off", o.Status, p.AuthorizedTetri, p.DiscountTetri)
			}
			c.request.OrderID, c.request.Reason = o.ID, "test"
			capture, err := s.RequestCapture(t.Context(), c.request)
			if err != nil || capture.AmountTetri != c.amount {
				t.Fatalf("%+v, %v; want %s", capture, err, c.amount)
			}
			r := discounted(o, models.PaymentPaid)
			r.Transferred = c.amount
			o = s.settle(r)
			s.wantStatus(o.ID, models.Paid)
			m := s.wantMoney(o, c.amount, 0)
			if m.Captured != c.amount || m.Discount != c.discount || m.Ledger[1].AmountTetri != c.discount {
				t.Errorf("captured %s, %s off: %+v", m.Captured, m.Discount, m.Ledger)
			}
			if n := s.number("SELECT count(*) FROM mails WHERE kind = ?", c.mail); n != 1 {
				t.Errorf("%d mails of the kind %s", n, c.mail)
			}
			if _, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: c.amount + 1}, o)); !models.IsKind(err, models.Conflict) {
				t.Errorf("more than was captured: %v", err)
			}
		})
	}
}

// What a hold is for has to be explained as well, and what is captured of it has to be what was
// requested, whatever the discount says.
func TestAHoldWithADiscountThatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*models.Report){
		"more is held":       func(r *models.Report) { r.Transferred = 39_00 },
		"less is held":       func(r *models.Report) { r.Transferred = 35_00 },
		"nobody explains it": func(r *models.Report) { r.Discount = models.ReportedDiscount{} },
		"it does not add up": func(r *models.Report) { r.Discount.Bank = 3_00 },
	} {
		s, o := unpaid(t)
		r := discounted(o, models.PaymentHeld)
		lie(&r)
		if o = s.settle(r); o.Status != models.Review {
			t.Errorf("%s: the order is %s", name, o.Status)
		}
	}
	s, o := unpaid(t)
	o = s.settle(discounted(o, models.PaymentHeld))
	if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, AmountTetri: 20_00, Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	if o = s.settle(discounted(o, models.PaymentPaid)); o.Status != models.Review {
		t.Errorf("all was captured, a part was requested: the order is %s", o.Status)
	}
}

func TestNoMoreIsRefundedThanWasCaptured(t *testing.T) {
	t.Parallel()
	s, o := unpaid(t)
	o = s.settle(discounted(o, models.PaymentPaid))
	r := discounted(o, models.PaymentRefunded)
	r.Transferred, r.Refunded = 0, 39_00 // the discount as well
	o = s.settle(r)
	if p := o.LastPayment(); p.RefundedTetri != 0 || s.number("SELECT count(*) FROM review_items WHERE kind = 'mismatch'") != 1 {
		t.Errorf("%s of %s went back, and nobody is told", p.RefundedTetri, p.CapturedTetri)
	}
	if _, err := s.raw.Exec("UPDATE payments SET refunded_tetri = 3900"); err == nil {
		t.Error("the database takes it")
	}
	for _, wrong := range []string{"discount_tetri = 391", "discount_tetri = -1", "discount_tetri = 3900, captured_tetri = 0"} {
		if _, err := s.raw.Exec("UPDATE payments SET " + wrong); err == nil {
			t.Errorf("the database takes %s", wrong)
		}
	}
	if _, err := s.raw.Exec("INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri) VALUES (1, 1, '2026-11-23 10:00:00', 'discount', 1)"); err == nil {
		t.Error("the database takes a second discount of one payment")
	}
}

// Staff who take the bank's word take the discount with it, if it explains what was taken.
func TestTakingTheBanksWordAboutADiscount(t *testing.T) {
	t.Parallel()
	s, o := unpaid(t)
	r := discounted(o, models.PaymentPaid)
	r.Discount.Bank = 3_00
	s.settle(r)
	s.wantStatus(o.ID, models.Review)
	if err := s.AcceptBankReport(t.Context(), models.Actor{Email: "staff@example.ge"}, r); err != nil {
		t.Fatal(err)
	}
	m := s.wantMoney(o, 35_10, 0)
	if m.Discount != 0 || len(m.Ledger) != 1 {
		t.Errorf("a discount that does not add up was booked: %+v", m.Ledger)
	}
	r.Discount.Bank = 3_90
	if err := s.AcceptBankReport(t.Context(), models.Actor{Email: "staff@example.ge"}, r); err != nil {
		t.Fatal(err)
	}
	m = s.wantMoney(o, 35_10, 0)
	if m.Discount != 3_90 || len(m.Ledger) != 2 || m.Ledger[1].Kind != "discount_correction" || m.Ledger[1].Change() != 0 {
		t.Errorf("off %s: %+v", m.Discount, m.Ledger)
	}
}

// In the books a discount is a line of its own that moves no money, by day and in all.
func TestTheBooksOfADiscount(t *testing.T) {
	t.Parallel()
	s, o := unpaid(t)
	o = s.settle(discounted(o, models.PaymentPaid))
	r := discounted(o, models.PaymentPartRefunded)
	r.Transferred, r.Refunded = 25_10, 10_00
	s.settle(r)
	today := models.DayOf(s.now)
	period := models.Period{From: today, To: today}
	var lines []models.Booking
	if err := s.EachBooking(t.Context(), period, func(b models.Booking) error { lines = append(lines, b); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3 || lines[0].Captured != 35_10 || lines[1].Discount != 3_90 || lines[1].Captured+lines[1].Refunded+lines[1].VAT() != 0 ||
		lines[2].Refunded != 10_00 || lines[2].Before != 35_10 {
		t.Errorf("%+v", lines)
	}
	_, _, all, err := s.BookingSums(t.Context(), period)
	if err != nil || all.Captured != 35_10 || all.Refunded != 10_00 || all.Discount != 3_90 || all.Payments != 1 || all.Refunds != 1 || all.VAT != models.Tetri(25_10).VATInside() {
		t.Errorf("%+v, %v", all, err)
	}
	totals, err := s.DayTotals(t.Context(), today)
	if err != nil || len(totals) != 1 || totals[0].Captured != 35_10 || totals[0].Refunded != 10_00 || totals[0].Discount != 3_90 || totals[0].Count != 1 {
		t.Errorf("%+v, %v", totals, err)
	}
	d, err := s.Dashboard(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if sum := d.Sum(); sum.Captured != 35_10 || sum.Refunded != 10_00 || sum.Discount != 3_90 || sum.Orders != 1 {
		t.Errorf("the dashboard has %+v", sum)
	}
}
