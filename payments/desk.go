// Package payments is the payment desk: how this shop takes money through the
// Bank of Georgia. It joins the shop's own records (models) with the bank's API
// (payments/bog) and is the folder to read first when you copy from this shop.
//
// A payment goes through these files:
//
//	methods.go    which ways to pay are offered
//	loans.go      what the shopper chose of a loan goes to the bank
//	campaign.go   what the bank takes off for some cards
//	wallet.go     Google Pay and Apple Pay by a button on the shop's own page
//	start.go      the order and the exact request are stored, then the bank is asked
//	callback.go   the bank's callback is verified, stored and acknowledged
//	settle.go     the receipt is read and compared; then, once, the order is paid
//	actions.go    money is refunded; a hold is captured or released
//	split.go      makers get their share of it
//	cards.go      cards are saved with consent, and removed
//	reorder.go    an order is bought again with a saved card
//	reconcile.go  payments whose callback or answer was lost are found and settled
//	reconcile_day.go  the ledger of a day is compared with the bank's receipts
//	outage.go     the bank is silent or slow, or does not let the shop in
//	ask_once.go   the bank is asked once, however many callers want to know
//	journal.go    the calls to the bank are recorded
//	jobs.go       the background jobs that run the above
package payments

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// Desk takes the shop's money. Make it with New.
type Desk struct {
	store    *models.Store
	bank     *bog.Client
	verify   func(body []byte, signature string) error
	baseURL  string
	ttl      time.Duration
	capture  bog.Capture
	methods  []models.Method
	campaign *bog.CampaignConfig
	log      *slog.Logger

	callTime    time.Duration
	outage      outage
	acceptedOps sync.Map // bog.Op -> time.Time: when the bank let the shop in for such a call, and that was noted
	inquiries   inquiries

	reconcilePace pacer

	sweeping                 sync.Mutex  // one sweep at a time
	sweepAgain               atomic.Bool // another sweep was asked for since this one began
	sweepQueued              atomic.Bool // a sweep is about to be queued
	forgedLog, forgedJournal throttle    // of forged callbacks
}

// Config is what a Desk works with.
type Config struct {
	Store *models.Store
	Bank  *bog.Client
	// BaseURL is the shop's public address, without a slash at the end. The bank
	// calls back and sends the browser back to it, so it comes from the
	// configuration and never from a request.
	BaseURL string
	// TTL is how long an order can be paid at the bank: 2 minutes to 24 hours,
	// in whole minutes.
	TTL time.Duration
	Log *slog.Logger
	// CallTime bounds the calls to the bank of one visitor's request; 0 means 6 s.
	CallTime time.Duration
	// Capture says whether the bank takes the money at once, which is what "" means too, or holds
	// it until staff capture it (Desk.Capture).
	Capture bog.Capture
	// Methods are the ways to pay that the shop offers unless staff decide otherwise; the merchant
	// must have them at the bank. None means a card only. See Desk.Methods.
	Methods []models.Method
	// Campaign is the bank's campaign that payments by card take part in; nil means none. For what it
	// takes off see models.ReportedDiscount.
	Campaign *bog.CampaignConfig
	// ReconcilePause is the pause between two questions of a reconciliation; 0 means 250 ms.
	ReconcilePause time.Duration
	// Verify checks a callback's signature; nil means with the keys of Bank.
	Verify func(body []byte, signature string) error
}

// New makes a Desk.
func New(c Config) (*Desk, error) {
	if c.TTL < 2*time.Minute || c.TTL > 24*time.Hour || c.TTL%time.Minute != 0 {
		return nil, errors.New("payments: the time to pay must be whole minutes between 2 and 1440")
	}
	if c.CallTime <= 0 {
		c.CallTime = callTime
	}
	if c.Capture == "" {
		c.Capture = bog.CaptureAutomatic
	}
	if c.Capture != bog.CaptureAutomatic && c.Capture != bog.CaptureManual {
		return nil, fmt.Errorf("payments: capture is %q", c.Capture)
	}
	if len(c.Methods) == 0 {
		c.Methods = []models.Method{models.ByCard}
	}
	for _, m := range c.Methods {
		if !m.Known() {
			return nil, fmt.Errorf("payments: %q is no way to pay", m)
		}
	}
	if c.Verify == nil {
		c.Verify = c.Bank.Verifier().Verify
	}
	if c.ReconcilePause <= 0 {
		c.ReconcilePause = reconcilePause
	}
	return &Desk{
		store: c.Store, bank: c.Bank, verify: c.Verify, baseURL: c.BaseURL, ttl: c.TTL, capture: c.Capture, methods: c.Methods, campaign: c.Campaign, log: c.Log, callTime: c.CallTime,
		reconcilePace: pacer{every: c.ReconcilePause},
	}, nil
}
