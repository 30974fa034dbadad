package simulator

import (
	"fmt"
	"slices"
)

// campaign is config.campaign: an offer for one kind of card.
type campaign struct {
	Card string `json:"card"` // visa, mc, amex, solo
	Type string `json:"type"` // restrict, client_discount
}

// readCampaign reads config.campaign. It returns nil unless both of its fields are there.
func readCampaign(config *node) *campaign {
	n := config.object("campaign")
	if n == nil {
		return nil
	}
	c := &campaign{Card: n.oneOf("card", "", "visa", "mc", "solo", "amex"), Type: n.oneOf("type", "", "restrict", "client_discount")}
	n.rejectUnknown()
	if c.Card == "" || c.Type == "" {
		return nil
	}
	return c
}

// isKind reports whether the card is of the kind that a campaign names. Solo is a product
// of the bank and exists with any brand.
func (c card) isKind(name string) bool {
	if name == "solo" {
		return c.Solo
	}
	return c.Brand == name
}

// campaignAccepts reports whether the order's campaign lets this card pay. Payments
// without a card (nil) are always accepted.
func (o *order) campaignAccepts(c *card) bool {
	return c == nil || o.Campaign == nil || o.Campaign.Type != "restrict" || c.isKind(o.Campaign.Card)
}

// checkCampaign adds an error to the field of a card that the campaign does not accept.
func (o *order) checkCampaign(form *payForm, method string, pays card) {
	field := "choice"
	if method == "card" {
		field = "number"
	}
	if !slices.Contains(holdable, method) || o.campaignAccepts(&pays) || form.Errors[field] != "" {
		return
	}
	if form.Errors == nil {
		form.Errors = map[string]string{}
	}
	form.Errors[field] = fmt.Sprintf(texts["err.campaign"].in(o.Lang), brandNames[o.Campaign.Card])
}

// campaignDiscount is what the order's campaign takes off for the card that pays, rounded
// down. Payments without a card get no discount.
func (o *order) campaignDiscount(settings Settings) money {
	if o.Card == nil || o.Campaign == nil || o.Campaign.Type != "client_discount" || !o.Card.isKind(o.Campaign.Card) {
		return 0
	}
	return o.Total * money(settings.campaignPercent()) / 100
}

// amountDue is what the payer pays.
func (o *order) amountDue() money { return o.Total - o.Discount }

// campaignPercent is how many percent a client_discount takes off. At the bank that is
// agreed with each merchant and not documented.
func (s Settings) campaignPercent() int {
	switch s.CampaignPercent {
	case 0:
		return 10
	case -1:
		return 0
	}
	return s.CampaignPercent
}

// campaignNote is a sentence for the payer about the campaign, or "".
func (o *order) campaignNote(p Page, settings Settings) string {
	if o.Campaign == nil {
		return ""
	}
	kind := brandNames[o.Campaign.Card]
	if o.Campaign.Type == "restrict" {
		return fmt.Sprintf(p.T("camp.restrict"), kind)
	}
	percent := settings.campaignPercent()
	if percent == 0 {
		return ""
	}
	return fmt.Sprintf(p.T("camp.discount"), kind, percent, p.Money(o.Total-o.Total*money(percent)/100, o.Currency))
}

// receiptDiscount is the discount in receipts. Who pays for a discount is not documented;
// here it is always the bank.
type receiptDiscount struct {
	BankAmount     string `json:"bank_discount_amount"`
	BankDesc       string `json:"bank_discount_desc"`
	Discounted     string `json:"discounted_amount"`
	OriginalAmount string `json:"original_order_amount"`
	SystemAmount   string `json:"system_discount_amount"`
	SystemDesc     string `json:"system_discount_desc"`
}

// receiptDiscount returns nil unless the order was paid with a discount.
func (o *order) receiptDiscount() *receiptDiscount {
	if o.Discount == 0 || !o.paid() {
		return nil
	}
	return &receiptDiscount{
		BankAmount: o.Discount.String(), BankDesc: brandNames[o.Campaign.Card] + " campaign",
		Discounted: o.amountDue().String(), OriginalAmount: o.Total.String(), SystemAmount: money(0).String(),
	}
}
