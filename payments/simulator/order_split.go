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

// SplitRules are the switches of split payments. The shape of a split is well
// attested, its limits are not (bog-api §14), so they can be set.
type SplitRules struct {
	// Activation says what the bank has done for the merchant: active
	// (default), ignored (it is not active and the field is dropped), refused.
	Activation string `json:"activation,omitempty"`
	// MaxLines and MaxDescription: 0 means 10 lines and 25 characters.
	MaxLines       int `json:"max_lines,omitempty"`
	MaxDescription int `json:"max_description,omitempty"`
	// Methods carry a split out; with the others it stays created. Empty means
	// card, google_pay, apple_pay, bog_loyalty, bog_p2p.
	Methods []string `json:"methods,omitempty"`
	// DelayMS is how long a split stays in processing; -1 = for ever.
	DelayMS int `json:"delay_ms,omitempty"`
	// Reject ends splits in rejected. The payment itself stands.
	Reject bool `json:"reject,omitempty"`
	// Numbers writes amount and percent in receipts as JSON numbers.
	Numbers bool `json:"numbers,omitempty"`
	// Events sends a callback with the event split_payment at each change.
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

// split is what an order wants paid on to others. The lines are never changed.
type split struct {
	Status  string      `json:"status"`
	Lines   []splitLine `json:"lines"`
	Numbers bool        `json:"numbers,omitempty"` // as SplitRules.Numbers was
	Due     time.Time   `json:"due,omitzero"`      // when processing ends; zero = never
}

// splitLine is one share: an amount, or a percentage of what is taken.
type splitLine struct {
	IBAN        string  `json:"iban"`
	Amount      money   `json:"amount,omitempty"`
	Percent     int64   `json:"percent,omitempty"`
	Description *string `json:"description,omitempty"`
}

// again is the same split before anything was done; nil for nil.
func (s *split) unexecuted() *split {
	if s == nil {
		return nil
	}
	return &split{Status: splitCreated, Lines: s.Lines, Numbers: s.Numbers}
}

// shares is what each line gets of amount, percentages rounded down. What is
// not shared stays with the merchant; false means there is not enough.
func (s *split) shares(amount money) ([]money, bool) {
	out := make([]money, len(s.Lines))
	rest := amount
	for i, line := range s.Lines {
		out[i] = line.Amount + amount*money(line.Percent)/100
		rest -= out[i]
	}
	return out, rest >= 0
}

// changed is what follows each change of an order that the shop hears of: the
// split moves with the order, then the callbacks are queued.
func (t *tx) afterChange(o *order, event string) {
	moved := event != "refund" && t.updateSplit(o) // a refund takes nothing back from the others
	t.notify(o, event)
	if moved {
		t.notifySplit(o)
	}
}

// moveSplit lets the split follow its order and says whether it moved.
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

// carryOut pays the shares of what was taken.
func (t *tx) executeSplit(o *order) {
	s, rules := o.Split, t.b.settings.Split
	_, enough := s.shares(o.Captured)
	switch {
	case !rules.executes(o.Method):
		s.Status = splitCreated // silently not carried out
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

// endSplit completes a split that was in processing.
func (t *tx) completeSplit(o *order) {
	o.Split.Status, o.Split.Due = splitCompleted, time.Time{}
	t.notifySplit(o)
}

func (t *tx) notifySplit(o *order) {
	if t.b.settings.Split.Events {
		t.notify(o, eventSplit)
	}
}

// splitDue is when the split ends by itself; zero means never.
func (o *order) splitDue() time.Time {
	if o.Split == nil {
		return time.Time{}
	}
	return o.Split.Due
}

// sharesView is how the taken amount was shared, for /_sim/, in minor units.
type sharesView struct {
	Lines    []shareView `json:"lines"`
	Merchant money       `json:"merchant"` // what was left to the merchant
}

type shareView struct {
	IBAN   string `json:"iban"`
	Amount money  `json:"amount"`
}

// shares is nil unless the split was carried out.
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
