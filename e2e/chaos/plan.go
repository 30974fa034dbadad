package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"slices"
)

// Streams of the seed. Each buyer has one of their own, so that what one draws changes nothing for
// the next, and what runs at the same time draws from no common stream.
const (
	streamNetwork = iota + 1
	streamBalancer
	streamKills
	streamWeather
	streamBuyers = 1000
)

// plan is everything that is decided before the first order.
type plan struct {
	Buyers  []buyer
	Kills   []kill
	Weather []weather
	Starts  []string // SHOP_CAPTURE of each start of the shop, in turn
}

// buyer is a person and what they buy, one after the other.
type buyer struct {
	ID        int
	Kind      string
	Lang      string
	Account   bool
	Purchases []purchase
}

// purchase is one order: what is in it, how it is paid, what the bank does, what staff do then.
type purchase struct {
	Goods    []good
	Delivery string
	Method   string // a way to pay at checkout
	Save     string // which kind of card is to be saved: "", recurrent, subscription
	Use      string // "": typed on the page; card: the saved card; again: one click
	Card     string // its last digits
	AtBank   string // pay, cancel, leave, reject or leave at the question of 3-D Secure
	Retry    string // the card for another attempt when this one was declined; "": no other attempt
	Twice    bool   // the button is pressed twice at the same moment
	Late     bool   // the money comes when the time to pay is over
	Bank     bankPlan
	OnHold   string // what staff do with a hold: "", capture, capture part, release
	OnPaid   string // and with a paid order: "", refund, refund part, restock, console, console part
}

type good struct {
	Slug     string
	Quantity int
}

// bankPlan is the bank's plan of an order, as its steering takes it; "" and 0 leave it alone.
type bankPlan struct {
	Callback string
	Later    string
	SettleMS int
}

// kill is one kill -9 when that many orders have been tried, and a little later.
type kill struct {
	After    int
	DelayMS  int
	What     string // shop, bank or database
	Instance int
}

// weather is what changes for all of the bank's orders when that many have been tried.
type weather struct {
	After    int
	Settings map[string]any
	Clock    int // seconds by which the bank's clock, and so the shop's, is moved
	Stock    []stockChange
}

// stockChange is what staff book about units that no order moves.
type stockChange struct {
	Slug, Reason string
	Quantity     int
}

func newPlan(o options) *plan {
	p := &plan{}
	kinds := buyerKinds()
	for orders := 0; orders < o.Orders; {
		id := len(p.Buyers)
		random := rand.New(rand.NewPCG(o.Seed, streamBuyers+uint64(id)))
		b := newBuyer(id, kinds[id%len(kinds)], random, o.Faults)
		b.Purchases = b.Purchases[:min(len(b.Purchases), o.Orders-orders)]
		orders += len(b.Purchases)
		p.Buyers = append(p.Buyers, b)
	}
	random := rand.New(rand.NewPCG(o.Seed, streamKills))
	for range o.Kills {
		k := kill{After: random.IntN(max(o.Orders*3/4, 1)), DelayMS: random.IntN(700), Instance: random.IntN(o.Instances)}
		k.What = []string{"shop", "shop", "bank", "database"}[random.IntN(4)]
		if k.What == "database" && o.DB == "sqlite" {
			k.What = "shop" // the shop is its database
		}
		p.Kills = append(p.Kills, k)
	}
	slices.SortStableFunc(p.Kills, func(x, y kill) int { return x.After - y.After })
	for range o.Kills + o.Instances + 1 {
		p.Starts = append(p.Starts, []string{"automatic", "automatic", "manual"}[random.IntN(3)])
	}
	p.Weather = newWeather(o)
	return p
}

// hash names the plan: two runs with the same have the same plan.
func (p *plan) hash() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// newWeather draws settings of the bank for each stretch of about twenty orders, and moves the clock
// now and then, also back.
func newWeather(o options) (list []weather) {
	random := rand.New(rand.NewPCG(o.Seed, streamWeather))
	always := func() map[string]any {
		return map[string]any{
			"settle_ms": 0, "action_ms": 0, "leave_early": false, "expires_in": "seconds", "hal": false, "token_seconds": 300,
			"retries": 0, "retry_ms": 700, "silent_on": []string{}, "accept_2xx": false, "cancelled_hold": "rejected",
		}
	}
	for after := 0; after < o.Orders; after += 15 + random.IntN(15) {
		w := weather{After: after, Settings: always()}
		if o.Faults > 0 {
			for range 2 {
				one := bankMoods[random.IntN(len(bankMoods))]
				w.Settings[one.name] = one.value
			}
			if random.IntN(4) == 0 {
				w.Clock = []int{-45, 40, 90, 200, 900}[random.IntN(5)]
			}
		}
		for range 4 {
			w.Stock = append(w.Stock, stockChange{goods[random.IntN(len(goods)-scarce)], "delivered", 10 + random.IntN(10)})
		}
		w.Stock = append(w.Stock, stockChange{goods[len(goods)-1-random.IntN(scarce)], "delivered", 1}, stockChange{goods[random.IntN(len(goods))], "lost", 1})
		list = append(list, w)
	}
	return list
}

// bankMoods are settings with which the bank behaves in other ways that its documents allow.
var bankMoods = []struct {
	name  string
	value any
}{
	{"settle_ms", 400}, {"settle_ms", 2500}, {"action_ms", 300}, {"action_ms", 2500}, {"leave_early", true}, {"expires_in", "epoch_ms"},
	{"expires_in", "epoch_s"}, {"expires_in", "zero"}, {"hal", true}, {"token_seconds", 2}, {"retries", 3}, {"accept_2xx", true},
	{"silent_on", []string{"completed"}}, {"silent_on", []string{"refund", "authorization"}}, {"silent_on", []string{"blocked", "rejected"}},
	{"cancelled_hold", "refunded"},
}
