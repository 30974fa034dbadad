package handlers_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
	"dukani/views"
)

// publicPages are pages that everybody can see, without the language.
var publicPages = []string{
	"", "/c/wine", "/c/sweets?stock=1&sale=1&sort=price_asc", "/c/wine?min=10&max=30,50&region=kakheti&sort=new",
	"/p/saperavi-qvevri", "/search", "/search?q=churchkhela", "/search?q=qqqqqq", "/search?q=honey&sort=price_desc",
	"/info/delivery", "/info/returns", "/info/terms", "/info/privacy", "/info/contact", "/cart",
}

func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, lang := range []string{"ka", "en"} {
		for _, path := range publicPages {
			t.Run(lang+path, func(t *testing.T) {
				r := s.get("/" + lang + path)
				if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
					t.Fatalf("status %d, type %q", r.StatusCode, r.Header.Get("Content-Type"))
				}
				doc := r.document()
				if got := doc.Find("html").AttrOr("lang", ""); got != lang {
					t.Errorf("html lang = %q, want %q", got, lang)
				}
				if doc.Find("h1").Length() != 1 || doc.Find("title").Text() == "" {
					t.Errorf("%d h1, title %q; want one and some", doc.Find("h1").Length(), doc.Find("title").Text())
				}
				if doc.Find("nav.shelves a").Length() != 8 {
					t.Errorf("%d categories in the navigation, want 8", doc.Find("nav.shelves a").Length())
				}
				if strings.Contains(r.text, "<!--") || strings.Contains(r.text, "ZgotmplZ") || strings.Contains(r.text, "%!") {
					t.Error("a mark, a refused value or a wrong verb was left on the page")
				}
				if key := regexp.MustCompile(`>\s*[a-z_]+\.[a-z_]+(\.[a-z_]+)?\s*<`).FindString(r.text); key != "" {
					t.Errorf("untranslated key %q", key)
				}
				checkLinks(t, s, doc)
			})
		}
	}
}

// checkLinks follows all links and pictures of the page on this site; links into the account
// lead guests to the sign-in page.
func checkLinks(t *testing.T, s *shop, doc *goquery.Document) {
	t.Helper()
	doc.Find("[href], [src]").Each(func(_ int, e *goquery.Selection) {
		to := e.AttrOr("href", e.AttrOr("src", ""))
		if !strings.HasPrefix(to, "/") {
			return
		}
		r := s.get(to)
		if r.StatusCode == 303 {
			r = s.get(r.Header.Get("Location"))
		}
		if r.StatusCode != 200 {
			t.Errorf("%s leads to %s, which is %d", goquery.NodeName(e), to, r.StatusCode)
		}
	})
}

func TestLanguageSwitchKeepsThePlace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for path, want := range map[string]string{
		"/ka":                                "/en",
		"/en/c/wine?sort=new&page=1&junk=1":  "/ka/c/wine?sort=new",
		"/ka/search?q=%E1%83%A7%20%20tea":    "/en/search?q=%E1%83%A7+tea",
		"/ka/p/saperavi-qvevri?utm_source=x": "/en/p/saperavi-qvevri",
		"/ka/cart":                           "/en/cart",
	} {
		doc := s.page(path)
		if got := named(doc, "language-switch").AttrOr("href", ""); got != want {
			t.Errorf("on %s the switch leads to %q, want %q", path, got, want)
		}
	}
	doc := s.page("/ka/c/wine?sort=new")
	for selector, want := range map[string]string{
		`link[rel=canonical]`: shopURL + "/ka/c/wine?sort=new", `link[hreflang=en]`: shopURL + "/en/c/wine?sort=new",
	} {
		if got := doc.Find(selector).AttrOr("href", ""); got != want {
			t.Errorf("%s = %q, want %q", selector, got, want)
		}
	}
}

