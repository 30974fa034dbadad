package conformance

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"dukani/payments/bog"
)

func createChecks() []check {
	return slices.Concat([]check{
		{"create.minimal", "§5.1", "the least body makes an order with id and links", confirmed, createMinimal},
		{"create.full", "§5.1", "every field is accepted and comes back in the receipt", confirmed, createFull},
		{"create.ttl", "§5.1", "ttl from 2 to 1440 minutes, 15 without", confirmed, createTTL},
		{"create.methods", "§5.2", "card can be requested; which other methods are active", confirmed, createMethods},
		{"create.language", "§3", "Accept-Language ka and en, ka without", confirmed, createLanguage},
		{"create.other_language", "§3", "an Accept-Language other than ka and en, an unknown Theme", unconfirmed, createOtherLanguage},
		{"create.theme", "§3", "Theme light and dark", confirmed, createTheme},
		{"create.same_external_id", "§5.1", "two orders with one external_order_id", unconfirmed, createSameExternal},
		{"create.localhost_callback", "§5.1", "a callback address on localhost", unconfirmed, createLocalhost},
		{"create.unknown_fields", "§21", "undocumented fields are ignored", unconfirmed, createUnknownFields},
		{"create.string_amounts", "§3", "amounts as strings", unconfirmed, createStringAmounts},
		{"create.basket_sum", "§5.1", "a basket that does not add up to the total", unconfirmed, createBasketSum},
	}, refusalChecks())
}

var lowerUUID4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func (p *probe) minimal() object {
	return object{
		"callback_url": p.callbackURL(p.ref()),
		"purchase_units": object{
			"total_amount": num("5.3"),
			"basket":       []object{{"product_id": "A", "quantity": 1, "unit_price": num("5.3")}},
		},
	}
}

func createMinimal(p *probe) {
	a := p.create(p.minimal().text())
	p.need(a.ok(), "create: %s", a.text())
	p.must(a.kind() == "application/json" || a.kind() == "application/hal+json", "Content-Type is %q", a.kind())
	d := p.decode(a)
	p.note("status", "%d", a.status)
	p.note("content type", "%s", a.kind())
	p.note("shape", "%s", d.shape())
	id := d.string("id")
	p.must(lowerUUID4.MatchString(id), "id %s is not a lower-case UUID v4", d.show("id"))

	want := strings.TrimRight(p.target.Config.Endpoints.API, "/") + "/receipt/" + id
	details := d.string("_links.details.href")
	p.must(details == want, "_links.details.href is %s, want %s", d.show("_links.details.href"), want)
	link, err := url.Parse(d.string("_links.redirect.href"))
	p.must(err == nil && link.Host != "" && strings.EqualFold(link.Query().Get("order_id"), id),
		"_links.redirect.href is %s, want the page's address with order_id", d.show("_links.redirect.href"))
	p.must(p.receipt(id).string("order_id") == id, "the receipt is about another order")
}

func createFull(p *probe) {
	ref := p.ref()
	body := object{
		"callback_url": p.callbackURL(ref), "external_order_id": ref, "capture": "automatic", "ttl": 20, "application_type": "web",
		"buyer": object{"full_name": "ნინო კ.", "masked_email": "n***@mail.example", "masked_phone": "+9955*****12"},
		"purchase_units": object{
			"currency": "GEL", "total_amount": num("47.3"), "total_discount_amount": num("1.5"), "delivery": object{"amount": 5},
			"basket": []object{
				{"product_id": "CNDL-3", "description": "თაფლის სანთელი", "quantity": 2, "unit_price": num("18.65"), "unit_discount_price": num("0.75"),
					"vat": num("5.69"), "vat_percent": 18, "total_price": num("35.8"), "image": "https://shop.invalid/c.webp",
					"package_code": "P-1", "tin": "T-1", "pinfl": "F-1", "product_discount_id": "D-1"},
				{"product_id": "CARD-1", "quantity": 1, "unit_price": num("6.5")},
			},
		},
		"payment_method": []string{"card"},
		"redirect_urls":  object{"success": successURL, "fail": failURL},
	}
	a := p.create(body.text(), header("Accept-Language", "en"), header("Theme", "dark"), key(bog.NewIdempotencyKey()))
	p.need(a.ok(), "create: %s", a.text())
	d := p.receipt(p.decode(a).string("id"))
	for path, want := range map[string]any{
		"external_order_id": ref, "capture": "automatic", "industry": "ecommerce", "lang": "en",
		"buyer.full_name": "ნინო კ.", "buyer.email": "n***@mail.example", "buyer.phone_number": "+9955*****12",
		"redirect_links.success": successURL, "redirect_links.fail": failURL,
		"purchase_units.request_amount": "47.3", "purchase_units.currency_code": "GEL",
		"purchase_units.items.0.external_item_id": "CNDL-3", "purchase_units.items.0.description": "თაფლის სანთელი",
		"purchase_units.items.0.quantity": "2", "purchase_units.items.0.unit_price": "18.65",
		"purchase_units.items.0.unit_discount_price": "0.75", "purchase_units.items.0.total_price": "35.8",
		"purchase_units.items.0.vat": "5.69", "purchase_units.items.0.package_code": "P-1", "purchase_units.items.0.tin": "T-1",
		"purchase_units.items.0.pinfl": "F-1", "purchase_units.items.0.product_discount_id": "D-1",
		"purchase_units.items.1.external_item_id": "CARD-1", "purchase_units.items.1.description": nil,
	} {
		p.equal(d, path, want)
	}
	slices.Sort(p.failures)
}

