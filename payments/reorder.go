package payments

import (
	"context"

	"dukani/models"
)

// Reorder buys an order again with a saved card. A subscription card is charged
// without the shopper; the bank charges it the total of the order it was saved on,
// whatever the request says (bog-api.md section 11), so the store refuses any other total
// before the call, and Settle compares the receipt's again. A recurrent card is used
// on the bank's page.
//
// A request that was carried out before is not paid once more: an order that waits on the
// bank's page leads there, any other one's own page says how it stands. Errors are those
// of models.PlaceReorder.
func (d *Desk) Reorder(ctx context.Context, r models.ReorderRequest) (*models.Order, PayResult, error) {
	var err error
	if r.Offered, err = d.Methods(ctx); err != nil {
		return nil, PayResult{}, err
	}
	o, isNew, err := d.store.PlaceReorder(ctx, r, d.request)
	if err != nil {
		return nil, PayResult{}, err
	}
	p := o.LastPayment()
	if isNew || p.State == models.PaymentStarting && p.Kind != models.Automatic {
		result, err := d.open(ctx, o, p)
		return o, result, err
	}
	if o.ReorderOf == nil || *o.ReorderOf != r.OrderID {
		return o, PayResult{Outcome: Undecided}, nil // another order of the same chain, which has to be decided first
	}
	return o, resultOf(p), nil
}
