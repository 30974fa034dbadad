package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"dukani/handlers"
	"dukani/handlers/admin"
	"dukani/models"
)

// access is the status that a route answers to a guest (nobody), to the customer whose ids
// are in its address, and to another customer. 303 for the guest alone means: sent to sign
// in.
type access struct {
	nobody, owner, other int
	form                 url.Values // what is posted besides the token
}

// accessMatrix is every route of the shop, without the language. A new route needs a
// row here, or TestAuthzMatrix fails.
var accessMatrix = map[string]access{
	"GET /":                  {302, 302, 302, nil}, // to the language
	"GET /healthz":           {200, 200, 200, nil},
	"GET /readyz":            {200, 200, 200, nil},
	"GET /metrics":           {200, 200, 200, nil},
	"GET /static/*":          {404, 404, 404, nil},
	"GET /pictures/:name":    {404, 404, 404, nil},
	"GET /favicon.ico":       {200, 200, 200, nil},
	"GET /robots.txt":        {200, 200, 200, nil},
	"POST /bog/callback":     {401, 401, 401, nil}, // needs the bank's signature
	"GET /:lang":             {200, 200, 200, nil},
	"GET /:lang/c/:category": {200, 200, 200, nil},
	"GET /:lang/p/:product":  {200, 200, 200, nil},
	"GET /:lang/all/:list":   {200, 200, 200, nil},
	"GET /:lang/search":      {200, 200, 200, nil},
	"GET /:lang/suggest":     {200, 200, 200, nil},
	"GET /:lang/info/:kind":  {200, 200, 200, nil},
	"GET /:lang/cart":        {200, 200, 200, nil},
	"POST /:lang/cart/items": {303, 303, 303, url.Values{"product": {wine}, "quantity": {"1"}}},
	"GET /:lang/checkout":    {303, 200, 303, nil}, // the owner's cart is the only one with something in it
	"POST /:lang/checkout":   {303, 422, 303, nil},
	"GET /:lang/login":       {200, 303, 303, nil},
	"POST /:lang/login":      {422, 422, 422, nil},
	"GET /:lang/register":    {200, 303, 303, nil},
	"POST /:lang/register":   {422, 422, 422, nil},
	"GET /:lang/forgot":      {200, 200, 200, nil},
	"POST /:lang/forgot":     {303, 303, 303, url.Values{"email": {"nobody@example.ge"}}},
	"GET /:lang/reset":       {410, 410, 410, nil}, // these need the link of a mail
	"POST /:lang/reset":      {410, 410, 410, nil},
	"GET /:lang/verify":      {410, 410, 410, nil},
	"POST /:lang/verify":     {410, 410, 410, nil},
	"POST /:lang/logout":     {303, 303, 303, nil},

	"POST /:lang/cart/items/:product":        {303, 303, 303, url.Values{"quantity": {"1"}}}, // of one's own cart
	"POST /:lang/cart/items/:product/remove": {303, 303, 303, nil},

	// Whoever has the link of an order sees it; cards and accounts need a session.
	"GET /:lang/orders/:token":             {200, 200, 200, nil},
	"GET /:lang/orders/:token/status":      {200, 200, 200, nil},
	"GET /:lang/orders/:token/return":      {303, 303, 303, nil},
	"POST /:lang/orders/:token/wallet":     {422, 422, 422, nil}, // there is no token of a wallet
	"POST /:lang/orders/:token/pay":        {303, 303, 404, url.Values{"card": {"1"}}},
	"GET /:lang/orders/:token/again":       {303, 200, 404, nil},
	"POST /:lang/orders/:token/again":      {303, 422, 404, nil},
	"POST /:lang/orders/:token/again/cart": {303, 303, 404, nil},
	"POST /:lang/orders/:token/cancel":     {303, 303, 404, nil},
	"GET /:lang/orders/:token/withdraw":    {303, 303, 404, nil}, // it has not been sent
	"POST /:lang/orders/:token/withdraw":   {303, 422, 404, nil}, // without the key of its form

	"GET /:lang/account":                        {303, 200, 200, nil},
	"GET /:lang/account/orders":                 {303, 200, 200, nil},
	"GET /:lang/account/orders/:number":         {303, 200, 404, nil},
	"POST /:lang/account/orders/claim":          {303, 409, 409, nil}, // the address is not verified
	"GET /:lang/account/profile":                {303, 200, 200, nil},
	"POST /:lang/account/profile":               {303, 422, 422, nil},
	"POST /:lang/account/verify":                {303, 303, 303, nil},
	"GET /:lang/account/email":                  {303, 200, 200, nil},
	"POST /:lang/account/email":                 {303, 422, 422, nil},
	"GET /:lang/account/password":               {303, 200, 200, nil},
	"POST /:lang/account/password":              {303, 422, 422, nil},
	"GET /:lang/account/confirm":                {303, 200, 200, nil},
	"POST /:lang/account/confirm":               {303, 422, 422, nil},
	"GET /:lang/account/addresses":              {303, 200, 200, nil},
	"POST /:lang/account/addresses":             {303, 422, 422, nil},
	"GET /:lang/account/addresses/new":          {303, 200, 200, nil},
	"GET /:lang/account/addresses/:id":          {303, 200, 404, nil},
	"POST /:lang/account/addresses/:id":         {303, 422, 404, nil},
	"POST /:lang/account/addresses/:id/default": {303, 303, 404, nil},
	"POST /:lang/account/addresses/:id/remove":  {303, 303, 404, nil},
	"GET /:lang/account/sessions":               {303, 200, 200, nil},
	"POST /:lang/account/sessions/:id/end":      {303, 303, 404, nil},
	"POST /:lang/account/sessions/end":          {303, 303, 303, nil},
	"POST /:lang/account/sessions/end-all":      {303, 303, 303, nil},
	"GET /:lang/account/data":                   {303, 200, 200, nil},
	"GET /:lang/account/delete":                 {303, 200, 200, nil},
	"POST /:lang/account/delete":                {303, 422, 422, nil},
	"GET /:lang/account/cards":                  {303, 200, 200, nil},
	"POST /:lang/account/cards/:card":           {303, 303, 404, url.Values{"label": {"Everyday"}}},
	"POST /:lang/account/cards/:card/default":   {303, 303, 404, nil},
	"POST /:lang/account/cards/:card/remove":    {303, 303, 404, nil},

	"POST /:lang/login/provider":           {303, 303, 303, nil},
	"GET " + handlers.ProviderCallback:     {303, 303, 303, nil}, // needs the state of a visit that the browser began
	"POST /:lang/account/confirm/provider": {303, 303, 303, nil},
	"POST /:lang/account/unlink":           {303, 303, 404, url.Values{"issuer": {"https://id.example"}, "subject": {"nino"}}},
}

