package payments

import (
	"encoding/json"
	"testing"
	"time"

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

// An empty object in place of a split or a discount says no more than null does.
func TestAnEmptyObjectOfAReceiptSaysNothing(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"null": `{"split":null,"discount":null}`, "empty": `{"split":{},"discount":{}}`, "no lines": `{"split":{"split_status":"","currency":"GEL","split_payments":[]}}`} {
		var receipt bog.Receipt
		if err := json.Unmarshal([]byte(body), &receipt); err != nil {
			t.Fatal(err)
		}
		if r := reportOf(1, time.Time{}, "test", &receipt); r.Split != nil || r.Discount != (models.ReportedDiscount{}) {
			t.Errorf("%s: %+v, %+v", name, r.Split, r.Discount)
		}
	}
}
