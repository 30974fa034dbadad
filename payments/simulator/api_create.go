package simulator

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

type link struct {
	Href string `json:"href"`
}

// createAnswer is the answer of the calls that create an order, and of the one that pays an order
// by Apple Pay. Status, Details and Result are there only for wallets on the shop's page.
type createAnswer struct {
	ID      string          `json:"id"`
	Status  string          `json:"status,omitempty"`
	Details *receipt        `json:"order_details,omitempty"`
	Result  *appleSession   `json:"result,omitempty"`
	Links   map[string]link `json:"_links"`
}

// createOrder handles POST /payments/v1/ecommerce/orders.
func createOrder(t *tx, c *call) reply {
	o, problem := t.readOrder(c)
	if problem != "" {
		return refuse(http.StatusBadRequest, problem)
	}
	t.add(o)
	switch o.External {
	case "google_pay":
		return t.payGoogle(c, o)
	case "apple_pay":
		return t.startApple(o)
	}
	return created(o, true)
}

func (o *order) detailsLink() link { return link{o.Base + APIPath + "/receipt/" + o.ID} }

func created(o *order, page bool) reply {
	a := createAnswer{ID: o.ID, Links: map[string]link{"details": o.detailsLink()}}
	if page {
		a.Links["redirect"] = link{o.Base + "/?order_id=" + o.ID}
	}
	out := answer(http.StatusOK, a)
	out.order = o.ID
	return out
}

// readOrder makes an order from a create request, or returns what is wrong with the
// request. The bank's own wording of these refusals is unknown; ours names the field.
func (t *tx) readOrder(c *call) (*order, string) {
	settings := t.b.settings
	in := &input{strict: settings.Strict, numbers: settings.StrictAmounts}
	root := in.root(c)
	o := &order{
		Base: c.base, Lang: c.lang("ka"), Theme: "light", Status: statusCreated,
		Option: "direct_debit", Created: t.now,
	}
	if c.r.Header.Get("Theme") == "dark" {
		o.Theme = "dark"
	}
	if settings.StrictHeaders || settings.Strict {
		checkHeader(in, c, "Accept-Language", "ka", "en")
		checkHeader(in, c, "Theme", "light", "dark")
	}

	o.CallbackURL = readCallbackURL(root, settings, true)
	o.ExternalID = root.text("external_order_id")
	o.Capture = root.oneOf("capture", "automatic", "automatic", "manual")
	application := root.oneOf("application_type", "", "web", "mobile")
	o.Expires = t.now.Add(readTTL(root))
	if n := root.object("buyer"); n != nil {
		o.Buyer = &buyer{FullName: n.text("full_name"), Email: n.text("masked_email"), Phone: n.text("masked_phone")}
		n.rejectUnknown()
	}
	if n := root.object("redirect_urls"); n != nil {
		o.Success, o.Fail = readRedirect(n, "success"), readRedirect(n, "fail")
		n.rejectUnknown()
	}
	o.Methods = readMethods(root, settings, o.Capture)
	readUnits(root, o, settings)
	readConfig(root, o, settings)
	if o.External != "" && c.order != "" {
		root.fail("config."+o.External+".external", "cannot be used with a saved card")
	}
	if o.External == "apple_pay" && application == "" && settings.Strict {
		root.fail("application_type", "is required for Apple Pay on the shop's page")
	}
	root.rejectUnknown()
	if in.problem != "" {
		return nil, in.problem
	}
	o.ID = t.b.newID()
	return o, ""
}

// checkHeader fails if the request has the header with another value than those given.
func checkHeader(in *input, c *call, name string, values ...string) {
	if sent := c.r.Header.Get(name); sent != "" && !slices.Contains(values, sent) {
		in.fail(name, fmt.Sprintf("must be one of %q", values))
	}
}

// readCallbackURL reads callback_url, which must be https. Settings.HTTPCallbacks may
// allow plain http, because a shop on the same machine has no certificate.
func readCallbackURL(n *node, settings Settings, required bool) string {
	text := n.text("callback_url")
	if text == nil || *text == "" {
		if required {
			n.fail("callback_url", "is required")
		}
		return ""
	}
	u, err := url.Parse(*text)
	switch {
	case err != nil || u.Host == "":
		n.fail("callback_url", "must be an absolute URL")
	case u.Scheme == "https":
	case u.Scheme == "http" && !settings.Strict && settings.HTTPCallbacks == "any":
	case u.Scheme == "http" && !settings.Strict && settings.HTTPCallbacks != "none" && isLoopbackHost(u.Hostname()):
	default:
		n.fail("callback_url", "must be an https URL")
	}
	return *text
}

