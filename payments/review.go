package payments

import (
	"context"
	"errors"
	"fmt"

	"dukani/models"
	"dukani/payments/bog"
)

// askNow asks the bank about one attempt whoever asked a moment ago, settles what it answers,
// and returns it.
func (d *Desk) askNow(ctx context.Context, paymentID int64) (models.Checked, error) {
	c := models.Checked{PaymentID: paymentID}
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

// TakeBankWord asks the bank about an attempt and brings the shop to what it says: by the
// ordinary rules as far as they go, and beyond them because a manager has decided so.
func (d *Desk) TakeBankWord(ctx context.Context, by models.Actor, paymentID int64) error {
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
	return d.store.TakeBankWord(context.WithoutCancel(ctx), by, c.Report)
}
