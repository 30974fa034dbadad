package simulator

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// readWallets reads config.google_pay and config.apple_pay, for a wallet whose button is on
// the shop's own page (docs/bog-api.md §12). Such an order can be paid by that wallet only.
func readWallets(config *node, o *order) {
	for _, wallet := range []string{"google_pay", "apple_pay"} {
		n := config.object(wallet)
		if n == nil {
			continue
		}
		external := n.flag("external")
		var token *string
		if wallet == "google_pay" {
			token = n.text("google_pay_token")
		}
		n.rejectUnknown()
		switch {
		case !external:
		case len(o.Methods) != 1 || o.Methods[0] != wallet:
			n.in.fail("payment_method", `must be ["`+wallet+`"] when the button is on the shop's page`)
		case wallet == "google_pay" && (token == nil || *token == ""):
			n.fail("google_pay_token", "is required")
		default:
			o.External = wallet
			if token != nil {
				o.token = *token
			}
		}
	}
}

var digitRuns = regexp.MustCompile(`[0-9]+`)

// walletCard returns the test card that a wallet's token stands for. Real tokens are opaque; here
// a token that contains the number of a test card stands for that card, and any other token for
// one that pays. A token with PAN_ONLY, which is Google's word for it, asks for 3-D Secure.
func (b *Bank) walletCard(token string) (paying card, asks bool) {
	number := demoVisa + "0010"
	for _, run := range digitRuns.FindAllString(token, -1) {
		if _, _, known := testCard(run); known {
			number = run
			break
		}
	}
	return b.demoCard(number), strings.Contains(token, "PAN_ONLY")
}

// payGoogle pays an order by the token that came with it. The answer has either the
// outcome in order_details, or the address of 3-D Secure.
func (t *tx) payGoogle(c *call, o *order) reply {
	paying, asks := t.b.walletCard(o.token)
	o.token = ""
	t.pay(o, "google_pay", paying, asks, false)
	if o.Challenge == nil {
		return t.walletOutcome(c, o)
	}
	out := answer(http.StatusOK, createAnswer{ID: o.ID, Status: o.Status, Links: map[string]link{
		"details": o.detailsLink(), "redirect": {o.postFormURL()},
	}})
	out.order = o.ID
	return out
}

// walletOutcome answers with what became of a wallet payment. It is final, unless the
// card or the settings keep the payment in processing.
func (t *tx) walletOutcome(c *call, o *order) reply {
	details := t.b.receiptOf(o, c.lang("en"))
	out := answer(http.StatusOK, createAnswer{ID: o.ID, Status: o.Status, Details: &details, Links: map[string]link{"details": o.detailsLink()}})
	out.order = o.ID
	return out
}

// appleSession stands for what the shop hands to Apple's script in the browser. Real
// content comes from Apple; this one is made up.
type appleSession struct {
	EpochTimestamp int64  `json:"epochTimestamp"`
	Session        string `json:"merchantSessionIdentifier"`
	Nonce          string `json:"nonce"`
	DisplayName    string `json:"displayName"`
}

// startApple answers the creation of an order that completeApple pays later.
func (t *tx) startApple(o *order) reply {
	out := answer(http.StatusOK, createAnswer{
		ID:     o.ID,
		Result: &appleSession{EpochTimestamp: t.now.UnixMilli(), Session: t.b.newID(), Nonce: t.b.digits(8), DisplayName: t.b.merchant().BrandEN},
		Links:  map[string]link{"accept": {o.Base + APIPath + "/ecommerce/orders/" + o.ID + "/payment"}},
	})
	out.order = o.ID
	return out
}

// completeApple handles POST /payments/v1/ecommerce/orders/{id}/payment: the token that
// Apple gave the shop pays the order. Apple Pay never asks for 3-D Secure.
func completeApple(t *tx, c *call) reply {
	o := t.order(c.order)
	if o == nil {
		return refuse(http.StatusBadRequest, "Invalid order_id")
	}
	in := &input{strict: t.b.settings.Strict}
	body := in.root(c)
	token := body.text("apple_pay_token")
	body.rejectUnknown()
	switch {
	case in.problem != "":
		return refuse(http.StatusBadRequest, in.problem)
	case o.External != "apple_pay":
		return refuse(http.StatusBadRequest, "Order was not made for Apple Pay on the shop's page")
	case o.Status != statusCreated:
		return refuse(http.StatusBadRequest, "Order in status "+o.Status+" cannot be paid")
	case token == nil || *token == "":
		return refuse(http.StatusBadRequest, "apple_pay_token is required")
	}
	paying, _ := t.b.walletCard(*token)
	t.pay(o, "apple_pay", paying, false, false)
	return t.walletOutcome(c, o)
}

// postFormURL is the address of 3-D Secure in the form that the bank's answers have. At the
// bank a page posts one field to the card's issuer; here the bank itself is the issuer.
func (o *order) postFormURL() string {
	field := base64.RawURLEncoding.EncodeToString([]byte(url.Values{"order_id": {o.ID}, "challenge": {o.Challenge.ID}}.Encode()))
	return o.Base + "/api/3ds/post-form?fieldName=creq&fieldValue=" + field + "&baseUrl=" + url.QueryEscape(o.Base+"/3ds")
}

// showPostForm handles GET /api/3ds/post-form. It always redirects to the bank's own 3-D
// Secure page and ignores baseUrl, so that a link cannot send the payer elsewhere.
func (b *Bank) showPostForm(w http.ResponseWriter, r *http.Request) {
	raw, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("fieldValue"))
	field, bad := url.ParseQuery(string(raw))
	if err != nil || bad != nil {
		b.showNotFound(w)
		return
	}
	redirect(w, "/3ds?"+field.Encode())
}
