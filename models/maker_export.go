package models

import (
	"context"
	"slices"
	"strings"
	"time"
)

// MakerShares is what the shares of a maker in one state add up to in a month.
type MakerShares struct {
	Month  string // 2026-11
	NameKa string
	NameEn string
	IBAN   string `gorm:"column:iban"`
	State  SplitState
	Why    SplitWhy
	Orders int
	Amount Tetri
}

// SharesByMonth adds up the makers' shares of the money that came in a period: by month, maker,
// account, and what became of them. What was refunded since is still among them, because a refund
// does not bring a share back; a share that was not sent is what the shop owes the maker itself.
func (s *Store) SharesByMonth(ctx context.Context, p Period) (list []MakerShares, err error) {
	var rows []struct {
		MakerShares
		TakenAt time.Time
	}
	err = queryAll(s.Read(ctx), &rows, `SELECT x.name_ka, x.name_en, x.iban, x.state, s.why, s.taken_at, x.amount_tetri AS amount
		FROM splits s JOIN split_shares x ON x.split_id = s.id WHERE s.taken_at >= ? AND s.taken_at < ?
		ORDER BY x.name_ka, x.iban, x.state, s.why, s.taken_at`, p.From.Start(), p.To.Add(1).Start())
	if err != nil {
		return nil, err
	}
	byMonth := map[MakerShares]int{} // where a sum stands in the list
	for _, r := range rows {
		key := MakerShares{Month: DayOf(r.TakenAt).Month(), NameKa: r.NameKa, NameEn: r.NameEn, IBAN: r.IBAN, State: r.State, Why: r.Why}
		i, seen := byMonth[key]
		if !seen {
			i = len(list)
			byMonth[key] = i
			list = append(list, key)
		}
		list[i].Orders++
		list[i].Amount += r.Amount
	}
	slices.SortStableFunc(list, func(a, b MakerShares) int { return strings.Compare(a.Month, b.Month) })
	return list, nil
}

// NoteSharesExport enters into the audit list that staff took the shares of a period out of the
// shop.
func (s *Store) NoteSharesExport(ctx context.Context, by Actor, p Period) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return audit(tx, by, "export_shares", "shares", "", string(p.From)+" – "+string(p.To))
	})
}