// authzWorld is a shop in which customer 1 has an order, an address, a card and a
// second session, and customer 2 nothing.
func authzWorld(t *testing.T) (s *shop, owner, other *visitor, sessionID string) {
	t.Helper()
	s = newShop(t)
	s.open(withBank(t, s.store), withProvider(t))
	owner, other = s.member("nino@example.ge"), s.member("giorgi@example.ge")
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.exec(`INSERT INTO saved_cards (id, customer_id, order_id, payment_id, parent_bank_id, kind, mask, brand, expiry, is_default, state,
		consent_version, consent_at, created_at, updated_at) SELECT 1, 1, 1, id, 'bank-1', 'recurrent', '400000***0001', 'visa', '12/30', 1, 'live', 'v', ?, ?, ?
		FROM payments`, s.store.Now(), s.store.Now(), s.store.Now())
	s.exec("INSERT INTO identities VALUES ('https://id.example', 'nino', 1, ?)", s.store.Now())
	owner.submit("/en/account/addresses", address("Hidden lane 14"))
	owner.add(wine, "1")
	owner.otherDevice()
	must(t, s.raw.QueryRow("SELECT max(key_hash) FROM sessions WHERE customer_id = 1 AND device LIKE '%iPhone'").Scan(&sessionID))
	return s, owner, other, sessionID
}

