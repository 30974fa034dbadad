package simulator

import (
	"math/big"
	"slices"
	"time"
)

// order is one order at the bank. An order in the bank's memory is never changed in place:
// a tx works on a copy, which replaces the original once it is on disk. The names in the
// tags are those in the file.
type order struct {
	Number       int64     `json:"number"`
	ID           string    `json:"id"`
	ExternalID   *string   `json:"external_order_id"`
	CallbackURL  string    `json:"callback_url"`
	Success      string    `json:"success"`
	Fail         string    `json:"fail"`
	Base         string    `json:"base"` // what links begin with: the address that the create call came to
	Capture      string    `json:"capture"`
	Lang         string    `json:"lang"`
	Theme        string    `json:"theme"`
	Currency     string    `json:"currency"`
	Buyer        *buyer    `json:"buyer,omitempty"`
	Total        money     `json:"total"`
	Items        []item    `json:"items"`
	Delivery     money     `json:"delivery,omitempty"`       // shown to the payer, in no receipt
	ShopDiscount money     `json:"total_discount,omitempty"` // already off Total; shown to the payer
	Methods      []string  `json:"methods,omitempty"`        // requested by the shop; empty means all
	AccountTag   *string   `json:"account_tag,omitempty"`
	External     string    `json:"external,omitempty"` // the wallet whose button is on the shop's page
	Loan         *loan     `json:"loan,omitempty"`
	Campaign     *campaign `json:"campaign,omitempty"`
	Split        *split    `json:"split,omitempty"`
	Created      time.Time `json:"created"`
	Expires      time.Time `json:"expires"`

	Status       string    `json:"status"`
	Reason       string    `json:"reason,omitempty"` // expiration, unknown, or a response code
	Method       string    `json:"method,omitempty"`
	Option       string    `json:"option"` // direct_debit, recurrent, subscription
	Card         *card     `json:"card,omitempty"`
	TestDigits   string    `json:"test,omitempty"`  // what decides like the digits of a test card when no card pays
	Payer        string    `json:"payer,omitempty"` // payer_identifier, unless that is the masked card number
	Code         string    `json:"code,omitempty"`
	Transaction  string    `json:"transaction,omitempty"`
	AuthCode     string    `json:"auth_code,omitempty"`
	CreditedTag  *string   `json:"pos,omitempty"`      // the tag of the account that got the money; nil means the default account
	Discount     money     `json:"discount,omitempty"` // given by the campaign, off Total
	Captured     money     `json:"taken"`              // refunds are not subtracted
	Refunded     money     `json:"refunded"`           // in all
	Authorized   money     `json:"held"`
	AuthorizedAt time.Time `json:"held_at,omitzero"`
	PaidAt       time.Time `json:"paid_at,omitzero"` // when the amount was captured or authorized
	Actions      []action  `json:"actions,omitempty"`
	Attempts     []attempt `json:"attempts,omitempty"`

	// Challenge is the open 3-D Secure step, or nil. SettleAt is when a payment in
	// processing ends; zero means that none waits, or that it waits for ever.
	Challenge *challenge `json:"challenge,omitempty"`
	SettleAt  time.Time  `json:"settle_at,omitzero"`
	// Plan is what should happen to the order, as chosen on its page or under /_sim/.
	Plan plan `json:"plan,omitzero"`

	SaveRequest string `json:"mark,omitempty"`       // savedRecurrent or savedSubscription; "" without a save-card request
	SavedType   string `json:"saved_type,omitempty"` // SaveRequest, once a card has paid the order
	Forgotten   bool   `json:"forgotten,omitempty"`  // the saved card was deleted
	ParentID    string `json:"parent_id,omitempty"`

	token string // of Google Pay, until the payment has begun; never stored
}

type buyer struct {
	FullName *string `json:"full_name"`
	Email    *string `json:"email"`
	Phone    *string `json:"phone_number"`
}

// externalID is the shop's own id of the order, or "".
func (o *order) externalID() string {
	if o.ExternalID == nil {
		return ""
	}
	return *o.ExternalID
}

// item is a basket line as receipts show it.
type item struct {
	ID           string  `json:"external_item_id"`
	UnitPrice    string  `json:"unit_price"`
	Description  *string `json:"description"`
	Quantity     string  `json:"quantity"`
	UnitDiscount string  `json:"unit_discount_price"`
	PackageCode  *string `json:"package_code"`
	TotalPrice   *string `json:"total_price"`
	VAT          *string `json:"vat"`
	VATPercent   *string `json:"vat_percent"`
	TIN          *string `json:"tin"`
	PINFL        *string `json:"pinfl"`
	DiscountID   *string `json:"product_discount_id"`
}

// exactTotal is the price of the line in the main unit (lari).
func (i item) exactTotal() *big.Rat {
	price, ok1 := parseDecimal(i.UnitPrice)
	discount, ok2 := parseDecimal(i.UnitDiscount)
	quantity, ok3 := parseDecimal(i.Quantity)
	if !ok1 || !ok2 || !ok3 {
		return new(big.Rat)
	}
	worth := price.Sub(price, discount)
	return worth.Mul(worth, quantity)
}

// total is the price of the line, rounded to the minor unit, for the payment page.
func (i item) total() money {
	total, err := parseMoney(i.exactTotal().FloatString(2))
	if err != nil {
		return 0
	}
	return total
}

// basketTotal is the exact price of the basket and the delivery in the main unit.
func (o *order) basketTotal() *big.Rat {
	sum := big.NewRat(int64(o.Delivery), 100)
	for _, one := range o.Items {
		sum.Add(sum, one.exactTotal())
	}
	return sum
}

// attempt is one try to pay.
type attempt struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Card   string    `json:"card,omitempty"` // masked
	ByPage bool      `json:"by_page"`
	Result string    `json:"result"` // 3ds, processing or a response code
}

// challenge is a 3-D Secure question that waits for the payer's answer.
type challenge struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

func (o *order) clone() *order {
	c := *o
	c.Actions = slices.Clone(o.Actions)
	c.Attempts = slices.Clone(o.Attempts)
	if o.Split != nil {
		s := *o.Split
		c.Split = &s
	}
	return &c
}

// runningAction returns the action that has not ended yet, or nil.
func (o *order) runningAction() *action {
	for i := range o.Actions {
		if o.Actions[i].Status == "" {
			return &o.Actions[i]
		}
	}
	return nil
}

// payable reports whether the order waits for a payment.
func (o *order) payable() bool { return o.Status == statusCreated }

// onShopsPage reports whether the order waits for a wallet on the shop's own page. Such an
// order has no page at the bank.
func (o *order) onShopsPage() bool { return o.External != "" && o.payable() }

// paid reports whether the order's payment succeeded, by its status.
func (o *order) paid() bool {
	switch o.Status {
	case statusCreated, statusProcessing, statusRejected:
		return false
	}
	return true
}

func (o *order) refundable() money { return o.Captured - o.Refunded }

// holdLife is how long a hold lasts before the bank releases it by itself.
const holdLife = 30 * 24 * time.Hour

// nextDue returns the next moment at which time alone changes the order; zero means that
// nothing is due.
func (o *order) nextDue() time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if o.Status == statusCreated || o.Challenge != nil {
		sooner(o.Expires)
	}
	if o.Status == statusProcessing {
		sooner(o.SettleAt)
	}
	sooner(o.splitDue())
	if running := o.runningAction(); running != nil {
		sooner(running.Due)
	} else if o.Status == statusBlocked {
		sooner(o.AuthorizedAt.Add(holdLife))
	}
	return next
}