// lifeOf returns how long the order can be paid, by the dates in the receipt.
func (p *probe) lifeOf(d doc) time.Duration {
	created, err1 := time.Parse(zonedForm, d.string("zoned_create_date"))
	expires, err2 := time.Parse(zonedForm, d.string("zoned_expire_date"))
	p.must(err1 == nil && err2 == nil, "zoned dates are %s and %s", d.show("zoned_create_date"), d.show("zoned_expire_date"))
	return expires.Sub(created)
}

func createTTL(p *probe) {
	for _, c := range []struct {
		ttl  any
		want time.Duration
	}{{drop, 15 * time.Minute}, {2, 2 * time.Minute}, {30, 30 * time.Minute}, {1440, 24 * time.Hour}} {
		a := p.create(p.minimal().with("ttl", c.ttl).text())
		p.must(a.ok(), "ttl %v: %s", c.ttl, a.text())
		if a.ok() {
			got := p.lifeOf(p.receipt(p.decode(a).string("id")))
			p.must(got == c.want, "ttl %v: the order can be paid for %s, want %s", c.ttl, got, c.want)
		}
	}
}

func createMethods(p *probe) {
	for _, m := range []string{"card", "google_pay", "apple_pay", "bog_p2p", "bog_loyalty", "bnpl", "bog_loan", "gift_card"} {
		body := p.minimal().with("payment_method", []string{m})
		if m == "bnpl" || m == "bog_loan" {
			body = body.with("config", object{"loan": object{"type": "CONFORMANCE", "month": 6}})
		}
		a := p.create(body.text())
		p.note(m, "%s", a.brief())
		p.must(a.ok() || a.refused() && m != "card", "%s: %s", m, a.text())
	}
	a := p.create(p.minimal().with("payment_method", []string{"card", "teleport"}).text())
	p.note("unknown method", "%s", a.brief())
	p.must(a.refused(), "an unknown method: %s, want 4xx", a.text())
}

func createLanguage(p *probe) {
	for _, c := range []struct{ header, want string }{{"", "ka"}, {"ka", "ka"}, {"en", "en"}} {
		var options []option
		if c.header != "" {
			options = append(options, header("Accept-Language", c.header))
		}
		a := p.create(p.minimal().text(), options...)
		p.need(a.ok(), "create with Accept-Language %q: %s", c.header, a.text())
		d := p.decode(a)
		got := p.receipt(d.string("id")).string("lang")
		p.must(got == c.want, "Accept-Language %q: lang is %q, want %q", c.header, got, c.want)
		if p.target.Payer != nil {
			page := p.visit(placed{Order: &bog.Order{RedirectURL: d.string("_links.redirect.href")}}, Plan{Deed: LookAtIt}).last()
			p.must(page.Lang == "" || strings.HasPrefix(page.Lang, c.want), "Accept-Language %q: the page is in %q", c.header, page.Lang)
		}
	}
}

func createOtherLanguage(p *probe) {
	for _, h := range []struct{ name, value string }{
		{"Accept-Language", "*"}, {"Accept-Language", "en-US,en;q=0.9"}, {"Accept-Language", "de"}, {"Theme", "blue"},
	} {
		a := p.create(p.minimal().text(), header(h.name, h.value))
		p.note(h.name+": "+h.value, "%s", a.brief())
		p.assume(a.ok(), "%s %q: %s", h.name, h.value, a.brief())
	}
}

func createTheme(p *probe) {
	for _, theme := range []string{"light", "dark"} {
		a := p.create(p.minimal().text(), header("Theme", theme))
		p.must(a.ok(), "Theme %s: %s", theme, a.text())
	}
	a := p.create(p.minimal().text(), header("Theme", "sepia"))
	p.note("unknown theme", "%s", a.brief())
}

// recordAcceptance records whether a body is accepted. assumed is what we expect.
func (p *probe) recordAcceptance(name, body string, assumed bool) answer {
	a := p.create(body)
	p.note(name, "%s", a.brief())
	p.must(a.ok() || a.refused(), "%s: %s", name, a.text())
	if assumed {
		p.assume(a.ok(), "%s: refused with %s", name, a.text())
	} else {
		p.assume(a.refused(), "%s: accepted", name)
	}
	return a
}

