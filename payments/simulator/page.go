package simulator

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed views/*.html
var viewFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// views are the parsed templates of all banks in the process.
var views = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(viewFiles, "views/*.html") })

// Page is what every page needs; templates call its methods.
type Page struct {
	Title, Lang, Theme string
	OrderID            string
}

// T returns a text in the language of the page.
func (p Page) T(key string) string { return texts[key].in(p.Lang) }

// Money writes an amount for people: 1 234,50 ₾.
func (p Page) Money(m money, currency string) string {
	whole, cents := int64(m)/100, int64(m)%100
	text := fmt.Sprint(whole)
	separator, point := "\u00a0", ","
	if p.Lang == "en" {
		separator, point = ",", "."
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + separator + text[i:]
	}
	symbol := map[string]string{"GEL": "₾", "USD": "$", "EUR": "€", "GBP": "£"}[currency]
	return fmt.Sprintf("%s%s%02d\u00a0%s", text, point, cents, symbol)
}

func (b *Bank) page(o *order, title string) Page {
	p := Page{Lang: "ka", Theme: "light"}
	if o != nil {
		p.Lang, p.Theme, p.OrderID = o.Lang, o.Theme, o.ID
	}
	p.Title = p.T(title)
	return p
}

func (m Merchant) brand(lang string) string { return bilingual{m.BrandKA, m.BrandEN}.in(lang) }

// render sends a page. Its policy allows nothing from other hosts, except that form-action
// names the shop of o: browsers apply form-action to the redirect after a form as well.
func (b *Bank) render(w http.ResponseWriter, status int, view string, data any, o *order) {
	set, err := views()
	var out bytes.Buffer
	if err == nil {
		err = set.ExecuteTemplate(&out, view, data)
	}
	if err != nil {
		b.log().Error("page", "view", view, "err", err)
		http.Error(w, "The simulated bank could not show this page.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "+
		"form-action 'self'"+shopOrigins(o)+"; base-uri 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the browser may be gone
}

// shopOrigins are the origins that the payer's browser may be sent to, each after a space.
func shopOrigins(o *order) string {
	if o == nil {
		return ""
	}
	var out []string
	for _, address := range []string{o.Success, o.Fail} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	return strings.Join(append([]string{""}, out...), " ")
}

func (b *Bank) notFound(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, APIPath) {
		b.writeReply(w, r, refuse(http.StatusNotFound, "Not Found"))
		return
	}
	b.showNotFound(w)
}

func (b *Bank) showNotFound(w http.ResponseWriter) {
	b.render(w, http.StatusNotFound, "missing.html", b.page(nil, "404.title"), nil)
}

// readForm reads the form of a page. If it returns false, it has sent an error.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return false
	}
	return true
}

// returnAddress is where the payer's browser goes after the payment: exactly the address
// that the shop sent, or the bank's own result page.
func (o *order) returnAddress() string {
	address := o.Success
	if o.Status == statusRejected {
		address = o.Fail
	}
	return cmp.Or(address, o.resultPage())
}

// returnToShop sends the payer's browser back, after the callbacks had a moment to be received.
func (b *Bank) returnToShop(w http.ResponseWriter, r *http.Request, o *order, flights []*flight) {
	settings := b.currentSettings()
	wait := settings.redirectWait()
	if o.delivery(settings).Mode == ModeBeforeRedirect {
		wait = callbackTimeout
	}
	b.waitForFlights(r, flights, wait)
	redirect(w, o.returnAddress())
	_ = http.NewResponseController(w).Flush() // the browser has the redirect before the next callback is sent
	b.releaseAfterRedirect(o.ID)
}

// waitForFlights returns when the deliveries have been attempted, or after wait.
func (b *Bank) waitForFlights(r *http.Request, flights []*flight, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for _, f := range flights {
		select {
		case <-f.done:
		case <-timer.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// redirect answers 303 with exactly this address; http.Redirect would clean its path.
func redirect(w http.ResponseWriter, address string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header()["Location"] = []string{address}
	w.WriteHeader(http.StatusSeeOther)
}

// CalculatorPath is where the stand-in for the script of the bank's loan calculator is. The bank's own
// has another host (docs/bog-api.md §13), which is why it is not among the bank's paths.
const CalculatorPath = "/_sim/calculator/bog-sdk.js"

// showCalculator handles GET /_sim/calculator/bog-sdk.js. Like the bank's script it is loaded by the
// pages of shops, and does not look at the query.
func showCalculator(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, assetFiles, "assets/calculator.js")
}

// asset serves style sheets, the script and fonts.
func asset() http.Handler {
	sub, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return http.NotFoundHandler()
	}
	files := http.StripPrefix("/_sim/assets/", http.FileServerFS(sub))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}
