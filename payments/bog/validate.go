package bog

import (
	"fmt"
	"math"
	"slices"
)

// Validate checks for what the bank certainly refuses, and for what certainly is a mistake. It
// does not know which methods the merchant has, and does not require that the basket adds up,
// since the bank does not: see Warnings. The error is a [*RequestError].
func (r OrderRequest) Validate() error {
	u := r.PurchaseUnits
	c := checks{op: OpCreateOrder}
	c.check(isWebURL(r.CallbackURL), "callback_url", "must be an http(s) address")
	c.check(r.ApplicationType == "" || r.ApplicationType == Web || r.ApplicationType == Mobile, "application_type", "must be web or mobile")
	c.check(r.Capture == "" || r.Capture == CaptureAutomatic || r.Capture == CaptureManual, "capture", "must be automatic or manual")
	c.check(r.TTL == 0 || r.TTL >= 2 && r.TTL <= 1440, "ttl", "must be 2 to 1440 minutes")
	c.check(slices.Contains([]Currency{"", GEL, USD, EUR, GBP}, u.Currency), "purchase_units.currency", "must be GEL, USD, EUR or GBP")
	c.check(u.TotalAmount > 0, "purchase_units.total_amount", "must be more than 0")
	c.check(u.TotalDiscountAmount >= 0, "purchase_units.total_discount_amount", "must not be negative")
	c.check(u.Delivery == nil || u.Delivery.Amount >= 0, "purchase_units.delivery.amount", "must not be negative")
	c.check(len(u.Basket) > 0, "purchase_units.basket", "must have a line")
	for i, item := range u.Basket {
		path := fmt.Sprintf("purchase_units.basket[%d].", i)
		c.check(item.ProductID != "", path+"product_id", "is missing")
		c.check(item.Quantity >= 1, path+"quantity", "must be at least 1")
		c.check(item.UnitPrice >= 0, path+"unit_price", "must not be negative")
		_, _, _, number := splitDecimal(string(item.VATPercent))
		c.check(item.VATPercent == "" || number, path+"vat_percent", "must be a number")
	}
	if r.RedirectURLs != nil {
		c.check(r.RedirectURLs.Success == "" || isWebURL(r.RedirectURLs.Success), "redirect_urls.success", "must be an http(s) address")
		c.check(r.RedirectURLs.Fail == "" || isWebURL(r.RedirectURLs.Fail), "redirect_urls.fail", "must be an http(s) address")
	}
	for _, m := range r.PaymentMethods {
		c.check(m != "", "payment_method", "has an empty entry")
		c.check(r.Capture != CaptureManual || m == MethodCard || m == MethodApplePay || m == MethodGooglePay,
			"payment_method", "can hold money only on cards and wallets, not with "+string(m))
	}
	if r.Config != nil {
		r.Config.validate(&c, r)
	}
	return c.err
}

func (o *OrderConfig) validate(c *checks, r OrderRequest) {
	only := func(m Method) bool { return len(r.PaymentMethods) == 1 && r.PaymentMethods[0] == m }
	if o.Loan != nil {
		c.check(o.Loan.Type != "" && o.Loan.Month > 0, "config.loan", "needs type and month")
	}
	if o.Campaign != nil {
		c.check(o.Campaign.Card != "" && o.Campaign.Type != "", "config.campaign", "needs card and type")
	}
	if o.GooglePay != nil && o.GooglePay.External {
		c.check(only(MethodGooglePay), "payment_method", "must be google_pay alone for Google Pay on the shop's page")
		c.check(o.GooglePay.Token != "", "config.google_pay.google_pay_token", "is missing")
	}
	if o.ApplePay != nil && o.ApplePay.External {
		c.check(only(MethodApplePay), "payment_method", "must be apple_pay alone for Apple Pay on the shop's page")
	}
	if o.Split != nil {
		currency := r.PurchaseUnits.Currency
		c.check(currency == "" || currency == GEL, "config.split", "works in GEL only")
		o.Split.validate(c, "config.split.")
	}
}

// validate does not check the number of lines and the letters of descriptions, because those
// limits are only our reading of the bank's documentation. Warnings does.
func (s *Split) validate(c *checks, path string) {
	c.check(len(s.Payments) > 0, path+"split_payments", "must have a line")
	percent := 0
	for i, p := range s.Payments {
		line := fmt.Sprintf("%ssplit_payments[%d]", path, i)
		c.check(p.IBAN != "", line+".iban", "is missing")
		c.check((p.Amount > 0) != (p.Percent > 0) && p.Amount >= 0 && p.Percent >= 0, line, "needs either an amount or a percentage")
		c.check(p.Percent <= 100, line+".percent", "must be 1 to 100")
		percent += p.Percent
	}
	c.check(percent <= 100, path+"split_payments", "share out more than 100 percent")
}

// checks keeps the first problem.
type checks struct {
	op  Op
	err error
}

func (c *checks) check(fine bool, field, problem string) {
	if !fine && c.err == nil {
		c.err = &RequestError{Op: c.op, Field: field, Problem: problem}
	}
}

// amountOrAll requires either an amount or All.
func (c *checks) amountOrAll(amount Amount, all bool) {
	c.check(amount >= 0, "amount", "must not be negative")
	c.check(amount != 0 || all, "amount", "is 0; set All to mean everything")
	c.check(amount == 0 || !all, "amount", "is given beside All")
}

// Balance returns the total less delivery and less quantity times unit price of every line, in
// minor units. The bank accepts orders for which it is not 0, but in a shop without discounts
// those are mistakes. It returns false if the result is out of range.
func (r OrderRequest) Balance() (Amount, bool) {
	left := r.PurchaseUnits.TotalAmount
	if d := r.PurchaseUnits.Delivery; d != nil {
		left -= d.Amount
	}
	for _, item := range r.PurchaseUnits.Basket {
		line, ok := multiply(item.UnitPrice, item.Quantity)
		if !ok || left < math.MinInt64+line {
			return 0, false
		}
		left -= line
	}
	return left, true
}

// multiply returns price times quantity, and false if that is out of range.
func multiply(price Amount, quantity int64) (Amount, bool) {
	if price < 0 || quantity < 0 || quantity != 0 && int64(price) > math.MaxInt64/quantity {
		return 0, false
	}
	return price * Amount(quantity), true
}
