package payments

import (
	"context"
	"errors"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// saveCardWait is how long the shopper waits at most for the bank to take the save-card
// request.
const saveCardWait = 3 * time.Second

// requestSaveCard tells the bank to save the card that an attempt will be paid with. The
// call must come after the order is created and before the shopper is sent to pay: later it
// does nothing (bog-api.md section 11). Its failure never keeps anybody from paying;
// the order's page says that the card was not saved.
func (d *Desk) requestSaveCard(ctx context.Context, p *models.Payment) error {
	if p.SaveCardState != models.SaveCardRequested {
		return nil
	}
	op, save := bog.OpSaveCard, d.bank.SaveCard
	if p.SaveCard == models.Subscription {
		op, save = bog.OpSaveSubscription, d.bank.SaveSubscription
	}
	waiting, cancel := context.WithTimeout(ctx, saveCardWait)
	defer cancel()
	recorded, calls := d.record(waiting)
	state := models.SaveCardAccepted
	err := d.call(recorded, op, func(ctx context.Context) error {
		return save(ctx, *p.BankOrderID, bog.CallOptions{IdempotencyKey: *p.SaveCardKey})
	})
	if err != nil {
		d.log.WarnContext(ctx, "the bank was not told to save a card", "payment", p.ID, "err", err)
		state = models.SaveCardFailed
		if errors.Is(err, errNotCalled) || !bog.Refused(err) {
			state = models.SaveCardRequested // the request may have arrived; the receipt will say
		}
	}
	return d.store.SaveCardAnswered(context.WithoutCancel(ctx), p.ID, state, *calls...)
}

// RemoveCard has the bank delete a customer's card and then takes it off their list.
// A card that the bank does not know any more is removed just as well. If the bank
// does not answer, the card is out of use at once, the worker goes on trying, and the
// error is ErrBankSilent. Other errors: NotFound.
func (d *Desk) RemoveCard(ctx context.Context, customerID, cardID int64) error {
	c, err := d.store.BeginCardRemoval(ctx, customerID, cardID)
	if err != nil {
		return err
	}
	return d.removeAtBank(ctx, c)
}

func (d *Desk) removeAtBank(ctx context.Context, c *models.SavedCard) error {
	recorded, calls := d.record(ctx)
	err := d.call(recorded, bog.OpForgetCard, func(ctx context.Context) error {
		return d.bank.ForgetCard(ctx, c.ParentBankID, bog.CallOptions{IdempotencyKey: *c.RemoveKey})
	})
	if errors.Is(err, errNotCalled) {
		return err // the removal is still due
	}
	kept := context.WithoutCancel(ctx)
	if err == nil || outageOf(err) == nil && (bog.IsCardNotFound(err) || bog.IsNotFound(err)) {
		return d.store.CardForgotten(kept, c.ID, *calls...)
	}
	d.log.WarnContext(ctx, "the bank did not forget a card", "card", c.ID, "err", err)
	refused := ""
	if bog.RefusedForGood(err) {
		refused = err.Error()
	}
	return errors.Join(ErrBankSilent, d.store.PutOffCardRemoval(kept, c.ID, refused, *calls...))
}

// driveCardRemovals repeats the removals that the bank has not answered yet.
func (d *Desk) driveCardRemovals(ctx context.Context) error {
	cards, err := d.store.DueCardRemovals(ctx, sweepBatch)
	if err != nil {
		return err
	}
	for i := range cards {
		if err := d.removeAtBank(ctx, &cards[i]); err != nil && !errors.Is(err, ErrBankSilent) {
			return err
		}
	}
	return ctx.Err()
}
