package models_test

import (
	"testing"
	"time"

	"dukani/models"
)

// identifiers are what receipts name the payer by (bog-api.md §6.2).
var identifiers = map[models.Payer]string{
	models.PayerCard: "400000***0001", models.PayerDevice: "480213***0001", models.PayerAccount: "ნინო კ.", models.PayerInitial: "ნ", models.PayerUnknown: "gift-7",
}

// A card is stored only where the method has one. Everybody else is named as the bank does.
func TestNoCardIsInvented(t *testing.T) {
	t.Parallel()
	for _, method := range append(models.Methods(), "", "bog_crypto") {
		t.Run("paid by "+string(method), func(t *testing.T) {
			t.Parallel()
			s, o := unpaid(t)
			r := report(o, o.LastPayment(), models.PaymentPaid)
			r.Method = method
			payer := method.Rules().Payer
			r.SetPayer(identifiers[payer], "visa")
			p := s.settle(r).LastPayment()
			want := models.Payment{PayerName: identifiers[payer]}
			if payer == models.PayerCard {
				want = models.Payment{CardMask: "400000***0001", CardLast4: "0001", CardBrand: "visa"}
			}
			if p.PayerName != want.PayerName || p.CardMask != want.CardMask || p.CardLast4 != want.CardLast4 || p.CardBrand != want.CardBrand {
				t.Errorf("card %q %q %q, payer %q; want %q %q %q, %q", p.CardMask, p.CardLast4, p.CardBrand, p.PayerName,
					want.CardMask, want.CardLast4, want.CardBrand, want.PayerName)
			}
		})
	}
}

// A card that the receipt calls by a name is none, and a receipt that names nobody invents nobody.
func TestAnOddPayerIsNoCard(t *testing.T) {
	t.Parallel()
	for identifier, mask := range map[string]string{"Nino K.": "", "": "", "548888xxxxxx9893": "548888xxxxxx9893"} {
		r := models.Report{Method: models.ByCard}
		if r.SetPayer(identifier, ""); r.CardMask != mask || r.CardMask+r.PayerName != identifier {
			t.Errorf("%q is the card %q of %q", identifier, r.CardMask, r.PayerName)
		}
	}
}

// The payer's name is told to the customer, and goes with them.
func TestThePayerIsForgottenWithTheCustomer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	c, who := checkout(12_50), customer
	c.CustomerID = &who
	o := s.opened("a", c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.Method = models.ByTransfer
	r.SetPayer("ნინო კ.", "")
	s.settle(r)
	nino, err := s.CustomerByID(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.ExportCustomer(t.Context(), nino, models.En)
	if err != nil || len(e.Orders) != 1 || e.Orders[0].Payer != "ნინო კ." || e.Orders[0].Method != models.ByTransfer || e.Orders[0].Card != "" {
		t.Fatalf("%+v, %v", e, err)
	}
	s.exec("UPDATE orders SET customer_id = NULL, forget_at = ?", s.now.Add(24*time.Hour))
	s.now = s.now.Add(48 * time.Hour)
	if _, err := s.ForgetPeople(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := s.order(o.ID).LastPayment(); p.PayerName != "" || p.Method != models.ByTransfer {
		t.Errorf("%q paid by %s", p.PayerName, p.Method)
	}
}
