package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Settings are the switches of the bank. The zero value behaves as docs/bog-api.md
// describes the bank or, where nothing is documented, in the least helpful way.
type Settings struct {
	// Callback is how callbacks travel unless the order's plan says otherwise.
	Callback Delivery `json:"callback"`
	// SilentOn lists the events that send no callback. All events are: completed,
	// rejected, blocked, expiration, refund, authorization.
	SilentOn []string `json:"silent_on,omitempty"`
	// Retries is how often a callback that was not received is sent again, RetryMS the
	// pause before each time. The bank documents no repetition, so the default is none.
	Retries int `json:"retries,omitempty"`
	RetryMS int `json:"retry_ms,omitempty"`
	// Accept2xx makes every 2xx count as received; by default only 200 does.
	Accept2xx bool `json:"accept_2xx,omitempty"`
	// RedirectWaitMS is how long the payer's browser waits for the shop to answer the
	// callback. 0 means 1000; a negative number means no wait.
	RedirectWaitMS int `json:"redirect_wait_ms,omitempty"`

	// SettleMS is how long a payment stays in processing; -1 means for ever.
	SettleMS int `json:"settle_ms,omitempty"`
	// LeaveEarly sends the browser back while the payment is still processing.
	LeaveEarly bool `json:"leave_early,omitempty"`
	// ActionMS is how long refunds, approvals and cancellations take; -1 means for ever.
	ActionMS int `json:"action_ms,omitempty"`
	// CancelledHold is the status after a hold was cancelled or released: rejected, which
	// is the default, or refunded.
	CancelledHold string `json:"cancelled_hold,omitempty"`

	// CancelledHoldCard is what becomes of the saved card when the hold that it was saved
	// with is cancelled or released: kept, which is the default, or forgotten.
	CancelledHoldCard string `json:"cancelled_hold_card,omitempty"`
	// ChargeCapture is the capture of an automatic charge: inherited from the parent
	// order, which is the default and may make it a hold as well, or automatic.
	ChargeCapture string `json:"charge_capture,omitempty"`
	// LateSave is what happens to a save-card request that comes after the payment: it is
	// refused, which is the default, or ignored, that is accepted without effect.
	LateSave string `json:"late_save,omitempty"`
	// Inactive lists features that the bank has not opened for the merchant: saved_cards,
	// preauthorization. Payments that need one of them are declined without 3-D Secure;
	// save-card requests and automatic charges get 403.
	Inactive []string `json:"inactive,omitempty"`

	// TokenSeconds is the life of access tokens; 0 means 300.
	TokenSeconds int `json:"token_seconds,omitempty"`
	// ExpiresIn is the form of expires_in: seconds, which is the default, epoch_s,
	// epoch_ms or zero.
	ExpiresIn string `json:"expires_in,omitempty"`
	// FormCredentials makes the token call accept client_id and client_secret in the form too.
	FormCredentials bool `json:"form_credentials,omitempty"`

	// HTTPCallbacks says which callback addresses with plain http are accepted: loopback,
	// which is the default, any or none.
	HTTPCallbacks string `json:"http_callbacks,omitempty"`
	// Methods are the payment methods that are active for the merchant. Empty means all
	// but the loans, so that an order without payment_method does not offer those unasked.
	// Loans makes bnpl and bog_loan active as well.
	Methods []string `json:"methods,omitempty"`
	Loans   bool     `json:"loans,omitempty"`
	// AccountTags are the tags of the merchant's accounts (config.account.tag). For an
	// unknown tag the bank silently uses the default account.
	AccountTags []string `json:"account_tags,omitempty"`
	// CampaignPercent is how much a client_discount takes off: 0 means 10 percent, -1 means
	// nothing.
	CampaignPercent int `json:"campaign_percent,omitempty"`
	// Split are the switches of split payments.
	Split SplitRules `json:"split,omitzero"`
	// StrictBasket refuses orders whose basket and delivery do not add up to the total.
	StrictBasket bool `json:"strict_basket,omitempty"`
	// StrictAmounts refuses amounts and quantities as strings when an order is created.
	// Refunds and approvals still accept them, as the documentation's samples send them.
	StrictAmounts bool `json:"strict_amounts,omitempty"`
	// StrictLoan refuses a loan as the only method without config.loan. By default the
	// payer then chooses the terms.
	StrictLoan bool `json:"strict_loan,omitempty"`
	// StrictHeaders refuses an Accept-Language other than ka and en, and a Theme other
	// than light and dark, in the calls that create an order with a page.
	StrictHeaders bool `json:"strict_headers,omitempty"`
	// Strict refuses what a careful client never sends: unknown fields, amounts as
	// strings, a missing Idempotency-Key, a key that was used with another body, plain http
	// callback addresses, and whatever the other Strict switches refuse.
	Strict bool `json:"strict,omitempty"`
	// HAL makes answers application/hal+json. XML makes them XML, unless the request
	// accepts JSON.
	HAL bool `json:"hal,omitempty"`
	XML bool `json:"xml,omitempty"`
}

