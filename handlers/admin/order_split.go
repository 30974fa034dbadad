package admin

import (
	"slices"

	"dukani/models"
	"dukani/views"
)

// splitTones are the colours of a split's states.
var splitTones = map[models.SplitState]string{
	models.SplitPlanned: "info", models.SplitNotSent: "warn", models.SplitSent: "info", models.SplitCreated: "info", models.SplitProcessing: "info",
	models.SplitCompleted: "good", models.SplitRejected: "bad",
}

func (v visit) splitState(s models.SplitState) views.AdminState {
	return views.AdminState{Status: string(s), Name: v.text("admin.split.state." + string(s)), Tone: splitTones[s]}
}

// splitWhy says why the makers do not get their shares through the bank, "" if they do.
func (v visit) splitWhy(why models.SplitWhy) string {
	if why == models.SplitFine {
		return ""
	}
	return v.text("admin.split.why." + string(why))
}

// splits is how the attempts to pay an order are shared with makers. An attempt that nobody paid
// shares nothing.
func (v visit) splits(o *models.Order, all []models.Split) (list []views.AdminSplit) {
	for _, s := range all {
		p := paymentOf(o, s.PaymentID)
		if p == nil || s.State == models.SplitCanceled && p.HeldAt == nil && s.TakenAt == nil || p.State == models.PaymentRefused {
			continue
		}
		row := views.AdminSplit{
			State: v.splitState(s.State), Why: v.splitWhy(s.Why), Of: v.price(s.OfTetri), Rest: v.price(s.OfTetri - s.Total()), Shares: v.shares(s),
		}
		if len(o.Payments) > 1 {
			row.Attempt = v.text("admin.order.attempt", p.Attempt)
		}
		list = append(list, row)
	}
	return list
}

func (v visit) shares(s models.Split) (list []views.AdminShare) {
	for _, x := range s.Shares {
		list = append(list, views.AdminShare{
			Maker: x.Name(v.lang()), Account: x.IBAN[:4] + " … " + x.IBAN[len(x.IBAN)-4:], Amount: v.price(x.AmountTetri), Tetri: int64(x.AmountTetri),
			State: v.splitState(x.State),
		})
	}
	return list
}

func paymentOf(o *models.Order, id int64) *models.Payment {
	if i := slices.IndexFunc(o.Payments, func(p models.Payment) bool { return p.ID == id }); i >= 0 {
		return &o.Payments[i]
	}
	return nil
}

// kept is what makers keep of an order's captured money whatever is refunded, nil if that is
// nothing.
func (v visit) kept(all []models.Split) *views.AdminKept {
	var kept views.AdminKept
	var sum models.Tetri
	for _, s := range all {
		if s.TakenAt == nil {
			continue
		}
		for i, row := range v.shares(s) {
			if s.Shares[i].State.Stays() {
				kept.Shares = append(kept.Shares, row)
				sum += s.Shares[i].AmountTetri
			}
		}
	}
	if sum == 0 {
		return nil
	}
	kept.Text, kept.Tetri = v.text("admin.split.kept", v.price(sum)), int64(sum)
	return &kept
}