func createSameExternal(p *probe) {
	body := p.body().text()
	p.recordAcceptance("first", body, true)
	p.recordAcceptance("second", body, true)
}

func createLocalhost(p *probe) {
	p.recordAcceptance("https://localhost", p.minimal().with("callback_url", "https://localhost:9443/callback").text(), true)
}

func createUnknownFields(p *probe) {
	body := p.minimal().with("save_card", true).with("intent", "CAPTURE").with("shop_order_id", "1").with("purchase_units.colour", "red")
	p.recordAcceptance("unknown fields", body.text(), true)
}

func createStringAmounts(p *probe) {
	body := p.minimal().with("purchase_units.total_amount", "5.3").with("purchase_units.basket.0.unit_price", "5.3")
	p.recordAcceptance("amounts as strings", body.text(), true)
}

func createBasketSum(p *probe) {
	p.recordAcceptance("total 50, basket 5.3", p.minimal().with("purchase_units.total_amount", 50).text(), true)
}

// invalidBody is a create request with one thing wrong.
type invalidBody struct {
	name, path string
	value      any
	confirmed  bool // the bank documents the field as required, or the refusal
}

var invalidBodies = []invalidBody{
	{"callback_url", "callback_url", drop, confirmed},
	{"purchase_units", "purchase_units", drop, confirmed},
	{"total_amount", "purchase_units.total_amount", drop, confirmed},
	{"basket", "purchase_units.basket", drop, confirmed},
	{"basket_empty", "purchase_units.basket", []string{}, confirmed},
	{"product_id", "purchase_units.basket.0.product_id", drop, confirmed},
	{"quantity", "purchase_units.basket.0.quantity", drop, confirmed},
	{"unit_price", "purchase_units.basket.0.unit_price", drop, confirmed},
	{"method_unknown", "payment_method", []string{"teleport"}, confirmed},
	{"total_zero", "purchase_units.total_amount", 0, unconfirmed},
	{"total_negative", "purchase_units.total_amount", num("-5.3"), unconfirmed},
	{"total_decimals", "purchase_units.total_amount", num("5.301"), unconfirmed},
	{"total_text", "purchase_units.total_amount", "five", unconfirmed},
	{"quantity_zero", "purchase_units.basket.0.quantity", 0, unconfirmed},
	{"unit_price_negative", "purchase_units.basket.0.unit_price", num("-1"), unconfirmed},
	{"currency", "purchase_units.currency", "XTS", unconfirmed},
	{"capture", "capture", "later", unconfirmed},
	{"application_type", "application_type", "fax", unconfirmed},
	{"ttl_short", "ttl", 1, unconfirmed},
	{"ttl_long", "ttl", 1441, unconfirmed},
	{"callback_http", "callback_url", "http://shop.example/callback", unconfirmed},
	{"callback_relative", "callback_url", "/callback", unconfirmed},
	{"redirect_relative", "redirect_urls.success", "thanks", unconfirmed},
}

// refusalChecks returns a check for each thing that can be wrong with a create request.
func refusalChecks() []check {
	var out []check
	for _, s := range invalidBodies {
		what := spell(s.value)
		if s.value == any(drop) {
			what = "missing"
		}
		out = append(out, check{"create.refuse." + s.name, "§5.1", s.path + " " + what, s.confirmed, func(p *probe) {
			p.refusedCreate(p.minimal().with(s.path, s.value).text(), s.confirmed)
		}})
	}
	for _, b := range []struct{ name, title, body string }{
		{"malformed", "half a JSON text", `{"callback_url":"https://shop.inv`},
		{"list", "a JSON list", `[]`},
		{"empty", "no body", ``},
	} {
		out = append(out, check{"create.refuse." + b.name, "§17", b.title, confirmed, func(p *probe) { p.refusedCreate(b.body, true) }})
	}
	return append(out, check{"create.refuse.manual_p2p", "§5.1", "a hold on a method that cannot hold", unconfirmed, func(p *probe) {
		p.refusedCreate(p.minimal().with("capture", "manual").with("payment_method", []string{"bog_p2p"}).text(), false)
	}})
}

// refusedCreate requires 400 with a message if that is documented, and otherwise records the
// answer.
func (p *probe) refusedCreate(body string, documented bool) {
	a := p.create(body, header("Content-Type", "application/json"))
	p.note("answer", "%s", a.text())
	fine := a.status == http.StatusBadRequest && a.message() != ""
	if documented {
		p.must(fine, "%s, want 400 with a message", a.text())
		return
	}
	p.must(a.ok() || a.refused(), "%s, want an order or a refusal", a.text())
	p.assume(fine, "%s, not 400 with a message", a.text())
}
