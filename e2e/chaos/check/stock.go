package check

// stockConserved compares what is on the shelves with what there was at first and with every move
// since, and what is reserved with the orders that wait for their money.
func stockConserved(b *books) []Violation {
	var v violations
	onHand, reserved := map[int64]int64{}, map[int64]int64{}
	for _, m := range b.Moves {
		switch m.Kind {
		case "reserved":
			reserved[m.ProductID] += m.Quantity
		case "released":
			reserved[m.ProductID] -= m.Quantity
		case "sold":
			reserved[m.ProductID] -= m.Quantity
			onHand[m.ProductID] -= m.Quantity
		case "lost":
			onHand[m.ProductID] -= m.Quantity
		case "returned", "delivered", "counted":
			onHand[m.ProductID] += m.Quantity
		}
	}
	waiting := map[int64]int64{}
	for _, o := range b.Orders {
		for _, l := range b.lines[o.ID] {
			if o.Reserves {
				waiting[l.ProductID] += l.Quantity
			}
		}
	}
	for _, k := range b.Stock {
		if k.Reserved < 0 || k.Reserved > k.OnHand {
			v.add("", "%s: %d of %d units are reserved", k.Slug, k.Reserved, k.OnHand)
		}
		if k.Reserved != waiting[k.ProductID] || k.Reserved != reserved[k.ProductID] {
			v.add("", "%s: %d units are reserved, %d by the orders that wait, %d by the moves", k.Slug, k.Reserved, waiting[k.ProductID], reserved[k.ProductID])
		}
		if seed, counted := b.Seed[k.ProductID]; counted && k.OnHand != seed+onHand[k.ProductID] {
			v.add("", "%s: %d units were there at first and %+d came by moves, but %d are there", k.Slug, seed, onHand[k.ProductID], k.OnHand)
		}
	}
	for i := range b.Orders {
		b.checkUnitsOf(&b.Orders[i], &v)
	}
	return v
}

// checkUnitsOf compares the units that were sold to an order with its lines.
func (b *books) checkUnitsOf(o *Order, v *violations) {
	sold, back, open := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	for _, m := range b.moves[o.ID] {
		switch m.Kind {
		case "reserved":
			open[m.ProductID] += m.Quantity
		case "released":
			open[m.ProductID] -= m.Quantity
		case "sold":
			open[m.ProductID] -= m.Quantity
			sold[m.ProductID] += m.Quantity
		case "returned", "written_off":
			back[m.ProductID] += m.Quantity
		}
	}
	ordered, due := map[int64]int64{}, map[int64]int64{}
	for _, l := range b.lines[o.ID] {
		ordered[l.ProductID] += l.Quantity
		due[l.ProductID] += l.Quantity - l.Missing
	}
	paid := b.payment[o.PaidPaymentID]
	// Money that came when the units were gone goes back: nothing is sold for it.
	tooLate := paid != nil && b.reviewed(paid, "paid_too_late")
	for product := range ordered {
		want := int64(0)
		if paid != nil && paid.Captured > 0 && !tooLate {
			want = due[product]
		}
		if sold[product] != want {
			v.add(o.Number, "%d units of product %d were sold, %d were paid for", sold[product], product, want)
		}
		if back[product] > sold[product] {
			v.add(o.Number, "%d units of product %d came back of %d", back[product], product, sold[product])
		}
		stays := int64(0)
		if o.Reserves {
			stays = ordered[product]
		}
		if open[product] != stays {
			v.add(o.Number, "its moves leave %d units of product %d reserved, it reserves %d", open[product], product, stays)
		}
	}
	for product := range sold {
		if ordered[product] == 0 {
			v.add(o.Number, "product %d was sold to it, which it did not order", product)
		}
	}
}
