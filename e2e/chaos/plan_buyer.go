package main

import "math/rand/v2"

// buyerKinds are the kinds of buyers in turn: as many of each as it is there.
func buyerKinds() []string {
	return []string{"guest", "account", "card", "one click", "guest", "declined", "abandoned", "twice", "guest", "other method", "card", "late", "one click"}
}

func newBuyer(id int, kind string, random *rand.Rand, faults int) buyer {
	b := buyer{ID: id, Kind: kind, Lang: pick(random, "ka", "en")}
	draw := func() purchase { return newPurchase(random, faults) }
	switch first := draw(); kind {
	case "account":
		b.Account = true
		b.Purchases = []purchase{first, draw()}
	case "card":
		b.Account = true
		first.Save, first.Card = "recurrent", pick(random, "0001", "0010")
		b.Purchases = []purchase{first}
		for range 2 {
			next := draw()
			next.Use = "card"
			b.Purchases = append(b.Purchases, next)
		}
	case "one click":
		b.Account = true
		first.Save, first.Card = "subscription", pick(random, "0001", "0010")
		b.Purchases = []purchase{first}
		for range 2 {
			next := draw()
			next.Use, next.Goods = "again", first.Goods
			b.Purchases = append(b.Purchases, next)
		}
	case "declined":
		first.Card, first.Retry = pick(random, "0002", "0101", "0103", "0106", "0109", "0111", "0199"), pick(random, "", "0001", "0010", "0002")
		b.Purchases = []purchase{first}
	case "abandoned":
		first.AtBank = pick(random, "cancel", "leave", "leave", "reject", "leave at the question")
		if first.AtBank == "reject" || first.AtBank == "leave at the question" {
			first.Card = "0001"
		}
		b.Purchases = []purchase{first}
	case "twice":
		first.Twice = true
		b.Purchases = []purchase{first}
	case "other method":
		first.Method = pick(random, "bog_p2p", "google_pay", "apple_pay")
		b.Purchases = []purchase{first}
	case "late":
		first.AtBank, first.Late = "leave", true
		b.Purchases = []purchase{first}
	default:
		b.Purchases = []purchase{first}
	}
	return b
}

// scarce is how many of the goods, the last ones, there is never enough of.
const scarce = 2

// The goods are few, so that buyers meet.
var goods = []string{
	"churchkhela-saperavi", "tklapi-plum", "khmeli-suneli", "adjika-red", "tkemali-green", "svanetian-salt", "rosehip", "dried-apple",
	"utskho-suneli", "tkemali-red", "mountain-thyme", "mint-balm", "adjika-green", "tklapi-sour", "gozinaki-walnut", "honey-jara", "kantsi",
}

func newPurchase(random *rand.Rand, faults int) purchase {
	p := purchase{
		Delivery: pick(random, "pickup", "pickup", "tbilisi", "city"), Method: "card", AtBank: "pay",
		Card:   pick(random, "0001", "0001", "0010", "0010", "0020", "0003"),
		OnHold: pick(random, "capture", "capture", "capture part", "release", ""),
		OnPaid: pick(random, "", "", "", "", "refund", "refund part", "restock", "console", "console part"),
	}
	for range 1 + random.IntN(2) {
		p.Goods = append(p.Goods, good{goods[random.IntN(len(goods))], 1 + random.IntN(2)})
	}
	// Every kind draws, hit or not, so that another percentage changes no other draw.
	for _, mode := range callbackModes {
		if hit := random.IntN(100) < faults; hit && p.Bank.Callback == "" {
			p.Bank.Callback = mode
		}
	}
	for _, later := range laters {
		if hit := random.IntN(100) < faults; hit && p.Bank.Later == "" {
			p.Bank.Later = later
		}
	}
	for _, ms := range []int{300, 3000, -1} {
		if hit := random.IntN(100) < faults; hit && p.Bank.SettleMS == 0 {
			p.Bank.SettleMS = ms
		}
	}
	return p
}

// What the bank's steering can do to the callbacks of an order, and to its later refunds, captures and
// charges. Processing that never ends is rarer: staff have to decide each such order.
var (
	callbackModes = []string{
		"lost", "delayed", "duplicate", "resigned", "out_of_order", "before_redirect", "after_redirect", "bad_signature", "other_key", "missing_header",
		"altered_body", "altered_escapes", "altered_order", "unknown_event", "unknown_order", "other_order", "wrong_amount", "wrong_currency", "truncated",
	}
	laters = []string{"reject", "slow", "never", "162", "101"}
	// faultKinds are the faults of its calls, with how long the slow ones take.
	faultKinds = []struct {
		kind    string
		delayMS int
	}{
		{"500_before", 0}, {"500_after", 0}, {"lost_reply", 0}, {"delay", 700}, {"delay_after", 700}, {"reset", 0}, {"blackhole", 3000}, {"401", 0}, {"429", 0},
		{"truncated_json", 0}, {"html_error_page", 0}, {"unknown_status", 0}, {"extra_fields", 0}, {"number_amounts", 0},
	}
)

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }
