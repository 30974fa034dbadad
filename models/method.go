package models

import (
	"context"
	"slices"
	"time"
)

// Method is a way to pay, in the bank's words (bog-api.md §5.2).
type Method string

// The ways to pay.
const (
	ByCard      Method = "card"
	ByApplePay  Method = "apple_pay"   // on the bank's page beside a card
	ByGooglePay Method = "google_pay"  // likewise
	ByTransfer  Method = "bog_p2p"     // from an account, after signing in at the bank
	ByLoyalty   Method = "bog_loyalty" // with the bank's points
	ByBNPL      Method = "bnpl"        // buy now, pay later
	ByLoan      Method = "bog_loan"    // in instalments
	ByGiftCard  Method = "gift_card"
)

// Payer is what the bank's receipt names the payer by (bog-api.md §6.2).
type Payer string

// What a payer is named by.
const (
	PayerCard    Payer = "card"    // the masked number of a card
	PayerDevice  Payer = "device"  // the masked number that a device has in place of the card's
	PayerAccount Payer = "account" // the name of an account
	PayerInitial Payer = "initial" // the first letter of a name
	PayerUnknown Payer = "unknown" // not documented
)

// MethodRules is what can be done with a payment by one method. Checkout, payment desk, back office
// and the README's table all follow these rules.
type MethodRules struct {
	Method Method
	// Hold says whether the money can be held and captured later (bog-api.md §10). With a method
	// that cannot, a shop that holds payments is paid at once.
	Hold bool
	// FullRefund and PartialRefund say whether the bank refunds all of it, or a part (§9).
	FullRefund, PartialRefund bool
	// SaveCard says whether the card it was paid with can be saved, so OneClick whether a later
	// order can be charged to that card without its owner (§11).
	SaveCard, OneClick bool
	// Split says whether the bank shares the money among sellers (§14).
	Split bool
	// Button says whether the shop can show the wallet's own button at its checkout (§12).
	Button bool
	// Credit says whether the bank first decides on a loan, which takes longer than a payment by
	// card (§13).
	Credit bool
	Payer  Payer
}

// methodRules are the rules of bog-api.md §9 to §15, in the order in which a checkout shows the
// methods.
var methodRules = []MethodRules{
	{Method: ByCard, Hold: true, FullRefund: true, PartialRefund: true, SaveCard: true, OneClick: true, Split: true, Payer: PayerCard},
	{Method: ByApplePay, Hold: true, FullRefund: true, PartialRefund: true, Split: true, Button: true, Payer: PayerDevice},
	{Method: ByGooglePay, Hold: true, FullRefund: true, PartialRefund: true, Split: true, Button: true, Payer: PayerCard},
	{Method: ByTransfer, FullRefund: true, Split: true, Payer: PayerAccount},
	{Method: ByLoyalty, Split: true, Payer: PayerAccount},
	{Method: ByBNPL, Credit: true, Payer: PayerInitial},
	{Method: ByLoan, Credit: true, Payer: PayerInitial},
	{Method: ByGiftCard, Payer: PayerUnknown},
}

// Methods lists every way to pay, in the order in which a checkout shows them.
func Methods() []Method {
	list := make([]Method, len(methodRules))
	for i, r := range methodRules {
		list[i] = r.Method
	}
	return list
}

// Known reports whether m is one of Methods.
func (m Method) Known() bool { return slices.Contains(Methods(), m) }

// Rules returns what can be done with a payment by m. Old payments have no method: they were all
// made by card. With a method that this program does not know nothing can be done.
func (m Method) Rules() MethodRules {
	if m == "" {
		m = ByCard
	}
	for _, r := range methodRules {
		if r.Method == m {
			return r
		}
	}
	return MethodRules{Method: m, Payer: PayerUnknown}
}

// chooseMethod returns the method that a shopper wants to pay by, which is the first that is
// offered if wish is "", and whether it is offered. If none are named a card is.
func chooseMethod(wish Method, offered []Method) (m Method, ok bool) {
	if len(offered) == 0 {
		offered = []Method{ByCard}
	}
	if wish == "" {
		return offered[0], true
	}
	return wish, slices.Contains(offered, wish)
}

// MethodSwitch is a decision of staff, or of the bank, on whether a method is offered. It counts more
// than the settings.
type MethodSwitch struct {
	Method  Method `gorm:"primaryKey"`
	Offered bool
	At      time.Time
	By      string // the staff member's address; "": the shop itself, because the bank refused the method
	Why     string // the bank's answer, likewise
}

// MethodSwitches returns the methods about which staff or the bank have decided.
func (s *Store) MethodSwitches(ctx context.Context) (switches []MethodSwitch, err error) {
	return switches, s.Read(ctx).Order("method").Find(&switches).Error
}

// SwitchMethod has the shop offer a method, or not. Errors: NotFound for a method that does not
// exist.
func (s *Store) SwitchMethod(ctx context.Context, by Actor, m Method, offered bool) error {
	if !m.Known() {
		return &Error{Kind: NotFound, Code: CodeMethodUnknown}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject(methodSubject(m)); err != nil {
			return err
		}
		if err := setSwitch(tx, MethodSwitch{Method: m, Offered: offered, By: by.Email}); err != nil {
			return err
		}
		if offered {
			if err := reviewOver(tx, methodSubject(m), "it is offered again", ReviewMethodOff); err != nil {
				return err
			}
			return audit(tx, by, "method", methodSubject(m), "", "offered")
		}
		return audit(tx, by, "method", methodSubject(m), "", "not offered")
	})
}

// MethodRefused takes a method off because the bank has answered that the merchant does not have
// it, and puts that into the review queue. why is the bank's answer. Doing it again changes nothing.
func (s *Store) MethodRefused(ctx context.Context, m Method, why string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject(methodSubject(m)); err != nil {
			return err
		}
		if err := setSwitch(tx, MethodSwitch{Method: m, Why: why}); err != nil {
			return err
		}
		return review(tx, ReviewItem{Kind: ReviewMethodOff, Subject: methodSubject(m), Detail: why, Happening: "refused"})
	})
}

// setSwitch stores a decision. Public pages show what a loan comes to if one is offered.
func setSwitch(tx *Tx, s MethodSwitch) error {
	if err := tx.exec("UPDATE catalog_version SET version = version + 1"); err != nil {
		return err
	}
	return tx.exec(`INSERT INTO method_switches (method, offered, at, by, why) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (method) DO UPDATE SET offered = excluded.offered, at = excluded.at, by = excluded.by, why = excluded.why`,
		s.Method, s.Offered, tx.now, s.By, s.Why)
}

func methodSubject(m Method) string { return "method " + string(m) }
