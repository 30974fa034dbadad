package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// Bank is what a simulated bank has written down.
type Bank struct {
	Orders []BankOrder
	Calls  []BankCall
}

// BankOrder is one of its orders; amounts are in tetri. Refunded is a part of Captured.
type BankOrder struct {
	ID         string       `json:"id"`
	Number     string       `json:"external_order_id"` // the shop's
	Status     string       `json:"status"`
	Reason     string       `json:"reason"`
	Currency   string       `json:"currency"`
	Requested  int64        `json:"total"`
	Captured   int64        `json:"taken"`
	Refunded   int64        `json:"refunded"`
	Authorized int64        `json:"held"`
	Created    string       `json:"created"`
	Paid       string       `json:"paid_at"`
	Actions    []BankAction `json:"actions"`
	Position   int64        `json:"number"`
}

// BankAction is a refund, or the end of a hold.
type BankAction struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Status  string `json:"status"` // "" while it runs
	Amount  int64  `json:"amount"`
	Code    string `json:"code"`
	At      string `json:"at"`
	Channel string `json:"channel"` // who started it: "" or api is the shop
}

// byShop reports whether the shop started the action by a call.
func (a BankAction) byShop() bool { return a.Channel == "" || a.Channel == "api" }

// BankCall is a changing call that the bank has carried out or refused.
type BankCall struct {
	Route string // method and path
	Key   string // its idempotency key
}

// ReadBank reads the file of a simulated bank that has stopped: while it runs, nobody else may
// open it.
func ReadBank(ctx context.Context, db *sql.DB) (*Bank, error) {
	b := &Bank{}
	var rows []struct{ kind, id, body string }
	r := reader{ctx: ctx, db: db}
	load(&r, &rows, func(x *struct{ kind, id, body string }) []any { return []any{&x.kind, &x.id, &x.body} },
		`SELECT kind, id, body FROM rows WHERE kind IN ('order', 'answer')`)
	if r.err != nil {
		return nil, r.err
	}
	for _, x := range rows {
		if x.kind == "answer" {
			cut := strings.LastIndexByte(x.id, ' ')
			b.Calls = append(b.Calls, BankCall{Route: x.id[:max(cut, 0)], Key: x.id[cut+1:]})
			continue
		}
		var o BankOrder
		if err := json.Unmarshal([]byte(x.body), &o); err != nil {
			return nil, fmt.Errorf("bank order %s: %w", x.id, err)
		}
		b.Orders = append(b.Orders, o)
	}
	return b, nil
}