func TestFrontDoorChoosesTheLanguage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, c := range map[string]struct{ accept, cookie, want string }{
		"nothing known":         {"", "", "/ka"},
		"English browser":       {"en-GB,en;q=0.9", "", "/en"},
		"Georgian browser":      {"ka-GE,ka;q=0.9,en;q=0.8", "", "/ka"},
		"English before":        {"en;q=0.9,ka;q=0.2", "", "/en"},
		"some other language":   {"de-AT,de", "", "/ka"},
		"switched before":       {"en", "ka", "/ka"},
		"switched to English":   {"ka", "en", "/en"},
		"cookie makes no sense": {"en", "xx", "/en"},
		"cookie of capitals":    {"en", "KA", "/en"},
		"capitals":              {"EN", "", "/en"},
		"capitals and a place":  {"EN-us;Q=0.9, KA;q=0.1", "", "/en"},
		"English further down":  {"fr-FR, fr;q=0.9, en;q=0.1", "", "/en"},
		"Georgian, not English": {"en;q=0, ka", "", "/ka"},
		"English, not Georgian": {"ka;q=0, en;q=0.5", "", "/en"},
		"anything":              {"*", "", "/ka"},
		"an entry of no sense":  {"zz, %%, en;q=x, en-GB;q=0.3", "", "/en"},
		"no sense":              {";;,,;q=", "", "/ka"},
		"very long":             {strings.Repeat("de,", 1500) + "en", "", "/en"},
	} {
		headers := []string{"Accept-Language", c.accept}
		if c.cookie != "" {
			headers = append(headers, "Cookie", "__Host-lang="+c.cookie)
		}
		r := s.get("/", headers...)
		if got := r.Header.Get("Location"); r.StatusCode != 302 || got != c.want {
			t.Errorf("%s: %d to %q, want 302 to %q", name, r.StatusCode, got, c.want)
		}
	}
}

func TestSwitchingIsRemembered(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor()
	v.open("/en/c/wine") // a link somebody sent
	if len(v.cookies) != 0 {
		t.Errorf("cookies after a plain visit: %v", v.cookies)
	}
	v.open("/en/c/wine", "Referer", "https://elsewhere.example/ka/")
	if len(v.cookies) != 0 {
		t.Errorf("cookies after coming from elsewhere: %v", v.cookies)
	}
	for _, path := range []string{"/c/wine", "/cart"} { // one page that is cached, one that is not
		delete(v.cookies, "__Host-lang")
		v.open("/en"+path, "Referer", shopURL+"/ka"+path)
		if v.cookies["__Host-lang"] != "en" {
			t.Errorf("%s: cookies after switching: %v, want __Host-lang=en", path, v.cookies)
		}
	}
	if r := v.send(request("GET", "/", nil)); r.Header.Get("Location") != "/en" {
		t.Errorf("the front door leads to %q, want /en", r.Header.Get("Location"))
	}
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, c := range map[string]struct {
		method, path string
		status       int
		lang         string
	}{
		"unknown page":              {"GET", "/ka/nothing", 404, "ka"},
		"unknown page, English":     {"GET", "/en/nothing/at/all", 404, "en"},
		"unknown language":          {"GET", "/ru/c/wine", 404, "ka"},
		"no language":               {"GET", "/c/wine", 404, "ka"},
		"language only as a prefix": {"GET", "/kakheti", 404, "ka"},
		"capitals":                  {"GET", "/KA", 404, "ka"},
		"unknown category":          {"GET", "/en/c/cars", 404, "en"},
		"unknown product":           {"GET", "/en/p/no-such-thing", 404, "en"},
		"unknown information":       {"GET", "/ka/info/secrets", 404, "ka"},
		"encoded slug":              {"GET", "/ka/p/%2e%2e%2fcart", 404, "ka"},
		"wrong method":              {"POST", "/ka/c/wine", 405, "ka"},
		"unknown asset":             {"GET", "/static/app.css", 404, "ka"},
		"category, too far":         {"GET", "/en/c/wine?page=99", 404, "en"},
		"search, too far":           {"GET", "/ka/search?q=honey&page=77777777777777777777", 404, "ka"},
	} {
		r := s.do(request(c.method, c.path, nil))
		doc := r.document()
		if r.StatusCode != c.status || doc.Find("html").AttrOr("lang", "") != c.lang {
			t.Errorf("%s: %d in %q, want %d in %q", name, r.StatusCode, doc.Find("html").AttrOr("lang", ""), c.status, c.lang)
		}
		if doc.Find("main a[href], main form").Length() == 0 {
			t.Errorf("%s: the page leads nowhere", name)
		}
	}
	if r := s.get("/en/p/no-such-thing", "Accept-Language", "ka"); !strings.Contains(r.text, views.T("en", "product.not_found")) {
		t.Error("the page of an unknown product does not say so")
	}
	if r := s.get("/foo", "Accept-Language", "en"); r.document().Find("html").AttrOr("lang", "") != "en" {
		t.Error("without a language in the address the browser's was not used")
	}
	r := s.get("/en/p/no-such-thing", "Accept", "application/json")
	if r.Header.Get("Content-Type") != "application/json" || !strings.Contains(r.text, views.T("en", "product.not_found")) {
		t.Errorf("as JSON: %q %s", r.Header.Get("Content-Type"), r.text)
	}
}

func TestFaultsOfOursSayNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("DROP TABLE product_groups")
	r := s.get("/en")
	if r.StatusCode != 500 || strings.Contains(r.text, "product_groups") || strings.Contains(r.text, "SQL") {
		t.Errorf("a broken database: %d\n%s", r.StatusCode, r.text)
	}
	id := r.Header.Get("X-Request-Id")
	if doc := r.document(); id == "" || doc.Find("code").Text() != id {
		t.Errorf("the page names %q, the header %q", doc.Find("code").Text(), id)
	}
	if !strings.Contains(s.log.String(), "product_groups") || !strings.Contains(s.log.String(), "request="+id) {
		t.Errorf("the log does not tell what broke:\n%s", s.log)
	}
}

func TestSlashAtTheEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for path, want := range map[string]string{
		"/ka/":                 "/ka",
		"/en/c/wine/?sort=new": "/en/c/wine?sort=new",
		"/ka/cart//":           "/ka/cart",
		"//evil.example/":      "/evil.example",
		"///evil.example//":    "/evil.example",
	} {
		r := s.get(path)
		if got := r.Header.Get("Location"); r.StatusCode != 308 || got != want {
			t.Errorf("GET %s = %d to %q, want 308 to %q", path, r.StatusCode, got, want)
		}
	}
	for _, path := range []string{"/%5cevil.example/", "/\\evil.example/", "/%0d%0aSet-Cookie:x=1/"} {
		r := request("GET", "/", nil)
		r.URL.Opaque = path
		if got := s.do(r).Header.Get("Location"); got != "" && (!strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n")) {
			t.Errorf("GET %s leads to %q", path, got)
		}
	}
}

func TestCategoryPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	doc := s.page("/en/c/wine")
	all := named(doc, "product-card").Length()
	if all == 0 || textOf(doc, "result-count") != views.Products("en", all, false) {
		t.Fatalf("%d cards, %q", all, textOf(doc, "result-count"))
	}
	for name, c := range map[string]struct{ same, other string }{
		"a page that is no number":    {"/en/c/wine?page=x", "/en/c/wine"},
		"an amount of spaces":         {"/en/c/wine?min=%20%C2%A0", "/en/c/wine"},
		"a comma is a point":          {"/en/c/wine?min=20,50", "/en/c/wine?min=20.50"},
		"unknown parameters":          {"/en/c/wine?utm_source=x&a=b&page=1", "/en/c/wine"},
		"unknown order":               {"/en/c/wine?sort=rank%3BDROP", "/en/c/wine"},
		"page zero":                   {"/en/c/wine?page=0", "/en/c/wine"},
		"order of the parameters":     {"/en/c/wine?sort=new&min=20", "/en/c/wine?min=20&sort=new"},
		"a region that cannot be one": {"/en/c/wine?region=%27--", "/en/c/wine"},
		"a box that is not ticked":    {"/en/c/wine?stock=0&sale=", "/en/c/wine"},
	} {
		if a, b := s.get(c.same), s.get(c.other); a.StatusCode != 200 || a.text != b.text {
			t.Errorf("%s: %s is not the same page as %s", name, c.same, c.other)
		}
	}
	doc = s.page("/en/c/wine?max=30&stock=1")
	if n := doc.Find(".chips li").Length(); n != 3 { // two filters and "clear all"
		t.Errorf("%d filters can be taken off, want 3", n)
	}
	if got := doc.Find(".chips a").First().AttrOr("href", ""); got != "/en/c/wine?stock=1" {
		t.Errorf("without the price the address is %q", got)
	}
	named(doc, "product-price").Each(func(_ int, e *goquery.Selection) {
		var price float64
		if _, err := fmt.Sscanf(e.Text(), "%f", &price); err != nil || price > 30 {
			t.Errorf("a price of %s among those up to 30", e.Text())
		}
	})
	doc = s.get("/en/c/wine?page=50&sort=new").document()
	if named(doc, "product-card").Length() != 0 || doc.Find(`main a[href="/en/c/wine"]`).Length() == 0 {
		t.Error("a page beyond the last does not lead back to the first")
	}
}

func TestProductPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("UPDATE stock SET on_hand = 3, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'saperavi-qvevri')")
	doc := s.page("/en/p/saperavi-qvevri")
	if got := textOf(doc, "stock-state"); got != "Only 3 left" || named(doc, "stock-state").First().AttrOr("data-status", "") != "low" {
		t.Errorf("stock state = %q", got)
	}
	if n := doc.Find("#quantity option").Length(); n != 3 {
		t.Errorf("%d quantities to choose from, want 3", n)
	}
	if named(doc, "related-product").Length() != 4 || named(doc, "delivery-estimate").Find("li").Length() != 4 {
		t.Error("related products or ways of delivery are missing")
	}
	s.exec("UPDATE stock SET on_hand = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'saperavi-qvevri')")
	doc = s.page("/en/p/saperavi-qvevri")
	if named(doc, "add-to-cart").Length() != 0 || named(doc, "stock-state").First().AttrOr("data-status", "") != "sold_out" {
		t.Error("what is sold out can be bought")
	}
	s.exec("UPDATE products SET active = 0 WHERE slug = 'saperavi-qvevri'")
	r := s.get("/en/p/saperavi-qvevri")
	doc = r.document()
	if r.StatusCode != 404 || !strings.Contains(doc.Find("h1").Text(), "Saperavi") || named(doc, "related-product").Length() == 0 {
		t.Errorf("withdrawn: %d, %q", r.StatusCode, doc.Find("h1").Text())
	}
}

func TestSearchPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, q := range []string{"churchkhela", "ჩურჩხელა", "CHURCHXELA", "churchkh"} {
		doc := s.page("/en/search?q=" + url.QueryEscape(q))
		if !strings.Contains(named(doc, "product-card").First().Text(), "hurchkhela") {
			t.Errorf("%q does not find churchkhela", q)
		}
		if got := named(doc, "search-input").AttrOr("value", ""); got != q {
			t.Errorf("the field says %q, want %q", got, q)
		}
	}
	doc := s.page("/en/search?q=qqqqqq")
	if named(doc, "search-results").Find("a").Length() == 0 || named(doc, "product-card").Length() == 0 {
		t.Error("a search without results leaves the visitor alone")
	}
	r := s.get("/en/suggest?q=churchk")
	if r.Header.Get("Content-Type") != "application/json" || !strings.Contains(r.text, `"url":"/en/p/churchkhela-`) || !strings.Contains(r.text, `"picture":"/static/`) {
		t.Errorf("suggestions: %s", r.text)
	}
	if r := s.get("/en/suggest?q="); r.text != "[]" {
		t.Errorf("suggestions for nothing: %s", r.text)
	}
	long := s.page("/ka/search?q=" + strings.Repeat("a%00", 5000)[:6000])
	if n := len([]rune(named(long, "search-input").AttrOr("value", ""))); n > 100 {
		t.Errorf("a query of %d letters was kept", n)
	}
}

func TestRobotsAndIcon(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if r := s.get("/robots.txt"); r.StatusCode != 200 || !strings.Contains(r.text, "Disallow: /*/orders/") {
		t.Errorf("robots.txt: %d %s", r.StatusCode, r.text)
	}
	if r := s.get("/favicon.ico"); r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("favicon.ico: %d %v", r.StatusCode, r.Header)
	}
}

func TestTermsOnThePageAreThoseOfTheOrders(t *testing.T) {
	if views.InfoVersion != models.TermsVersion {
		t.Errorf("the pages show the terms of %s, orders accept those of %s", views.InfoVersion, models.TermsVersion)
	}
}
