package conformance

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The forms of the bank's dates (§3): UTC with a Z, and Tbilisi time without a zone.
const (
	zonedForm = "2006-01-02T15:04:05.000000Z"
	localForm = "2006-01-02T15:04:05.000000"
)

// The order of keys as §8.2 has seen it in real callbacks.
var (
	receiptKeys = []string{"order_id", "external_order_id", "client", "create_date", "zoned_create_date", "expire_date", "zoned_expire_date",
		"order_status", "buyer", "redirect_links", "payment_detail", "actions", "disputes", "split", "discount", "lang", "reject_reason",
		"industry", "capture", "purchase_units"}
	detailKeys = []string{"transfer_method", "transaction_id", "payer_identifier", "payment_option", "card_type", "card_expiry_date",
		"request_account_tag", "transfer_account_tag", "saved_card_type", "parent_order_id", "code", "code_description", "pg_trx_id", "auth_code"}
	unitKeys = []string{"request_amount", "transfer_amount", "refund_amount", "currency_code", "items"}
	itemKeys = []string{"external_item_id", "unit_price", "description", "quantity", "unit_discount_price", "package_code", "total_price",
		"vat", "vat_percent", "tin", "pinfl", "product_discount_id"}
)

func receiptChecks() []check {
	return []check{
		{"receipt.unpaid", "§6.4", "a new order: which fields are null, empty or set", confirmed, receiptUnpaid},
		{"receipt.fields", "§6.1", "all documented fields are there", confirmed, receiptFields},
		{"receipt.key_order", "§8.2", "the order of the fields", unconfirmed, receiptKeyOrder},
		{"receipt.dates", "§3", "both dates, Tbilisi is UTC+4, expire is create plus ttl", confirmed, receiptDates},
		{"receipt.amounts", "§3", "amounts and quantities are strings with few digits", confirmed, receiptAmounts},
		{"receipt.whole_amounts", "§3", "how whole amounts are written", unconfirmed, receiptWholeAmounts},
		{"receipt.redirects", "§6.1", "redirect links are verbatim, or the bank's result page", confirmed, receiptRedirects},
		{"receipt.language", "§6.4", "the language of order_status.value", unconfirmed, receiptLanguage},
		{"receipt.unknown", "§6.5", "an order that does not exist", unconfirmed, receiptUnknown},
		{"receipt.external_id", "§6", "the shop's own id finds nothing", confirmed, receiptExternalID},
	}
}

// fresh returns the receipt of a new order with the fewest fields.
func (p *probe) fresh(options ...option) doc {
	a := p.create(p.minimal().text(), options...)
	p.need(a.ok(), "create: %s", a.text())
	return p.receipt(p.decode(a).string("id"))
}

func receiptUnpaid(p *probe) {
	d := p.fresh()
	for _, c := range []struct {
		path string
		want any
	}{
		{"external_order_id", nil}, {"order_status.key", "created"}, {"buyer", nil},
		{"payment_detail.transfer_method.key", ""}, {"payment_detail.transfer_method.value", ""},
		{"payment_detail.transaction_id", nil}, {"payment_detail.payer_identifier", nil}, {"payment_detail.payment_option", "direct_debit"},
		{"payment_detail.card_type", nil}, {"payment_detail.card_expiry_date", nil}, {"payment_detail.request_account_tag", nil},
		{"payment_detail.transfer_account_tag", nil}, {"payment_detail.saved_card_type", nil}, {"payment_detail.parent_order_id", nil},
		{"payment_detail.code", nil}, {"payment_detail.code_description", nil}, {"payment_detail.pg_trx_id", nil}, {"payment_detail.auth_code", nil},
		{"actions", nil}, {"disputes", nil}, {"split", nil}, {"discount", nil}, {"reject_reason", nil},
		{"industry", "ecommerce"}, {"capture", "automatic"},
		{"purchase_units.request_amount", "5.3"}, {"purchase_units.transfer_amount", nil}, {"purchase_units.refund_amount", nil},
		{"purchase_units.currency_code", "GEL"}, {"purchase_units.items.0.unit_discount_price", "0.0"}, {"purchase_units.items.0.total_price", nil},
	} {
		p.equal(d, c.path, c.want)
	}
	p.note("shape", "%s", d.shape())
}

func receiptFields(p *probe) {
	d := p.fresh()
	for _, c := range []struct {
		path  []string
		names []string
	}{
		{nil, receiptKeys},
		{[]string{"payment_detail"}, detailKeys},
		{[]string{"purchase_units"}, unitKeys},
		{[]string{"client"}, []string{"id", "brand_ka", "brand_en", "url"}},
		{[]string{"order_status"}, []string{"key", "value"}},
		{[]string{"redirect_links"}, []string{"success", "fail"}},
	} {
		got := d.keys(c.path...)
		for _, name := range c.names {
			p.must(slices.Contains(got, name), "%s is missing", strings.Join(append(c.path, name), "."))
		}
		for _, name := range got {
			if !slices.Contains(c.names, name) {
				p.note("new field", "%s", strings.Join(append(c.path, name), "."))
			}
		}
	}
	for _, name := range itemKeys {
		_, ok := d.at("purchase_units.items.0." + name)
		p.must(ok, "purchase_units.items[0].%s is missing", name)
	}
	id, isText := d.value.(map[string]any)["client"].(map[string]any)["id"].(string)
	p.must(isText && strings.Trim(id, "0123456789") == "", "client.id is %s, want a string of digits", d.show("client.id"))
}

