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
// nothing. cause names who asked, for the journal. Whoever comes while the bank is
// being asked, or within lookPause of that, shares what came of it.
//
// It returns the order as it stands afterwards. Errors: ErrBankSilent or ErrNoAccess
// if the bank could not be asked; then nothing changed.
func (d *Desk) Settle(ctx context.Context, paymentID int64, cause models.Cause) (*models.Order, error) {
	p, err := d.store.PaymentByID(ctx, paymentID)
	if err != nil {
		return nil, fmt.Errorf("settle payment %d: %w", paymentID, err)
	}
	o, err := d.share(ctx, questionAbout(p), func() (*models.Order, error) {
		if p.BankOrderID == nil {
			return d.settleUnanswered(ctx, p, cause)
		}
		return d.settleByReceipt(ctx, p, cause)
	})
	if err != nil {
		return nil, fmt.Errorf("settle payment %d: %w", paymentID, err)
	}
	if o == nil { // somebody else has just asked
		return d.store.OrderByID(ctx, p.OrderID)
	}
	return o, nil
}

func questionAbout(p *models.Payment) question {
	return question{paymentID: p.ID, opening: p.BankOrderID == nil}
}

func (d *Desk) settleByReceipt(ctx context.Context, p *models.Payment, cause models.Cause) (*models.Order, error) {
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if outageOf(err) == nil && bog.IsNotFound(err) && d.store.Now().After(p.ExpiresAt) {
		return d.after(ctx, p, d.store.LostAtBank(ctx, p.ID, err.Error()))
	}
	if err != nil {
		return nil, d.silent(ctx, p.ID, cause, err)
	}
	// What the bank has said is stored even if nobody waits for it any more.
	return d.store.Settle(context.WithoutCancel(ctx), report(p.ID, asked, cause, receipt))
}

// receipt asks the bank how one of its orders stands.
func (d *Desk) receipt(ctx context.Context, bankOrderID string) (receipt *bog.Receipt, err error) {
	err = d.ask(ctx, bog.OpReceipt, func(ctx context.Context) (err error) {
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
		return d.after(ctx, p, d.store.GiveUpStart(ctx, p.ID))
	}
	o, err := d.store.OrderByID(ctx, p.OrderID)
	if err != nil || p.Kind == models.Automatic && d.justPlaced(p) {
		return o, err // its callback can be here before the answer
	}
	if err := d.open(ctx, o, p, cause); err != nil {
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

func (d *Desk) after(ctx context.Context, p *models.Payment, err error) (*models.Order, error) {
	if err != nil {
		return nil, err
	}
	return d.store.OrderByID(ctx, p.OrderID)
}

// errNotNoted says that the next try could not be planned, because the database does
// not take it now. What was due stays due.
var errNotNoted = errors.New("not noted")

// silent records that the bank could not be asked and plans the next try. calls
// are what was tried, if it was more than reading the receipt; if nothing was tried
// there is nothing to record. A page that only tells does not fail because nothing can
// be written.
func (d *Desk) silent(ctx context.Context, paymentID int64, cause models.Cause, why error, calls ...models.Event) error {
	if errors.Is(why, errNotAsked) {
		return why
	}
	outage := outageOf(why)
	if outage == nil {
		outage = ErrBankSilent
	}
	// The shopper's time to wait may be what ended the asking.
	if err := d.store.PutOffCheck(context.WithoutCancel(ctx), paymentID, cause, why.Error(), calls...); err != nil {
		d.log.ErrorContext(ctx, "the bank's silence was not noted", "payment", paymentID, "err", err)
		return fmt.Errorf("%w: %w: %w: %w", outage, why, errNotNoted, err)
	}
	return fmt.Errorf("%w: %w", outage, why)
}

// ignoreSilence drops the error that the worker will mend by itself.
func ignoreSilence(err error) error {
	if errors.Is(err, ErrBankSilent) {
		return nil
	}
	return err
}

// report translates a receipt into the shop's words. It is the only place where
// the bank's statuses mean something.
func report(paymentID int64, asked time.Time, cause models.Cause, r *bog.Receipt) models.Report {
	units, detail := r.PurchaseUnits, r.PaymentDetail
	return models.Report{
		PaymentID:    paymentID,
		AskedAt:      asked,
		Cause:        cause,
		State:        stateOf(r),
		BankOrderID:  r.OrderID,
		OrderNumber:  r.ExternalOrderID,
		Currency:     string(units.Currency),
		Requested:    models.Tetri(units.RequestAmount),
		Transferred:  models.Tetri(units.TransferAmount),
		Refunded:     models.Tetri(units.RefundAmount),
		Status:       string(r.Status()),
		Code:         string(detail.Code),
		RejectReason: r.RejectReason,
		CardMask:     detail.PayerIdentifier,
		CardBrand:    detail.CardType,
		CardExpiry:   detail.CardExpiryDate,
		SavedCard:    models.CardKind(detail.SavedCardType),
		ParentBankID: detail.ParentOrderID,
		Life:         r.ExpiresAt().Sub(r.CreatedAt()),
		Raw:          r.Raw,
	}
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
