package payments

import (
	"testing"

	"dukani/models"
	"dukani/payments/bog"
)

// Money that is held, requested or on its way back must never count as paid.
func TestWhatTheBanksStatusMeansToTheShop(t *testing.T) {
	t.Parallel()
	for status, want := range map[bog.Status]models.PaymentState{
		bog.StatusCreated:           models.PaymentOpen,
		bog.StatusProcessing:        models.PaymentProcessing,
		bog.StatusCompleted:         models.PaymentPaid,
		bog.StatusRejected:          models.PaymentDeclined,
		bog.StatusAuthRequested:     models.PaymentHeld,
		bog.StatusBlocked:           models.PaymentHeld,
		bog.StatusPartialCompleted:  models.PaymentPaid,
		bog.StatusRefundRequested:   models.PaymentRefunding,
		bog.StatusRefundedPartially: models.PaymentPartRefunded,
		bog.StatusRefunded:          models.PaymentRefunded,
		"under_review":              "",
		"":                          "",
	} {
		receipt := &bog.Receipt{}
		receipt.OrderStatus.Key = status
		if got := stateOf(receipt); got != want {
			t.Errorf("%q means %q, want %q", status, got, want)
		}
	}
}
