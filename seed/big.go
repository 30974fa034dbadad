package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"dukani/models"
	"dukani/models/catalog"
)

// addedAtOnce is how many products one transaction adds. On PostgreSQL each of them raises the
// catalogue's version when the transaction ends, which is dearer the more there are.
const addedAtOnce = 200

// Big adds the demo catalogue and n synthetic products made of its pieces, always
// the same for the same n and clock. It is for measuring how the shop grows.
func Big(ctx context.Context, store *models.Store, n int) error {
	if err := Run(ctx, store); err != nil {
		return err
	}
	now := store.Now()
	demo, err := demo(now)
	if err != nil {
		return err
	}
	goods, r := catalog.New(store), rand.New(rand.NewPCG(1, uint64(n)))
	var more catalog.Entries
	for number := 1; number <= n; number++ {
		more.Products = append(more.Products, batch(r, demo, number, now))
		if len(more.Products) < addedAtOnce && number < n {
			continue
		}
		if err := goods.Add(ctx, more); err != nil {
			return fmt.Errorf("add %d products: %w", n, err)
		}
		more.Products = more.Products[:0]
	}
	return goods.CompactSearch(ctx)
}

// batch returns another batch of one product in the catalogue, from some producer, at a
// price and with a stock of its own.
func batch(r *rand.Rand, c catalog.Entries, number int, now time.Time) catalog.ProductData {
	p := c.Products[r.IntN(len(c.Products))]
	maker := c.Products[r.IntN(len(c.Products))]
	p.Slug += "-batch-" + strconv.Itoa(number)
	p.Price = vary(r, p.Price)
	p.OldPrice, p.History, p.Featured = 0, nil, ""
	if r.IntN(8) == 0 {
		p.OldPrice = p.Price + p.Price/5
	}
	p.Stock = stockOf(r)
	if r.IntN(3) == 0 {
		p.Region = maker.Region
	}
	p.Rank = -r.IntN(1_000_000) - 1 // behind the hand-made ones
	p.Created = now.Add(-time.Duration(r.IntN(5*365*24)) * time.Hour)
	p.Pictures = p.Pictures[:1]
	texts := map[models.Lang]catalog.ProductText{}
	for lang, word := range map[models.Lang]string{models.Ka: "პარტია", models.En: "batch"} {
		t := p.Texts[lang]
		t.Name = fmt.Sprintf("%s, %s %d", t.Name, word, number)
		t.Text, _, _ = strings.Cut(t.Text, ", ")
		t.Text, _, _ = strings.Cut(t.Text, ". ")
		t.Producer = maker.Texts[lang].Producer
		t.Attributes = t.Attributes[:min(1, len(t.Attributes))]
		texts[lang] = t
	}
	p.Texts = texts
	return p
}

// vary moves a price by up to a third, to a multiple of 10 tetri.
func vary(r *rand.Rand, price models.Tetri) models.Tetri {
	return max(price*models.Tetri(67+r.IntN(67))/1000*10, 50)
}

// stockOf has every tenth product sold out and every tenth running low.
func stockOf(r *rand.Rand) int {
	switch r.IntN(10) {
	case 0:
		return 0
	case 1:
		return 1 + r.IntN(catalog.LowStock)
	}
	return catalog.LowStock + 1 + r.IntN(200)
}