// keptSettings are changed settings as the file keeps them. The next start uses them
// only if it begins with the same Settings, because a flag that somebody changed since
// must not be silently overruled.
type keptSettings struct {
	Start Settings `json:"start"`
	Now   Settings `json:"now"`
}

func (b *Bank) currentSettings() Settings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settings
}

func (s Settings) check() error {
	for _, one := range []struct {
		name, value string
		allowed     []string
	}{
		{"expires_in", s.ExpiresIn, []string{"", "seconds", "epoch_s", "epoch_ms", "zero"}},
		{"http_callbacks", s.HTTPCallbacks, []string{"", "loopback", "any", "none"}},
		{"cancelled_hold", s.CancelledHold, []string{"", statusRejected, statusRefunded}},
		{"cancelled_hold_card", s.CancelledHoldCard, []string{"", "kept", "forgotten"}},
		{"charge_capture", s.ChargeCapture, []string{"", "inherited", "automatic"}},
		{"late_save", s.LateSave, []string{"", "refused", "ignored"}},
	} {
		if !slices.Contains(one.allowed, one.value) {
			return fmt.Errorf("%s: %q is none of %q", one.name, one.value, one.allowed[1:])
		}
	}
	for _, m := range s.Methods {
		if !slices.Contains(allMethods, m) {
			return fmt.Errorf("methods: %q is none of %q", m, allMethods)
		}
	}
	for _, f := range s.Inactive {
		if f != featureCards && f != featureHolds {
			return fmt.Errorf("inactive: %q is none of %q", f, []string{featureCards, featureHolds})
		}
	}
	for _, e := range s.SilentOn {
		if !slices.Contains(events, e) {
			return fmt.Errorf("silent_on: %q is none of %q", e, events)
		}
	}
	if s.CampaignPercent < -1 || s.CampaignPercent > 99 {
		return fmt.Errorf("campaign_percent must be -1..99")
	}
	if err := s.Split.check(); err != nil {
		return err
	}
	return s.Callback.check()
}

// Features that the bank opens for each merchant.
const (
	featureCards = "saved_cards"
	featureHolds = "preauthorization"
)

// needsClosedFeature reports whether the order needs a feature that the bank has not
// opened for the merchant.
func (s Settings) needsClosedFeature(o *order) bool {
	return o.Capture == "manual" && slices.Contains(s.Inactive, featureHolds) ||
		(o.SaveRequest != "" || o.ParentID != "") && slices.Contains(s.Inactive, featureCards)
}

func (s Settings) activeMethods() []string {
	active := s.Methods
	if len(active) == 0 {
		active = []string{"card", "google_pay", "apple_pay", "bog_p2p", "bog_loyalty", "gift_card"}
	}
	if s.Loans {
		return slices.Concat(active, []string{"bnpl", "bog_loan"})
	}
	return active
}

// creditedTag returns the tag of the account that gets the money: the requested one, or
// nil for the default account.
func (s Settings) creditedTag(tag *string) *string {
	if tag == nil || !slices.Contains(s.AccountTags, *tag) {
		return nil
	}
	return tag
}

func (s Settings) tokenLife() time.Duration {
	if s.TokenSeconds <= 0 {
		return 300 * time.Second
	}
	return time.Duration(s.TokenSeconds) * time.Second
}

func (s Settings) redirectWait() time.Duration {
	if s.RedirectWaitMS == 0 {
		return time.Second
	}
	return time.Duration(s.RedirectWaitMS) * time.Millisecond
}

func (s Settings) retryPause() time.Duration {
	if s.RetryMS <= 0 {
		return 15 * time.Second
	}
	return time.Duration(s.RetryMS) * time.Millisecond
}