// readRedirect reads an absolute address, which is kept exactly as it was sent.
func readRedirect(n *node, name string) string {
	text := n.text(name)
	if text == nil || *text == "" {
		return ""
	}
	if u, err := url.Parse(*text); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		n.fail(name, "must be an absolute URL")
	}
	return *text
}

func readTTL(n *node) time.Duration {
	text, ok := n.number("ttl")
	if !ok {
		return 15 * time.Minute
	}
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes < 2 || minutes > 1440 {
		n.fail("ttl", "must be a whole number from 2 to 1440")
	}
	return time.Duration(minutes) * time.Minute
}

// holdable are the payment methods that allow a hold and a refund in parts.
var holdable = []string{"card", "google_pay", "apple_pay"}

func readMethods(n *node, settings Settings, capture string) []string {
	methods := n.texts("payment_method")
	for _, m := range methods {
		switch {
		case !slices.Contains(allMethods, m):
			n.fail("payment_method", fmt.Sprintf("%q is unknown", m))
		case !slices.Contains(settings.activeMethods(), m):
			n.fail("payment_method", fmt.Sprintf("%q is not active for this merchant", m))
		case capture == "manual" && !slices.Contains(holdable, m):
			n.fail("payment_method", fmt.Sprintf("%q cannot be used with manual capture", m))
		}
	}
	return methods
}

// readConfig reads the parts of config that this simulator knows. Like unknown fields
// elsewhere, the other parts are ignored.
func readConfig(root *node, o *order, settings Settings) {
	config := root.object("config")
	readLoan(root.in, config, o, settings.StrictLoan || settings.Strict)
	if config == nil {
		return
	}
	o.Campaign = readCampaign(config)
	o.Split = readSplit(config, o.Currency, settings)
	readWallets(config, o)
	if n := config.object("account"); n != nil {
		o.AccountTag = n.text("tag")
	}
}

func readUnits(root *node, o *order, settings Settings) {
	units := root.object("purchase_units")
	if units == nil {
		root.fail("purchase_units", "is required")
		return
	}
	o.Currency = units.oneOf("currency", "GEL", "GEL", "USD", "EUR", "GBP")
	total, ok := units.money("total_amount")
	switch {
	case !ok:
		units.fail("total_amount", "is required")
	case total <= 0:
		units.fail("total_amount", "must be greater than 0")
	}
	o.Total = total
	if o.ShopDiscount, _ = units.money("total_discount_amount"); o.ShopDiscount < 0 {
		units.fail("total_discount_amount", "must not be negative")
	}
	if n := units.object("delivery"); n != nil {
		if o.Delivery, _ = n.money("amount"); o.Delivery < 0 {
			n.fail("amount", "must not be negative")
		}
		n.rejectUnknown()
	}
	lines := units.objects("basket")
	if len(lines) == 0 {
		units.fail("basket", "must not be empty")
	}
	for _, line := range lines {
		o.Items = append(o.Items, readLine(line))
	}
	units.rejectUnknown()
	// The sandbox does not compare the sums, so the simulator does so by switch only.
	if (settings.StrictBasket || settings.Strict) && o.basketTotal().Cmp(big.NewRat(int64(total), 100)) != 0 {
		units.fail("total_amount", "differs from the sum of the basket and delivery")
	}
}

func (n *node) moneyText(name string) *string {
	m, ok := n.money(name)
	if !ok {
		return nil
	}
	return moneyText(m)
}

func readLine(n *node) item {
	one := item{UnitDiscount: money(0).String(), Description: n.text("description"), PackageCode: n.text("package_code"),
		TIN: n.text("tin"), PINFL: n.text("pinfl"), DiscountID: n.text("product_discount_id")}
	n.text("image")
	if id := n.text("product_id"); id != nil && *id != "" {
		one.ID = *id
	} else {
		n.fail("product_id", "is required")
	}
	quantity, ok := n.decimal("quantity")
	switch {
	case !ok:
		n.fail("quantity", "is required")
		quantity = new(big.Rat)
	case quantity.Cmp(big.NewRat(1, 1)) < 0:
		n.fail("quantity", "must be at least 1")
	}
	one.Quantity = plainDecimal(quantity)
	price, ok := n.money("unit_price")
	switch {
	case !ok:
		n.fail("unit_price", "is required")
	case price < 0:
		n.fail("unit_price", "must not be negative")
	}
	one.UnitPrice = price.String()
	discount, ok := n.money("unit_discount_price")
	if ok {
		one.UnitDiscount = discount.String()
	}
	one.TotalPrice, one.VAT, one.VATPercent = n.moneyText("total_price"), n.moneyText("vat"), n.moneyText("vat_percent")
	n.rejectUnknown()
	return one
}
