package bog_test

import (
	"slices"
	"strings"
	"testing"

	"dukani/payments/bog"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	shares := func(p ...bog.SplitPayment) func(*bog.OrderRequest) {
		return func(r *bog.OrderRequest) { r.Config = &bog.OrderConfig{Split: &bog.Split{Payments: p}} }
	}
	share := func(change func(*bog.SplitPayment)) func(*bog.OrderRequest) {
		p := bog.SplitPayment{IBAN: "GE00XX0000000000000001", Percent: 85, Description: "Seller 12 (a/b-c?:.,'+)"}
		change(&p)
		return shares(p)
	}
	campaign := func(card, kind string) func(*bog.OrderRequest) {
		return func(r *bog.OrderRequest) {
			r.Config = &bog.OrderConfig{Campaign: &bog.CampaignConfig{Card: card, Type: kind}}
		}
	}
	only := func(m ...bog.Method) func(*bog.OrderRequest) {
		return func(r *bog.OrderRequest) { r.PaymentMethods = m }
	}
	for name, tc := range map[string]struct {
		change func(*bog.OrderRequest)
		fields []string
	}{
		"the example":            {func(*bog.OrderRequest) {}, nil},
		"http":                   {func(r *bog.OrderRequest) { r.CallbackURL = "http://shop.example" }, []string{"callback_url"}},
		"this machine":           {func(r *bog.OrderRequest) { r.CallbackURL = "https://localhost:8080/cb" }, []string{"callback_url"}},
		"this machine by number": {func(r *bog.OrderRequest) { r.CallbackURL = "https://[::1]/cb" }, []string{"callback_url"}},
		"this house":             {func(r *bog.OrderRequest) { r.CallbackURL = "https://192.168.1.2/cb" }, []string{"callback_url"}},
		"no number":              {func(r *bog.OrderRequest) { r.ExternalOrderID = "" }, []string{"external_order_id"}},
		"25 letters":             {func(r *bog.OrderRequest) { r.ExternalOrderID = strings.Repeat("ა", 25) }, nil},
		"26 letters":             {func(r *bog.OrderRequest) { r.ExternalOrderID = strings.Repeat("ა", 26) }, []string{"external_order_id"}},
		"nowhere to return":      {func(r *bog.OrderRequest) { r.RedirectURLs.Fail = "" }, []string{"redirect_urls"}},
		"a tetri too much":       {func(r *bog.OrderRequest) { r.PurchaseUnits.TotalAmount++ }, []string{"purchase_units.total_amount"}},
		"delivery forgotten":     {func(r *bog.OrderRequest) { r.PurchaseUnits.Delivery = nil }, []string{"purchase_units.total_amount"}},
		"a discount on the total": {func(r *bog.OrderRequest) {
			r.PurchaseUnits.TotalAmount, r.PurchaseUnits.TotalDiscountAmount = 4630, 100
		}, nil},
		"a discount per unit": {func(r *bog.OrderRequest) {
			r.PurchaseUnits.TotalAmount, r.PurchaseUnits.Basket[0].UnitDiscountPrice = 4630, 50
		}, nil},
		"a discount taken off before": {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].UnitDiscountPrice = 50 }, nil},
		"a discount of more than all": {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[1].UnitDiscountPrice = 501 }, []string{"purchase_units.basket[1].unit_discount_price"}},
		"a line total":                {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].TotalPrice = 3730 }, nil},
		"a wrong line total":          {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].TotalPrice = 3731 }, []string{"purchase_units.basket[0].total_price"}},
		"a gift": {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[1].UnitPrice, r.PurchaseUnits.TotalAmount = 0, 4230 },
			[]string{"purchase_units.basket[1].unit_price"}},
		"out of range":    {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].Quantity = 1 << 60 }, []string{"purchase_units.total_amount"}},
		"all methods":     {only(), []string{"payment_method"}},
		"a hold on what?": {func(r *bog.OrderRequest) { r.PaymentMethods, r.Capture = nil, bog.CaptureManual }, []string{"payment_method", "payment_method"}},
		"a new method":    {only(bog.MethodCard, "bog_crypto"), []string{"payment_method"}},
		"a loan alone":    {only(bog.MethodBNPL), []string{"config.loan"}},
		"a loan with conditions": {func(r *bog.OrderRequest) {
			only(bog.MethodLoan)(r)
			r.Config = &bog.OrderConfig{Loan: &bog.LoanConfig{Type: "ZERO", Month: 6}}
		}, nil},
		"a campaign":           {campaign("amex", "restrict"), nil},
		"a campaign of oddity": {campaign("diners", "gift"), []string{"config.campaign.card", "config.campaign.type"}},
		"Apple Pay from where?": {func(r *bog.OrderRequest) {
			only(bog.MethodApplePay)(r)
			r.Config = &bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}}
		}, []string{"application_type"}},
		"a share":             {share(func(*bog.SplitPayment) {}), nil},
		"a long word":         {share(func(p *bog.SplitPayment) { p.Description = strings.Repeat("x", 26) }), []string{"config.split.split_payments[0].description"}},
		"a Georgian word":     {share(func(p *bog.SplitPayment) { p.Description = "to მაღაზია 1" }), []string{"config.split.split_payments[0].description"}},
		"eleven shares":       {shares(slices.Repeat([]bog.SplitPayment{{IBAN: "GE1", Percent: 1}}, 11)...), []string{"config.split.split_payments"}},
		"more than there is":  {shares(bog.SplitPayment{IBAN: "GE1", Amount: 4000}, bog.SplitPayment{IBAN: "GE2", Amount: 731}), []string{"config.split.split_payments"}},
		"as much as there is": {shares(bog.SplitPayment{IBAN: "GE1", Amount: 4000}, bog.SplitPayment{IBAN: "GE2", Amount: 730}), nil},
		"a split loan": {func(r *bog.OrderRequest) {
			share(func(*bog.SplitPayment) {})(r)
			r.PaymentMethods = append(r.PaymentMethods, bog.MethodLoan)
		}, []string{"payment_method"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := candles()
			tc.change(&r)
			if err := r.Validate(); err != nil {
				t.Fatalf("not a warning but an error: %v", err)
			}
			var fields []string
			for _, w := range r.Warnings() {
				fields = append(fields, w.Field)
				if w.Problem == "" || w.String() != w.Field+" "+w.Problem {
					t.Errorf("got %+v", w)
				}
			}
			if !slices.Equal(fields, tc.fields) {
				t.Errorf("got %v", r.Warnings())
			}
		})
	}
}

func TestCalculatorURL(t *testing.T) {
	t.Parallel()
	if got := bog.CalculatorURL("100&77"); got != "https://webstatic.bog.ge/bog-sdk/bog-sdk.js?version=2&client_id=100%2677" {
		t.Errorf("got %s", got)
	}
}
