package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Values of split_status, of the whole and of each line.
const (
	splitCreated    = "created"
	splitProcessing = "processing"
	splitCompleted  = "completed"
	splitRejected   = "rejected"
	splitCanceled   = "canceled"
)

// SplitRules are the switches of split payments. The form of a split is known well, its
// limits are not (docs/bog-api.md §14), so they can be set.
type SplitRules struct {
	// Activation is what happens to a split: active, which is the default, means that it
	// works; ignored, that the field has no effect; refused, that the call is refused.
	Activation string `json:"activation,omitempty"`
	// MaxLines and MaxDescription limit the lines and the characters of a description; 0
	// means 10 lines and 25 characters.
	MaxLines       int `json:"max_lines,omitempty"`
	MaxDescription int `json:"max_description,omitempty"`
	// Methods are the payment methods with which a split is executed; with others it stays
	// created. Empty means card, google_pay, apple_pay, bog_loyalty and bog_p2p.
	Methods []string `json:"methods,omitempty"`
	// DelayMS is how long a split stays in processing; -1 means for ever.
	DelayMS int `json:"delay_ms,omitempty"`
	// Reject makes splits end in rejected. The payment itself is not touched.
	Reject bool `json:"reject,omitempty"`
	// Numbers makes amount and percent JSON numbers in receipts.
	Numbers bool `json:"numbers,omitempty"`
	// Events makes each change of a split send a callback with the event split_payment.
	Events bool `json:"events,omitempty"`
}

func (s SplitRules) check() error {
	if allowed := []string{"", "active", "ignored", "refused"}; !slices.Contains(allowed, s.Activation) {
		return fmt.Errorf("split.activation: %q is none of %q", s.Activation, allowed[1:])
	}
	if s.MaxLines < 0 || s.MaxDescription < 0 || s.DelayMS < -1 {
		return fmt.Errorf("split: max_lines and max_description must not be negative, delay_ms not below -1")
	}
	for _, m := range s.Methods {
		if !slices.Contains(allMethods, m) {
			return fmt.Errorf("split.methods: %q is none of %q", m, allMethods)
		}
	}
	return nil
}

func (s SplitRules) executes(method string) bool {
	if len(s.Methods) == 0 {
		return slices.Contains([]string{"card", "google_pay", "apple_pay", "bog_loyalty", "bog_p2p"}, method)
	}
	return slices.Contains(s.Methods, method)
}

// split is how the captured amount of an order is shared among accounts. Lines are never
// changed in place.
type split struct {
	Status  string      `json:"status"`
	Lines   []splitLine `json:"lines"`
	Numbers bool        `json:"numbers,omitempty"` // as SplitRules.Numbers was
	Due     time.Time   `json:"due,omitzero"`      // when processing ends; zero means never
}

// splitLine is one share: an amount, or a percentage of the captured amount.
type splitLine struct {
	IBAN        string  `json:"iban"`
	Amount      money   `json:"amount,omitempty"`
	Percent     int64   `json:"percent,omitempty"`
	Description *string `json:"description,omitempty"`
}

// unexecuted returns a split with the same lines on which nothing was done yet; nil for nil.
func (s *split) unexecuted() *split {
	if s == nil {
		return nil
	}
	return &split{Status: splitCreated, Lines: s.Lines, Numbers: s.Numbers}
}

// shares returns what each line gets of amount, with percentages rounded down, and false if
// the lines need more than amount. What no line gets stays with the merchant.
func (s *split) shares(amount money) ([]money, bool) {
	out := make([]money, len(s.Lines))
	rest := amount
	for i, line := range s.Lines {
		out[i] = line.Amount + amount*money(line.Percent)/100
		rest -= out[i]
	}
	return out, rest >= 0
}

// afterChange does what follows a change of an order that the shop gets a callback about:
// it updates the split and queues the callbacks.
func (t *tx) afterChange(o *order, event string) {
	moved := event != "refund" && t.updateSplit(o) // a refund leaves the shares alone
	t.notify(o, event)
	if moved {
		t.notifySplit(o)
	}
}

// updateSplit gives the split the status that follows from its order, and reports whether
// that status is new.
func (t *tx) updateSplit(o *order) bool {
	s := o.Split
	if s == nil || s.Status == splitProcessing || s.Status == splitCompleted {
		return false
	}
	before := s.Status
	switch {
	case o.Captured > 0:
		t.executeSplit(o)
	case !o.AuthorizedAt.IsZero() && o.Authorized == 0:
		s.Status = splitCanceled
	case o.Status == statusRejected:
		s.Status = splitRejected
	}
	return s.Status != before
}

// executeSplit shares the captured amount.
func (t *tx) executeSplit(o *order) {
	s, rules := o.Split, t.b.settings.Split
	_, enough := s.shares(o.Captured)
	switch {
	case !rules.executes(o.Method):
		s.Status = splitCreated // the bank does not say that it executes nothing
	case rules.Reject || !enough:
		s.Status = splitRejected
	case rules.DelayMS == 0:
		s.Status = splitCompleted
	default:
		s.Status = splitProcessing
		if rules.DelayMS > 0 {
			s.Due = t.now.Add(time.Duration(rules.DelayMS) * time.Millisecond)
		}
	}
}

// completeSplit ends the processing of a split.
func (t *tx) completeSplit(o *order) {
	o.Split.Status, o.Split.Due = splitCompleted, time.Time{}
	t.notifySplit(o)
}

func (t *tx) notifySplit(o *order) {
	if t.b.settings.Split.Events {
		t.notify(o, eventSplit)
	}
}

// splitDue is when the processing of the split ends; zero means never.
func (o *order) splitDue() time.Time {
	if o.Split == nil {
		return time.Time{}
	}
	return o.Split.Due
}

// sharesView is how the captured amount was shared, in minor units, for /_sim/.
type sharesView struct {
	Lines    []shareView `json:"lines"`
	Merchant money       `json:"merchant"` // what stayed with the merchant
}

type shareView struct {
	IBAN   string `json:"iban"`
	Amount money  `json:"amount"`
}

// shares returns nil unless the split is completed.
func (o *order) shares() *sharesView {
	if o.Split == nil || o.Split.Status != splitCompleted {
		return nil
	}
	amounts, _ := o.Split.shares(o.Captured)
	v := &sharesView{Merchant: o.Captured}
	for i, line := range o.Split.Lines {
		v.Lines = append(v.Lines, shareView{line.IBAN, amounts[i]})
		v.Merchant -= amounts[i]
	}
	return v
}
