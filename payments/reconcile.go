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

// Sweep asks the bank about every payment that is due, releases reservations whose time
// is over, and drives refunds, captures and removals of cards. It finds payments whose callback was
// lost, attempts whose creation was not answered and everything a crash cut short. It can
// run often: when nothing is due it costs two indexed queries.
//
// It returns how many payments the bank was asked about. A silent bank is no error: the
// payments stay due. While another sweep is running it returns at once, and that
// one starts over: waiting here would hold up the queue's other jobs, the mails.
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

// SettleOrder asks the bank, for staff, about every attempt to pay the order with this
// number, however old. Errors: NotFound; ErrBankSilent.
func (d *Desk) SettleOrder(ctx context.Context, number string) (*models.Order, error) {
	o, err := d.store.OrderByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	for _, p := range o.Payments {
		if p.BankOrderID == nil && p.State != models.PaymentStarting {
			continue // the bank does not know this attempt
		}
		if _, err := d.Settle(ctx, p.ID, models.CauseStaff); err != nil {
			return nil, err
		}
	}
	return d.store.OrderByID(ctx, o.ID)
}

// Resume makes every undecided payment due and queues a sweep, at the start of the
// program and after an outage. The regular sweeps may begin only later: the queue elects
// which process starts them, and after a crash it waits for the one that is gone.
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
			return asked, err // a payment that could not be put off would be found again at once
		}
		if len(ids) < sweepBatch || n == 0 || d.Outage() != nil {
			break
		}
	}
	_, held := d.store.ReleaseReservations(ctx)
	if d.Outage() != nil {
		return asked, held
	}
	return asked, errors.Join(held, d.DriveActions(ctx), d.driveCardRemovals(ctx))
}

// settleAll settles payments, a few at the same time, and returns how many. A payment that
// the bank was asked about a moment ago stays due, and another sweep follows soon.
func (d *Desk) settleAll(ctx context.Context, ids []int64) (settled int, err error) {
	var g errgroup.Group
	g.SetLimit(sweepAtOnce)
	for _, id := range ids {
		if wait := d.inquiries.wait(d.store.Now(), question{paymentID: id}); wait > 0 {
			d.sweepIn(wait)
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
	if err == nil || errors.Is(err, ErrBankSilent) && !errors.Is(err, errNotPostponed) {
		return ctx.Err()
	}
	d.log.ErrorContext(ctx, "payment not settled", "payment", id, "err", err)
	return d.store.PutOffCheck(ctx, id, models.CauseWorker, err.Error())
}
