package payments

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"dukani/models"
)

// sweepAtOnce is how many payments the bank is asked about at the same time.
const sweepAtOnce = 8

// sweepBatch is how many due payments are fetched from the database at once.
const sweepBatch = 200

// Sweep asks the bank about every payment that is due for it, releases holds
// whose time is over and drives refunds and the removal of cards on. It is what finds a payment whose
// callback was lost, a start whose answer was lost and everything a crash cut
// short; run often, it costs two indexed look-ups when nothing is due.
//
// It returns how many payments were asked about. A silent bank is no error: the
// payments stay due. While another sweep is going on it returns at once, and that
// one starts over: waiting here would keep the queue's other jobs, the mails, from
// being worked on.
func (d *Desk) Sweep(ctx context.Context) (asked int, err error) {
	d.sweepAgain.Store(true)
	for err == nil && d.sweepAgain.Load() && d.sweeping.TryLock() {
		d.sweepAgain.Store(false)
		var n int
		n, err = d.sweep(ctx)
		d.sweeping.Unlock()
		asked += n
	}
	return asked, err
}

// Ask asks the bank about every attempt to pay the order with this number, for staff,
// whenever that was. Errors: NotFound; ErrBankSilent.
func (d *Desk) Ask(ctx context.Context, number string) (*models.Order, error) {
	o, err := d.store.OrderByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	for _, p := range o.Payments {
		if p.BankOrderID == nil && p.State != models.PaymentStarting {
			continue // there is nothing to ask about
		}
		if _, err := d.Settle(ctx, p.ID, models.CauseStaff); err != nil {
			return nil, err
		}
	}
	return d.store.OrderByID(ctx, o.ID)
}

// Resume makes everything undecided due and has it settled, after a start. The
// regular sweeps may begin only later: the queue elects who starts them, and after
// a crash it waits for the one that is gone.
func (d *Desk) Resume(ctx context.Context) error {
	if err := d.store.MakeOpenPaymentsDue(ctx); err != nil {
		return err
	}
	return d.store.QueueSettling(ctx)
}

func (d *Desk) sweep(ctx context.Context) (asked int, err error) {
	if d.Outage() != nil {
		if back, err := d.probe(ctx); err != nil || !back {
			_, held := d.store.ReleaseReservations(ctx)
			return 1, errors.Join(err, held)
		}
	}
	for {
		ids, err := d.store.DuePayments(ctx, sweepBatch)
		if err != nil {
			return asked, err
		}
		n, err := d.settleAll(ctx, ids)
		asked += n
		if err != nil {
			return asked, err // what could not be put off would be found again at once
		}
		if len(ids) < sweepBatch || n == 0 || d.Outage() != nil {
			break
		}
	}
	_, held := d.store.ReleaseReservations(ctx)
	if d.Outage() != nil {
		return asked, held
	}
	return asked, errors.Join(held, d.DriveRefunds(ctx), d.forgetCards(ctx))
}

// settleAll settles payments, a few at the same time, and returns how many. One about
// which the bank was asked just now stays due for another moment.
func (d *Desk) settleAll(ctx context.Context, ids []int64) (settled int, err error) {
	var g errgroup.Group
	g.SetLimit(sweepAtOnce)
	for _, id := range ids {
		if wait := d.looks.wait(d.store.Now(), question{paymentID: id}); wait > 0 {
			d.wakeIn(wait)
			continue
		}
		settled++
		g.Go(func() error { return d.settleOne(ctx, id) })
	}
	return settled, g.Wait()
}

// settleOne settles a payment that is due. One that cannot be settled must not keep
// the others waiting.
func (d *Desk) settleOne(ctx context.Context, id int64) error {
	_, err := d.Settle(ctx, id, models.CauseWorker)
	if err == nil || errors.Is(err, ErrBankSilent) && !errors.Is(err, errNotNoted) {
		return ctx.Err()
	}
	d.log.ErrorContext(ctx, "payment not settled", "payment", id, "err", err)
	return d.store.PutOffCheck(ctx, id, models.CauseWorker, err.Error())
}