func TestAuthzMatrix(t *testing.T) {
	t.Parallel()
	s, owner, other, sessionID := authzWorld(t)
	found := map[string]bool{}
	var routes []string
	for _, route := range s.server.GetRoutes(true) {
		path := route.Path
		for _, lang := range []string{"/ka", "/en"} {
			if rest, ok := strings.CutPrefix(path, lang); ok && (rest == "" || rest[0] == '/') {
				path = "/:lang" + rest
			}
		}
		key := route.Method + " " + path
		if route.Method == http.MethodHead || found[key] || strings.HasPrefix(path, admin.Prefix) { // TestAdminRights

			continue
		}
		found[key] = true
		routes = append(routes, key)
		if _, ok := accessMatrix[key]; !ok {
			t.Errorf("%s: say in accessMatrix who may use it", key)
		}
	}
	for key := range accessMatrix {
		if !found[key] {
			t.Errorf("%s: there is no such route any more", key)
		}
	}
	// Routes that remove the owner's things come last.
	slices.SortStableFunc(routes, func(a, b string) int { return destroys(a) - destroys(b) })
	ids := func(path string) string {
		return strings.NewReplacer(":lang", "en", ":token", "token-1", ":number", "D-100001", ":card", "1", ":id/end", sessionID+"/end", ":id", "1",
			":category", "wine", ":product", wine, ":kind", "terms", ":list", "sale", "*", "nothing").Replace(path)
	}
	owned := func() string {
		rows, err := s.raw.Query(`SELECT key_hash FROM sessions WHERE customer_id = 1 UNION ALL SELECT id || name || street || is_default FROM addresses
			UNION ALL SELECT id || label || state || is_default FROM saved_cards UNION ALL SELECT id || status || customer_id FROM orders
			UNION ALL SELECT email || name || password_hash FROM customers WHERE id = 1
			UNION ALL SELECT issuer || subject FROM identities WHERE customer_id = 1
			UNION ALL SELECT cart_id || ':' || quantity FROM cart_items WHERE cart_id IN (SELECT id FROM carts WHERE customer_id = 1)`)
		must(t, err)
		defer rows.Close()
		var all []string
		for rows.Next() {
			var row string
			must(t, rows.Scan(&row))
			all = append(all, row)
		}
		must(t, rows.Err())
		return fmt.Sprint(all)
	}
	ask := func(v *visitor, key string, want int) *reply {
		method, path, _ := strings.Cut(key, " ")
		if method == http.MethodGet {
			return v.send(request("GET", ids(path), nil))
		}
		form := url.Values{}
		for name, values := range accessMatrix[key].form {
			form[name] = values
		}
		if v.cookies[sessionCookie] != "" {
			form.Set("token", v.token())
		}
		r := v.post(ids(path), form)
		if r.StatusCode == http.StatusSeeOther && want >= http.StatusBadRequest {
			return v.shown(r) // a form that is refused leads to the page that says so
		}
		return r
	}
	before := owned()
	for _, key := range routes {
		want := accessMatrix[key]
		r := ask(s.visitor(), key, want.nobody)
		if r.StatusCode != want.nobody {
			t.Errorf("%s: %d to nobody, want %d", key, r.StatusCode, want.nobody)
		}
		if strings.Contains(key, "/account") && !strings.HasPrefix(r.Header.Get("Location"), "/en/login") {
			t.Errorf("%s: nobody is sent to %q instead of signing in", key, r.Header.Get("Location"))
		}
		if !other.isIn() {
			other.logIn("giorgi@example.ge", goodPassword)
		}
		r = ask(other, key, want.other)
		if r.StatusCode != want.other {
			t.Errorf("%s: %d to another customer, want %d", key, r.StatusCode, want.other)
		}
		if link := strings.Contains(key, "/orders/:token"); !link && (strings.Contains(r.text, "Nino Kapanadze</b>") || strings.Contains(r.text, "Hidden lane")) {
			t.Errorf("%s: another customer reads the owner's data", key)
		}
		other.post("/en/cart/items/"+wine+"/remove", url.Values{}) // as it was
		if after := owned(); after != before {
			t.Fatalf("%s: the owner's things were changed\nfrom %s\nto   %s", key, before, after)
		}
	}
	for _, key := range routes {
		if !owner.isIn() {
			owner.logIn("nino@example.ge", goodPassword)
		}
		if r := ask(owner, key, accessMatrix[key].owner); r.StatusCode != accessMatrix[key].owner {
			t.Errorf("%s: %d to its owner, want %d", key, r.StatusCode, accessMatrix[key].owner)
		}
	}
}

func destroys(key string) int {
	for i, end := range []string{"/orders/:token/cancel", "/cart/items/:product/remove", "/default", ":id/remove", ":card/remove", ":id/end", "/unlink", "/sessions/end", "/end-all", "/logout"} {
		if strings.HasSuffix(key, end) {
			return i + 1
		}
	}
	return 0
}
