package bog

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Warning is something in a request that the bank accepts, or may accept, but that is probably
// a mistake.
type Warning struct {
	Field   string // the JSON path
	Problem string
}

func (w Warning) String() string { return w.Field + " " + w.Problem }

// Warnings returns what in a valid request is probably a mistake. Log it while developing. What
// the bank certainly refuses is an error of Validate instead.
func (r OrderRequest) Warnings() []Warning {
	var w warnings
	w.addresses(r)
	w.sums(r.PurchaseUnits, r)
	w.methods(r)
	if r.Config != nil {
		w.extras(*r.Config, r)
	}
	return w
}

type warnings []Warning

func (w *warnings) warn(when bool, field, problem string) {
	if when {
		*w = append(*w, Warning{field, problem})
	}
}

// onStatement is how many characters of the shop's number the payer sees on the statement.
const onStatement = 25

func (w *warnings) addresses(r OrderRequest) {
	u, err := url.Parse(r.CallbackURL)
	w.warn(err == nil && u.Scheme != "https", "callback_url", "is not https, which the bank asks for")
	if err == nil {
		host := u.Hostname()
		w.warn(host == "localhost" || net.ParseIP(host).IsLoopback() || net.ParseIP(host).IsPrivate(),
			"callback_url", "cannot be reached from the internet: no callback will come")
	}
	w.warn(r.ExternalOrderID == "", "external_order_id", "is missing: a callback that overtakes the answer cannot be matched")
	w.warn(utf8.RuneCountInString(r.ExternalOrderID) > onStatement, "external_order_id", "is cut to 25 characters on the payer's statement")
	w.warn(r.RedirectURLs == nil || r.RedirectURLs.Success == "" || r.RedirectURLs.Fail == "",
		"redirect_urls", "are not both given: the browser ends on the bank's own result page")
}

// sums warns of a basket that does not add up. Whether unit prices are before or after a
// discount is not documented, so the basket may add up in either way.
func (w *warnings) sums(u PurchaseUnits, r OrderRequest) {
	left, ok := r.Balance()
	var discounts Amount
	for i, item := range u.Basket {
		path := fmt.Sprintf("purchase_units.basket[%d].", i)
		w.warn(item.UnitPrice == 0, path+"unit_price", "is 0")
		line, fits := multiply(item.UnitPrice, item.Quantity)
		off, offFits := multiply(item.UnitDiscountPrice, item.Quantity)
		w.warn(item.UnitDiscountPrice < 0 || item.UnitDiscountPrice > item.UnitPrice, path+"unit_discount_price", "is not between 0 and unit_price")
		w.warn(fits && offFits && item.TotalPrice != 0 && item.TotalPrice != line && item.TotalPrice != line-off,
			path+"total_price", "is not quantity times unit_price")
		ok = ok && offFits
		discounts += off
	}
	w.warn(!ok || left != 0 && left != -discounts && left != -u.TotalDiscountAmount,
		"purchase_units.total_amount", "is not delivery and basket together: off by "+left.String())
}

func (w *warnings) methods(r OrderRequest) {
	w.warn(len(r.PaymentMethods) == 0, "payment_method", "is empty: the page offers everything the merchant has, loans included")
	w.warn(len(r.PaymentMethods) == 0 && r.Capture == CaptureManual, "payment_method", "should name cards or wallets: nothing else can hold money")
	for _, m := range r.PaymentMethods {
		w.warn(!m.IsKnown(), "payment_method", "has "+string(m)+", which is not known here")
	}
	loan := len(r.PaymentMethods) == 1 && (r.PaymentMethods[0] == MethodLoan || r.PaymentMethods[0] == MethodBNPL)
	w.warn(loan && (r.Config == nil || r.Config.Loan == nil), "config.loan", "is missing, and needed with a loan as the only method")
}

func (w *warnings) extras(o OrderConfig, r OrderRequest) {
	if o.Campaign != nil {
		w.warn(!slices.Contains([]string{CardVisa, CardMastercard, CardSolo, CardAmex}, o.Campaign.Card), "config.campaign.card", "is not known here")
		w.warn(o.Campaign.Type != CampaignRestrict && o.Campaign.Type != CampaignDiscount, "config.campaign.type", "is not known here")
	}
	if o.ApplePay != nil && o.ApplePay.External {
		w.warn(r.ApplicationType == "", "application_type", "is missing, and needed for Apple Pay on the shop's page")
	}
	if o.Split != nil {
		w.split("config.split.", *o.Split, r.PurchaseUnits.TotalAmount)
		for _, m := range r.PaymentMethods {
			w.warn(m == MethodLoan || m == MethodBNPL || m == MethodGiftCard, "payment_method", "has "+string(m)+", with which the split is not carried out")
		}
	}
}

const (
	splitLines       = 10
	splitDescription = 25
	splitLetters     = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ /-?:().,'+"
)

// split warns by limits that are only our reading of the bank's documentation.
func (w *warnings) split(path string, s Split, total Amount) {
	w.warn(len(s.Payments) > splitLines, path+"split_payments", "has more than 10 lines")
	left := total
	for i, p := range s.Payments {
		line := fmt.Sprintf("%ssplit_payments[%d].description", path, i)
		w.warn(utf8.RuneCountInString(p.Description) > splitDescription, line, "is longer than 25 characters")
		w.warn(strings.Trim(p.Description, splitLetters) != "", line, "has other letters than the bank takes")
		left -= min(p.Amount, max(left, 0)+1) // min keeps the sum from overflowing
	}
	w.warn(left < 0, path+"split_payments", "share out more than total_amount")
}
