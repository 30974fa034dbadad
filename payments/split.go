package payments

import (
	"context"

	"dukani/models"
	"dukani/payments/bog"
)

// splitOf is what the request of an attempt asks for the makers of the order's goods, nil for
// nothing. It goes with the order when the bank takes the money at once; the split of a hold goes
// with its capture, when it is known what is captured.
func splitOf(o *models.Order, capture bog.Capture) *bog.Split {
	if o.Split == nil || o.Split.State == models.SplitNotSent || capture == bog.CaptureManual {
		return nil
	}
	return encodeShares(o.Split.Shares)
}

// encodeShares is nil for no shares.
func encodeShares(shares []models.Share) *bog.Split {
	if len(shares) == 0 {
		return nil
	}
	s := &bog.Split{}
	for _, share := range shares {
		s.Payments = append(s.Payments, bog.SplitPayment{IBAN: share.IBAN, Amount: bog.Amount(share.AmountTetri), Description: share.Description})
	}
	return s
}

// sharesOf is the split that a capture carries.
func (d *Desk) sharesOf(ctx context.Context, a models.Action) (*bog.Split, error) {
	if a.Kind != models.ActionCapture {
		return nil, nil
	}
	shares, err := d.store.CaptureShares(ctx, a.ID)
	return encodeShares(shares), err
}

// splitRefused has the shop send no more splits until staff have looked, if that is why the bank
// refused a request.
func (d *Desk) splitRefused(ctx context.Context, paymentID int64, err error) error {
	if !bog.IsSplitRefused(err) {
		return nil
	}
	return d.store.SplitRefused(context.WithoutCancel(ctx), paymentID, err.Error())
}

// splitReport translates the split of a receipt into the shop's words. An empty one is none.
func splitReport(r *bog.Receipt) *models.SplitReport {
	if r.Split == nil || r.Split.Status == "" && len(r.Split.Payments) == 0 {
		return nil
	}
	report := &models.SplitReport{State: splitState(r.Split.Status)}
	for _, line := range r.Split.Payments {
		amount, _ := line.Amount.Amount() // one that cannot be read differs from ours, and staff see that
		report.Shares = append(report.Shares, models.ReportedShare{
			IBAN: line.IBAN, Amount: models.Tetri(amount), State: splitState(bog.SplitStatus(line.Status)),
		})
	}
	return report
}

// splitState is "" for a status that is not known to us: it says nothing.
func splitState(s bog.SplitStatus) models.SplitState {
	switch s {
	case bog.SplitCreated, bog.SplitProcessing, bog.SplitCompleted, bog.SplitCanceled, bog.SplitRejected:
		return models.SplitState(s)
	}
	return ""
}
