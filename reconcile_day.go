package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"dukani/models"
	"dukani/payments"
)

// reconcileDay asks the bank about every attempt of a day, and prints where our ledger has
// something else, and the day's totals.
func reconcileDay(ctx context.Context, store *models.Store, desk *payments.Desk, text string, stdout io.Writer) error {
	day, err := models.ParseDay(text)
	if err != nil {
		return fmt.Errorf("-day is a day like 2026-11-27, not %q", text)
	}
	run, err := store.BeginReconciliation(ctx, commandLine, day, false)
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", day, err)
	}
	run, failed := desk.ReconcileDay(ctx, run)
	if failed != nil && !errors.Is(failed, payments.ErrBankSilent) {
		return failed
	}
	fmt.Fprintf(stdout, "%s: asked the bank about %d of %d payments", day, run.Asked, run.Attempts)
	if run.Unanswered > 0 {
		fmt.Fprintf(stdout, ", it gave no usable answer about %d", run.Unanswered)
	}
	fmt.Fprintln(stdout)
	differences, err := store.Differences(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, d := range differences {
		fmt.Fprintf(stdout, "order %s  bank order %s  %s\n    ledger: %s captured, %s refunded; bank (%s): %s captured, %s refunded\n    → %s\n",
			d.OrderNumber, d.BankOrderID, d.Kind, d.OurCaptured, d.OurRefunded, d.BankStatus, d.BankCaptured, d.BankRefunded, aboutDifference[d.Kind])
	}
	totals, err := store.DayTotals(ctx, day)
	if err != nil {
		return err
	}
	for _, t := range totals {
		fmt.Fprintf(stdout, "%-12s %-6s %5d payments  captured %s  refunded %s  net %s\n",
			orUnknown(t.Method), t.Brand, t.Count, t.Captured, t.Refunded, t.Net())
	}
	if failed != nil {
		return fmt.Errorf("%w: %w", errDiffers, failed)
	}
	if run.Result != models.ReconciliationAgrees {
		return errDiffers
	}
	fmt.Fprintln(stdout, "the ledger has what the bank has")
	return nil
}

func orUnknown(method string) string {
	if method == "" {
		return "not known"
	}
	return method
}

// aboutDifference tells staff what a difference asks of them.
var aboutDifference = map[models.DifferenceKind]string{
	models.PaidThere:    "the bank has money that the ledger does not know: take it over on the day's page of the back office",
	models.PaidHere:     "the bank never captured what the ledger has: ask it again on the day's page; do not deliver meanwhile",
	models.OtherAmounts: "book what the bank has on the day's page of the back office",
}
