package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// Settle asks the bank about one attempt to pay and brings the order to what is
// true there. Callback, browser, worker and staff all come through here, so it
// does not matter which of them is first, late or missing: repeating it changes
// nothing. cause names who asked, for the journal. Callers at the same moment, or within
// askPause of each other, share one question to the bank.
//
// It returns the order as it stands afterwards. Errors: ErrBankSilent or ErrNoAccess
// if the bank could not be asked; then nothing changed.
func (d *Desk) Settle(ctx context.Context, paymentID int64, cause models.Cause) (*models.Order, error) {
	p, err := d.store.PaymentByID(ctx, paymentID)
	if err != nil {
		return nil, fmt.Errorf("settle payment %d: %w", paymentID, err)
	}
	o, err := d.askOnce(ctx, questionAbout(p), func() (*models.Order, error) {
		if p.BankOrderID == nil {
			return d.settleUnanswered(ctx, p, cause)
		}
		return d.settleByReceipt(ctx, p, cause)
	})
	if err != nil {
		return nil, fmt.Errorf("settle payment %d: %w", paymentID, err)
	}
	if o == nil { // another caller has just asked
		return d.store.OrderByID(ctx, p.OrderID)
	}
	return o, nil
}

func (d *Desk) settleByReceipt(ctx context.Context, p *models.Payment, cause models.Cause) (*models.Order, error) {
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if outageOf(err) == nil && bog.IsNotFound(err) && d.store.Now().After(p.ExpiresAt) {
		if err := d.store.LostAtBank(ctx, p.ID, err.Error()); err != nil {
			return nil, err
		}
		return d.store.OrderByID(ctx, p.OrderID)
	}
	if err != nil {
		return nil, d.postpone(ctx, p.ID, cause, err)
	}
	// What the bank has said is stored even if nobody waits for it any more.
	return d.store.Settle(context.WithoutCancel(ctx), reportOf(p.ID, asked, cause, receipt))
}

// receipt asks the bank how one of its orders stands.
func (d *Desk) receipt(ctx context.Context, bankOrderID string) (receipt *bog.Receipt, err error) {
	err = d.call(ctx, bog.OpReceipt, func(ctx context.Context) (err error) {
		receipt, err = d.bank.Receipt(ctx, bankOrderID)
		return err
	})
	return receipt, err
}

// settleUnanswered deals with an attempt whose creation the bank never answered:
// the call is repeated with the stored key and body, which gives the same order
// if there is one, until the time to pay is over.
func (d *Desk) settleUnanswered(ctx context.Context, p *models.Payment, cause models.Cause) (*models.Order, error) {
	if p.State != models.PaymentStarting || d.store.Now().After(p.ExpiresAt) {
		if err := d.store.GiveUpStart(ctx, p.ID); err != nil {
			return nil, err
		}
		return d.store.OrderByID(ctx, p.OrderID)
	}
	o, err := d.store.OrderByID(ctx, p.OrderID)
	if err != nil || (p.Kind == models.Automatic || p.WalletState != models.WalletNone) && d.justPlaced(p) {
		return o, err // its callback can be here before the answer
	}
	create := d.create
	if p.TokenLess() {
		create = d.repeatWithoutToken
	}
	if err := create(ctx, o, p, cause); err != nil {
		return nil, err
	}
	now, err := d.store.PaymentByID(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if now.BankOrderID != nil {
		return d.Settle(ctx, p.ID, cause) // it may have been paid long ago
	}
	return d.store.OrderByID(ctx, p.OrderID)
}

// justPlaced reports whether the request that placed an order may still be waiting for
// the bank's answer. Nobody else makes an automatic charge or a wallet's payment then, not even under the same
// key: what the bank does with two such calls at the same moment is not documented.
func (d *Desk) justPlaced(p *models.Payment) bool {
	return p.Checks == 0 && d.store.Now().Sub(p.CreatedAt) <= models.StartGrace
}

// errNotPostponed says that the next check could not be planned, because the database
// cannot be written now. The payment stays due.
var errNotPostponed = errors.New("not postponed")

// postpone records that the bank could not be asked and plans the payment's next check.
// calls are the changing calls that were tried; after a call that was not made at all
// there is nothing to record. A database that cannot be written is logged, and part of
// the error, which still matches ErrBankSilent: the order's page is shown all the same.
func (d *Desk) postpone(ctx context.Context, paymentID int64, cause models.Cause, why error, calls ...models.Event) error {
	if errors.Is(why, errNotCalled) {
		return why
	}
	outage := outageOf(why)
	if outage == nil {
		outage = ErrBankSilent
	}
	// The call may have ended because the shopper's request was out of time.
	if err := d.store.PutOffCheck(context.WithoutCancel(ctx), paymentID, cause, why.Error(), calls...); err != nil {
		d.log.ErrorContext(ctx, "the payment's next check was not planned", "payment", paymentID, "err", err)
		return fmt.Errorf("%w: %w: %w: %w", outage, why, errNotPostponed, err)
	}
	return fmt.Errorf("%w: %w", outage, why)
}

// reportOf translates a receipt into the shop's words. Only here and in stateOf do the
// bank's statuses mean something.
func reportOf(paymentID int64, asked time.Time, cause models.Cause, r *bog.Receipt) models.Report {
	units, detail := r.PurchaseUnits, r.PaymentDetail
	report := models.Report{
		PaymentID:    paymentID,
		AskedAt:      asked,
		Cause:        cause,
		State:        stateOf(r),
		BankOrderID:  r.OrderID,
		OrderNumber:  r.ExternalOrderID,
		Currency:     string(units.Currency),
		Requested:    models.Tetri(r.Requested()),
		Transferred:  models.Tetri(units.TransferAmount),
		Refunded:     models.Tetri(units.RefundAmount),
		Discount:     discountOf(r.Discount),
		Method:       models.Method(detail.TransferMethod.Key),
		Actions:      actionsOf(r),
		Split:        splitReport(r),
		Status:       string(r.Status()),
		Code:         string(detail.Code),
		RejectReason: r.RejectReason,
		CardExpiry:   detail.CardExpiryDate,
		SavedCard:    models.CardKind(detail.SavedCardType),
		ParentBankID: detail.ParentOrderID,
		Life:         r.ExpiresAt().Sub(r.CreatedAt()),
		Raw:          r.Raw,
	}
	report.SetPayer(detail.PayerIdentifier, detail.CardType)
	return report
}

// stateOf follows bog-api.md section 7. A status that is not known to us gives
// no state: it is recorded and shown to staff, never guessed at.
func stateOf(r *bog.Receipt) models.PaymentState {
	switch r.Status() {
	case bog.StatusCreated:
		return models.PaymentOpen
	case bog.StatusProcessing:
		return models.PaymentProcessing
	case bog.StatusAuthRequested, bog.StatusBlocked:
		return models.PaymentHeld
	case bog.StatusCompleted, bog.StatusPartialCompleted:
		return models.PaymentPaid
	case bog.StatusRejected:
		if r.RejectReason == bog.RejectExpiration {
			return models.PaymentExpired
		}
		return models.PaymentDeclined
	case bog.StatusRefundRequested:
		return models.PaymentRefunding
	case bog.StatusRefundedPartially:
		return models.PaymentPartRefunded
	case bog.StatusRefunded:
		return models.PaymentRefunded
	}
	return ""
}
