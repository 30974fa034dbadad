package payments

import (
	"context"

	"dukani/models"
	"dukani/payments/bog"
)

// Reorder buys an order again with a saved card. A subscription card is charged
// without the shopper; it is charged the total of the order it was saved on, whatever
// the request says (bog-api.md section 11), so the store refuses any other total
// before the call, and Settle compares the receipt's again. A recurrent card is used
// on the bank's page.
//
// It returns the order and where the shopper pays it, empty as in PlaceOrder and after
// an automatic charge. What was confirmed before is not paid once more: an order that
// waits on the bank's page leads there, any other one's own page says how it stands.
// Errors are those of models.PlaceReorder.
func (d *Desk) Reorder(ctx context.Context, r models.ReorderRequest) (*models.Order, string, error) {
	o, isNew, err := d.store.PlaceReorder(ctx, r, d.request)
	if err != nil {
		return nil, "", err
	}
	p := o.LastPayment()
	if isNew || p.State == models.PaymentStarting && p.Kind != models.Automatic {
		payAt, err := d.openOnce(ctx, o, p)
		return o, payAt, err
	}
	if o.ReorderOf == nil || *o.ReorderOf != r.OrderID {
		return o, "", nil // what was confirmed is not this order
	}
	return o, p.PayPage(), nil
}

// chargeRequest is for a charge without the shopper. Amount, currency, buyer and
// goods come from the order the card was saved on; this names only the new order.
func (d *Desk) chargeRequest(o *models.Order) ([]byte, error) {
	return bog.EncodeCharge(bog.ChargeRequest{CallbackURL: d.callbackURL(), ExternalOrderID: o.Number})
}

// codeOf is the response code behind a refused call: whether the bank says by the
// HTTP answer that a saved card is gone, or by a rejected order, is not documented.
func codeOf(err error, p *models.Payment) string {
	if p.CardID != nil && (bog.IsCardNotFound(err) || bog.IsNotFound(err)) {
		return string(bog.CodeCardNotFound)
	}
	return ""
}

// justPlaced reports whether the request that placed an order may still be in its own
// call to the bank. Nobody else makes an automatic charge then, not even under the same
// key: what the bank does with two such calls at the same moment is not documented.
func (d *Desk) justPlaced(p *models.Payment) bool {
	return p.Checks == 0 && d.store.Now().Sub(p.CreatedAt) <= models.StartGrace
}
