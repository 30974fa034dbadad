package payments

import (
	"context"
	"errors"
	"fmt"

	"dukani/models"
	"dukani/payments/bog"
)

// askNow asks the bank about one attempt, even if somebody has asked a moment ago, settles the
// answer, and returns it.
func (d *Desk) askNow(ctx context.Context, paymentID int64) (models.BankAnswer, error) {
	c := models.BankAnswer{PaymentID: paymentID}
	p, err := d.store.PaymentByID(ctx, paymentID)
	if err != nil {
		return c, err
	}
	if p.BankOrderID == nil {
		c.Unknown = true
		return c, nil
	}
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	switch {
	case err == nil:
		c.Report = reportOf(p.ID, asked, models.CauseStaff, receipt)
		_, err = d.store.Settle(context.WithoutCancel(ctx), c.Report)
		return c, err
	case outageOf(err) == nil && bog.IsNotFound(err):
		c.Unknown = true
		return c, nil
	}
	return c, fmt.Errorf("%w: %w", ErrBankSilent, err)
}

// AskAboutDifference asks the bank again about an attempt of which a reconciliation has found
// that our ledger has other amounts, and reports whether both agree now.
func (d *Desk) AskAboutDifference(ctx context.Context, by models.Actor, paymentID int64) (agrees bool, err error) {
	c, err := d.askNow(ctx, paymentID)
	if err != nil {
		return false, err
	}
	return d.store.SettleDifference(context.WithoutCancel(ctx), by, c)
}

// AcceptBankReport asks the bank about an attempt and brings the shop to what it says: by the
// ordinary rules as far as they go, and beyond them because a manager has decided so.
func (d *Desk) AcceptBankReport(ctx context.Context, by models.Actor, paymentID int64) error {
	c, err := d.askNow(ctx, paymentID)
	if err != nil {
		return err
	}
	if c.Unknown {
		return &models.Error{Kind: models.Conflict, Code: models.CodeReviewBankUndecided, Err: errors.New("the bank does not know it")}
	}
	agrees, err := d.store.Agrees(ctx, c)
	if err != nil {
		return err
	}
	p, err := d.store.PaymentByID(ctx, paymentID)
	if err != nil {
		return err
	}
	if agrees && p.State != models.PaymentMismatch {
		_, err = d.store.SettleDifference(context.WithoutCancel(ctx), by, c)
		return err
	}
	return d.store.AcceptBankReport(context.WithoutCancel(ctx), by, c.Report)
}

// AskAboutReview asks the bank, for staff, about what a review item is about. The item closes by
// itself if the answer settles it; it reports whether that is so. Errors: NotFound; Conflict
// "admin.review.no_way" if there is nothing to ask; ErrBankSilent.
func (d *Desk) AskAboutReview(ctx context.Context, by models.Actor, id int64) (closed bool, err error) {
	m, err := d.store.ReviewMatter(ctx, id)
	if err != nil {
		return false, err
	}
	if !m.Fits(models.WayAsk) {
		return false, &models.Error{Kind: models.Conflict, Code: models.CodeReviewNoWay}
	}
	switch m.Kind {
	case models.ReviewNoAccess:
		err = d.call(ctx, bog.OpToken, d.bank.Authenticate)
	case models.ReviewUnknownOrder:
		err = d.askAboutUnknown(ctx, m)
	case models.ReviewReconciliation:
		_, err = d.AskAboutDifference(ctx, by, m.Payment.ID)
	default:
		if _, err = d.askNow(ctx, m.Payment.ID); err == nil {
			err = d.askAboutActions(ctx, m.Payment.ID)
		}
	}
	if outage := outageOf(err); outage != nil || errors.Is(err, errNotCalled) {
		return false, fmt.Errorf("%w: %w", ErrBankSilent, err)
	}
	if err != nil {
		return false, err
	}
	if m.Kind != models.ReviewReconciliation { // that has its own line in the audit list
		if err := d.store.NoteAsked(ctx, by, id); err != nil {
			return false, err
		}
	}
	m, err = d.store.ReviewMatter(ctx, id)
	return err == nil && m.ResolvedAt != nil, err
}

// askAboutUnknown reads the receipt of an order that a message of the bank was about and that we do
// not have. If it turns out to be an attempt of ours, that is settled by the ordinary rules.
func (d *Desk) askAboutUnknown(ctx context.Context, m *models.ReviewMatter) error {
	asked := d.store.Now()
	var answer *models.Report
	receipt, err := d.receipt(ctx, m.UnknownBankOrder())
	switch {
	case err == nil:
		r := reportOf(0, asked, models.CauseStaff, receipt)
		answer = &r
	case outageOf(err) != nil || !bog.IsNotFound(err):
		return fmt.Errorf("%w: %w", ErrBankSilent, err)
	}
	paymentID, err := d.store.UnknownOrderAnswered(context.WithoutCancel(ctx), m.ID, answer)
	if err != nil || paymentID == nil {
		return err
	}
	_, err = d.askNow(ctx, *paymentID)
	return err
}

// askAboutActions takes the running actions of an attempt as far as the bank lets them go now: the
// first round requests what the bank has not taken yet, the second reads what became of it.
func (d *Desk) askAboutActions(ctx context.Context, paymentID int64) error {
	if err := d.store.HurryActions(ctx, paymentID); err != nil {
		return err
	}
	if err := d.DriveActions(ctx); err != nil {
		return err
	}
	return d.DriveActions(ctx)
}

// ResolveReview takes a way out of a review item (models.Store.Resolve). Where the bank's word
// counts it is asked first, and what follows at the bank is tried at once; what fails there
// the worker tries again. Errors are those of Resolve, and ErrBankSilent.
func (d *Desk) ResolveReview(ctx context.Context, by models.Actor, id int64, a models.ReviewAnswer) error {
	m, err := d.store.ReviewMatter(ctx, id)
	if err != nil {
		return err
	}
	if m.Fits(a.Way) && m.Payment != nil && (a.Way == models.WayAccept || a.Way == models.WayRefund && m.Payment.State == models.PaymentMismatch) {
		c, err := d.askNow(ctx, m.Payment.ID)
		if err != nil {
			return err
		}
		if !c.Unknown {
			a.Report = &c.Report
		}
	}
	lasting := context.WithoutCancel(ctx)
	if err := d.store.Resolve(lasting, by, id, a); err != nil {
		return err
	}
	switch {
	case d.Outage() != nil:
	case a.Way == models.WayForgetCard:
		err = d.driveCardRemovals(ctx)
	case a.Way.MovesMoney():
		err = d.DriveActions(ctx)
	}
	if err != nil {
		d.log.WarnContext(ctx, "not finished at the bank yet", "review", id, "way", a.Way, "err", err)
	}
	return nil
}

// ReadReceipt returns what a receipt in the journal says, in the shop's words.
func ReadReceipt(e *models.Event) (*models.Report, error) {
	receipt, err := bog.DecodeReceipt(e.Body)
	if err != nil {
		return nil, err
	}
	id := int64(0)
	if e.PaymentID != nil {
		id = *e.PaymentID
	}
	r := reportOf(id, e.At, e.Cause, receipt)
	return &r, nil
}

// ReadCallback returns what a message of the bank says, in the shop's words.
func ReadCallback(e *models.Event) (*models.Report, error) {
	c, err := bog.ParseCallback(e.Body)
	if err != nil {
		return nil, err
	}
	if c.Receipt == nil {
		return nil, fmt.Errorf("a message of the kind %q has no receipt", c.Event)
	}
	r := reportOf(0, e.At, e.Cause, c.Receipt)
	return &r, nil
}