func receiptKeyOrder(p *probe) {
	d := p.fresh()
	p.inOrder("receipt", d.keys(), receiptKeys)
	p.inOrder("payment_detail", d.keys("payment_detail"), detailKeys)
	p.inOrder("purchase_units", d.keys("purchase_units"), unitKeys)
}

// inOrder records the keys, and whether the known ones are in the known order.
func (p *probe) inOrder(name string, got, want []string) {
	p.note(name, "%s", strings.Join(got, ", "))
	known := slices.DeleteFunc(slices.Clone(got), func(k string) bool { return !slices.Contains(want, k) })
	p.assume(slices.Equal(known, want), "%s: the keys are %s, not %s", name, strings.Join(known, ", "), strings.Join(want, ", "))
}

func receiptDates(p *probe) {
	d := p.fresh()
	p.bothDates(d, "create_date")
	p.bothDates(d, "expire_date")
	got := p.lifeOf(d)
	p.must(got == 15*time.Minute, "expire - create is %s, want 15m", got)
}

// bothDates checks that a date without a zone and the one with a zone are the same moment.
func (p *probe) bothDates(d doc, path string) {
	at := strings.LastIndexByte(path, '.') + 1
	zonedPath := path[:at] + "zoned_" + path[at:]
	zoned, err1 := time.Parse(zonedForm, d.string(zonedPath))
	local, err2 := time.Parse(localForm, d.string(path))
	p.must(err1 == nil, "%s is %s, want UTC with six decimals and Z", zonedPath, d.show(zonedPath))
	p.must(err2 == nil, "%s is %s, want six decimals and no zone", path, d.show(path))
	if err1 == nil && err2 == nil {
		p.must(local.Sub(zoned) == 4*time.Hour, "%s is %s ahead of %s, want 4h", path, local.Sub(zoned), zonedPath)
	}
}

func receiptAmounts(p *probe) {
	for _, c := range []struct{ sent, want string }{{"5.30", "5.3"}, {"1.13", "1.13"}, {"0.01", "0.01"}, {"1234.5", "1234.5"}} {
		body := p.minimal().with("purchase_units.total_amount", num(c.sent)).
			with("purchase_units.basket.0.unit_price", num(c.sent)).with("purchase_units.basket.0.quantity", 2)
		a := p.create(body.text())
		p.need(a.ok(), "an order of %s: %s", c.sent, a.text())
		d := p.receipt(p.decode(a).string("id"))
		p.equal(d, "purchase_units.request_amount", c.want)
		p.equal(d, "purchase_units.items.0.unit_price", c.want)
		p.equal(d, "purchase_units.items.0.quantity", "2")
	}
}

func receiptWholeAmounts(p *probe) {
	a := p.create(p.minimal().with("purchase_units.total_amount", 10).text())
	p.need(a.ok(), "create: %s", a.text())
	got := p.receipt(p.decode(a).string("id")).show("purchase_units.request_amount")
	p.note("10", "%s", got)
	p.assume(got == `"10.0"`, `10 is written %s, not "10.0"`, got)
}

func receiptRedirects(p *probe) {
	o := p.order()
	d := p.receipt(o.ID)
	p.equal(d, "redirect_links.success", successURL)
	p.equal(d, "redirect_links.fail", failURL)
	d = p.fresh()
	for _, path := range []string{"redirect_links.success", "redirect_links.fail"} {
		link := d.string(path)
		p.must(strings.Contains(link, "/receipt?order_id="+d.string("order_id")), "%s is %s, want the bank's result page", path, d.show(path))
	}
}

func receiptLanguage(p *probe) {
	a := p.create(p.minimal().text(), header("Accept-Language", "ka"))
	p.need(a.ok(), "create: %s", a.text())
	id := p.decode(a).string("id")
	none := p.receipt(id).string("order_status.value")
	english := p.receipt(id, header("Accept-Language", "en")).string("order_status.value")
	georgian := p.receipt(id, header("Accept-Language", "ka")).string("order_status.value")
	p.note("order in ka, read without Accept-Language", "%s", none)
	p.note("read with en", "%s", english)
	p.note("read with ka", "%s", georgian)
	p.assume(none == "Created", "read without Accept-Language the value is %q, not the Created that was seen", none)
	p.assume(english == "Created", "read in English the value is %q", english)
}

var invalidOrder = regexp.MustCompile(`(?i)invalid order_id`)

func receiptUnknown(p *probe) {
	for _, id := range []string{unknownOrder, "1042"} {
		a := p.call("GET", "/receipt/"+id, "")
		p.note(id, "%s", a.text())
		p.must(a.refused(), "%s: %s, want a refusal", id, a.text())
		p.assume(a.status == http.StatusBadRequest && invalidOrder.MatchString(a.message()), "%s: %s, not 400 with Invalid order_id", id, a.text())
	}
}

func receiptExternalID(p *probe) {
	o := p.order()
	a := p.call("GET", "/receipt/"+o.ref, "")
	p.must(a.refused(), "the shop's id %s: %s", o.ref, a.text())
}
