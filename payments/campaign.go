package payments

import (
	"fmt"
	"slices"
	"strings"

	"dukani/models"
	"dukani/payments/bog"
)

// The kinds of cards and of campaigns that the bank knows (bog-api.md §5.3). That there are campaigns
// for amex is unconfirmed.
var (
	campaignCards = []string{bog.CardVisa, bog.CardMastercard, bog.CardSolo, bog.CardAmex}
	campaignTypes = []string{bog.CampaignRestrict, bog.CampaignDiscount}
)

// ParseCampaign reads a campaign from a setting: "visa:client_discount". It returns nil for "".
func ParseCampaign(s string) (*bog.CampaignConfig, error) {
	if s = strings.TrimSpace(s); s == "" {
		return nil, nil
	}
	card, kind, _ := strings.Cut(s, ":")
	if !slices.Contains(campaignCards, card) || !slices.Contains(campaignTypes, kind) {
		return nil, fmt.Errorf("%q is no campaign, need one of %s, a colon and one of %s", s, campaignCards, campaignTypes)
	}
	return &bog.CampaignConfig{Card: card, Type: kind}, nil
}

// campaignFor is the campaign that a payment by m takes part in, nil for none: it is about cards,
// wherever they come from.
func (d *Desk) campaignFor(m models.Method) *bog.CampaignConfig {
	if payer := m.Rules().Payer; payer != models.PayerCard && payer != models.PayerDevice {
		return nil
	}
	return d.campaign
}

// discountOf translates the discount of a receipt. One that takes nothing off is none.
func discountOf(d *bog.Discount) models.ReportedDiscount {
	if d == nil {
		return models.ReportedDiscount{}
	}
	var r models.ReportedDiscount
	for _, f := range []struct {
		from bog.Decimal
		to   *models.Tetri
	}{{d.OriginalAmount, &r.Original}, {d.Discounted, &r.Due}, {d.BankAmount, &r.Bank}, {d.SystemAmount, &r.System}} {
		amount, err := f.from.Amount()
		r.Unreadable = r.Unreadable || err != nil
		*f.to = models.Tetri(amount)
	}
	r.Unreadable = r.Unreadable || d.OriginalAmount == "" || d.Discounted == ""
	if nothing := r.Bank == 0 && r.System == 0 && r.Original == r.Due; nothing && (!r.Unreadable || *d == bog.Discount{BankDesc: d.BankDesc, SystemDesc: d.SystemDesc}) {
		return models.ReportedDiscount{}
	}
	return r
}
