package models

import (
	"math/bits"
	"slices"
	"time"
)

// SplitRules is whether the shop shares what is paid with the makers of the goods. The bank has to
// activate that for the merchant.
type SplitRules struct {
	On bool
	// Lines is how many makers one payment is shared among at most; 0 means 10. That limit, like
	// the others of bog-api.md §14, rests on few sources.
	Lines int
}

// SplitState is where a split, or one share of it, stands.
type SplitState string

// The states of a split. The last five are the bank's.
const (
	SplitPlanned    SplitState = "planned"  // of a hold: it goes to the bank with the capture
	SplitNotSent    SplitState = "not_sent" // the bank is not asked for it: Split.Why
	SplitSent       SplitState = "sent"     // part of the request; the bank has not reported it
	SplitCreated    SplitState = "created"
	SplitProcessing SplitState = "processing"
	SplitCompleted  SplitState = "completed"
	SplitCanceled   SplitState = "canceled" // nothing was captured
	SplitRejected   SplitState = "rejected"
)

// Stays reports whether a share in this state is with its maker or on its way there, so that a
// refund does not bring it back.
func (s SplitState) Stays() bool {
	return slices.Contains([]SplitState{SplitSent, SplitCreated, SplitProcessing, SplitCompleted}, s)
}

// SplitWhy says why the makers do not get their shares through the bank.
type SplitWhy string

// The reasons.
const (
	SplitFine        SplitWhy = ""
	SplitByMethod    SplitWhy = "method"    // the bank does not share a payment by that method
	SplitTooMany     SplitWhy = "lines"     // of more makers than the bank shares a payment among
	SplitByAutomatic SplitWhy = "automatic" // the request of an automatic charge has no place for it
	SplitRefused     SplitWhy = "refused"   // the bank refuses requests with a split: see ReviewSplitRejected
	SplitAbsent      SplitWhy = "absent"    // the bank's receipt of the captured money has none
)

// Split is how one attempt to pay is shared with makers. What no share gets, delivery among it,
// stays with the merchant.
type Split struct {
	ID        int64
	OrderID   int64
	PaymentID int64
	CaptureID *int64 // the capture that carries it; nil: the order does
	State     SplitState
	Why       SplitWhy
	OfTetri   Tetri // what is shared: the total or, of a hold, what is captured
	CreatedAt time.Time
	UpdatedAt time.Time
	TakenAt   *time.Time // when the bank first reported the money as captured; nil: it has not
	Shares    []Share    `gorm:"-"`
}

// Share is what one maker gets: a line of the split that the bank is asked for. It is always an
// amount. The bank takes a percentage of all that it captures, delivery and other makers' goods
// included; what a maker agreed to is a part of the price of their own goods, and only the shop
// can compute that to the tetri.
type Share struct {
	SplitID        int64 `gorm:"primaryKey"`
	Position       int   `gorm:"primaryKey"`
	MakerID        int64
	NameKa, NameEn string
	IBAN           string `gorm:"column:iban"`
	Description    string
	AmountTetri    Tetri
	State          SplitState
}

// TableName is the table of the shares.
func (Share) TableName() string { return "split_shares" }

// Name is the maker's name in lang.
func (s Share) Name(lang Lang) string { return Maker{NameKa: s.NameKa, NameEn: s.NameEn}.Name(lang) }

// Total is what all makers get together.
func (s *Split) Total() (sum Tetri) {
	for _, share := range s.Shares {
		sum += share.AmountTetri
	}
	return sum
}

// SoldUnits is what is charged of one line of an order, with its maker, nil if nothing is shared
// for it.
type SoldUnits struct {
	Maker     *Maker
	UnitTetri Tetri
	Units     int
}

// ShareOut returns what each maker gets of the money taken for an order, in the order of their first
// line: their percentage of the price of their goods, or their amount for each unit but never more
// than its price. If less is taken than goods and delivery cost, every share shrinks in the same
// proportion. All is rounded down to the tetri: the rest is the merchant's. A share of nothing is
// left out, because the bank refuses it.
func ShareOut(sold []SoldUnits, delivery, taken Tetri) (shares []Share) {
	type due struct {
		maker       *Maker
		goods, each Tetri
	}
	var makers []due
	full := delivery
	for _, s := range sold {
		price := s.UnitTetri * Tetri(s.Units)
		full += price
		if s.Maker == nil {
			continue
		}
		i := slices.IndexFunc(makers, func(d due) bool { return d.maker.ID == s.Maker.ID })
		if i < 0 {
			i = len(makers)
			makers = append(makers, due{maker: s.Maker})
		}
		makers[i].goods += price
		makers[i].each += min(s.Maker.AmountTetri, s.UnitTetri) * Tetri(s.Units)
	}
	for _, d := range makers {
		amount := d.each
		if d.maker.Percent > 0 {
			amount = d.goods.part(Tetri(d.maker.Percent), 100)
		}
		if taken < full {
			amount = amount.part(taken, full)
		}
		if amount > 0 {
			shares = append(shares, Share{
				Position: len(shares), MakerID: d.maker.ID, NameKa: d.maker.NameKa, NameEn: d.maker.NameEn,
				IBAN: d.maker.IBAN, Description: d.maker.Description, AmountTetri: amount,
			})
		}
	}
	return shares
}

// part is t * of / whole, rounded down, for 0 <= of <= whole and whole > 0.
func (t Tetri) part(of, whole Tetri) Tetri {
	high, low := bits.Mul64(uint64(max(t, 0)), uint64(max(of, 0)))
	q, _ := bits.Div64(high, low, uint64(whole))
	return Tetri(q)
}
