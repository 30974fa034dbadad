package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"dukani/models"
)

// errReviewOpen says that the review queue is not empty.
var errReviewOpen = errors.New("the review queue is not empty")

// reconcileOptions is what the reconcile command is asked to do instead of its round.
type reconcileOptions struct {
	resolve int64  // id of a review item
	because string // why it is resolved
	refund  int64  // id of a refund that the bank rejected
	ask     string // number of an order
	day     string // of Tbilisi
}

func (o *reconcileOptions) flags(f *flag.FlagSet) {
	f.Int64Var(&o.resolve, "resolve", 0, "close the review item with this id; -because says why")
	f.StringVar(&o.because, "because", "", "the reason, with -resolve")
	f.Int64Var(&o.refund, "retry-refund", 0, "ask the bank again for the refund with this id")
	f.StringVar(&o.ask, "ask", "", "ask the bank about the order with this number")
	f.StringVar(&o.day, "day", "", "compare the ledger of this day with the bank's receipts")
}

// errDiffers says that our ledger and the bank do not agree about a day, or that the bank did
// not answer about all of it.
var errDiffers = errors.New("the day is not reconciled")

// commandLine is who acts when staff use the program's commands.
var commandLine = models.Actor{Email: "command line"}

// reconcile asks the bank about everything that is due, once, or does what the
// options say, and lists the review queue.
func reconcile(ctx context.Context, cfg *config, store *models.Store, o reconcileOptions, log *slog.Logger, stdout io.Writer) error {
	beside := besideRunning(ctx, cfg, log)
	if beside != nil {
		store.Now = beside.now
	}
	desk, _, err := newDesk(cfg, store, log, beside)
	if err != nil {
		return err
	}
	switch {
	case o.because != "" && o.resolve == 0:
		return errors.New("-because goes with -resolve")
	case o.resolve != 0:
		if err := store.ResolveReviewItem(ctx, o.resolve, o.because); err != nil {
			return fmt.Errorf("resolve %d: %w", o.resolve, err)
		}
		fmt.Fprintf(stdout, "resolved %d\n", o.resolve)
		return nil
	case o.refund != 0:
		if err := store.RetryRefund(ctx, o.refund, commandLine); err != nil {
			return fmt.Errorf("refund %d: %w", o.refund, err)
		}
		if err := desk.DriveActions(ctx); err != nil {
			return err
		}
	case o.ask != "":
		order, err := desk.SettleOrder(ctx, o.ask)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "order %s is %s\n", order.Number, order.Status)
	case o.day != "":
		return reconcileDay(ctx, store, desk, o.day, stdout)
	default:
		asked, err := desk.Sweep(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "asked the bank about %d payments\n", asked)
	}
	return listReview(ctx, store, stdout)
}

// listReview prints every open review item, oldest first, and how many there are.
func listReview(ctx context.Context, store *models.Store, stdout io.Writer) error {
	const atOnce = 500
	total, counts, after := 0, map[models.ReviewKind]int{}, int64(0)
	for {
		list, err := store.OpenReviewItems(ctx, after, atOnce)
		if err != nil {
			return err
		}
		for _, r := range list {
			printItem(stdout, r, store.Now())
			counts[r.Kind]++
			after = r.ID
		}
		total += len(list)
		if len(list) < atOnce {
			break
		}
	}
	if total == 0 {
		fmt.Fprintln(stdout, "nothing needs review")
		return nil
	}
	var kinds []string
	for kind, n := range counts {
		kinds = append(kinds, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(kinds)
	fmt.Fprintf(stdout, "%d need review: %s\n", total, strings.Join(kinds, ", "))
	return errReviewOpen
}

func printItem(w io.Writer, r models.ReviewItem, now time.Time) {
	fmt.Fprintf(w, "%d  %s  %s old", r.ID, r.Kind, age(now.Sub(r.At)))
	if r.OrderNumber != "" {
		fmt.Fprintf(w, "  order %s", r.OrderNumber)
	}
	if r.AmountTetri > 0 {
		fmt.Fprintf(w, "  %s GEL", r.AmountTetri)
	}
	if r.BankOrderID != "" {
		fmt.Fprintf(w, "  bank order %s", r.BankOrderID)
	} else if r.PaymentID == nil {
		fmt.Fprintf(w, "  %s", r.Subject)
	}
	fmt.Fprintf(w, "\n    %s\n    → %s\n", r.Detail, whatToDo[r.Kind])
}

// age writes how long something is ago in the unit a person would use.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// whatToDo tells staff what an item asks of them. The item's page is /admin/review/ and its
// number.
var whatToDo = map[models.ReviewKind]string{
	models.ReviewUnknownStatus: "closes by itself once the bank uses a known status; if it stays, look the order up at the bank",
	models.ReviewUnknownAtBank: "closes by itself if the bank finds the order; check that the shop uses the right merchant and environment",
	models.ReviewChargeUnknown: "look at the bank whether the saved card, or the wallet, was charged under this order number; " +
		"if not, end the payment on the item's page; if it was, refund it there or deliver",
	models.ReviewUndecided:        "ask the bank what becomes of the payment; closes by itself when it decides",
	models.ReviewRefundRejected:   "mend the cause, then reconcile -retry-refund with the number in the line above; closes when the money has gone back",
	models.ReviewRefundUndecided:  "ask the bank what becomes of the refund; it is asked for on with the same key",
	models.ReviewCaptureRejected:  "the money is still on hold: capture or release it again on the order's page in the back office",
	models.ReviewCaptureUndecided: "ask the bank what becomes of the hold; it is asked for on with the same key",
	models.ReviewHoldExpiring:     "pack the order and capture the money, or release it, before the bank does",
	models.ReviewPaidTooLate:      "nothing if the refund goes through: closes by itself then",
	models.ReviewSecondPayment:    "refund this payment on the item's page; the customer has been told",
	models.ReviewNoAccess: "check BOG_CLIENT_ID, BOG_CLIENT_SECRET and that the bank has opened this call to the merchant; " +
		"payments wait, and this closes by itself when the bank takes the call",
	models.ReviewCardNotForgotten: "it is asked for on, and this closes by itself once the bank has forgotten the card; the item's page asks at once",
	models.ReviewMismatch:         "compare both sides on the item's page: take the bank's word, or refund the payment",
	models.ReviewPaidAfterCancel:  "ask the customer whether they want this order as well: deliver it all the same or refund it, on the item's page",
	models.ReviewRefundByHand:     "the bank does not refund this at the shop's request: give the money back at the bank, then say so on the item's page",
	models.ReviewReturnOverdue:    "book what came back, or close the return, on its page in the back office; closes by itself when the money has gone back",
	models.ReviewMethodOff:        "the bank refuses this way to pay: have the bank open it, then offer it again at /admin/methods",
	models.ReviewSplitRejected: "pay the makers of the order yourself and close it; if it is about no order, have the bank activate split payments first: " +
		"until it is closed the shop sends none",
	models.ReviewUnknownOrder:   "ask the bank on the item's page: is it another shop's, or was an old copy of the database restored?",
	models.ReviewMailNotSent:    "the shopper has not got this mail: correct the address and send it again on the item's page, or tell them by telephone",
	models.ReviewReconciliation: "ask the bank again on the item's page, or book what the bank has",
	models.ReviewCardKind:       "the card can be used in another way than the customer agreed to: have the bank forget it, on the item's page",
}
