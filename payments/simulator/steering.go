package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// addSteeringRoutes adds the addresses that the real bank does not have, all under /_sim/.
func (b *Bank) addSteeringRoutes(mux *http.ServeMux) {
	handle := func(pattern string, fn http.HandlerFunc) { mux.Handle(pattern, b.localOnly(fn)) }
	mux.Handle("GET /_sim/assets/", asset())
	handle("GET "+GooglePayScript, walletScript("google-pay.js"))
	handle("GET "+ApplePayScript, walletScript("apple-pay.js"))
	mux.HandleFunc("GET "+CalculatorPath, showCalculator)
	handle("GET /_sim/{$}", b.showInspector)
	handle("GET /_sim/inspect/requests", b.inspectRequests)
	handle("GET /_sim/inspect/callbacks", b.inspectCallbacks)
	handle("GET "+steeringPage, b.inspectSteering)
	handle("GET /_sim/inspect/{id}", b.inspectOrder)
	handle("GET /_sim/public-key.pem", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = io.WriteString(w, b.PublicKeyPEM())
	})
	handle("GET /_sim/api", b.showAPI)
	handle("GET /_sim/openapi.yaml", showOpenAPI)
	handle("GET /_sim/orders", b.listOrders)
	handle("GET /_sim/orders/{id}", b.showOrder)
	handle("POST /_sim/orders/{id}/pay", b.steerPay)
	handle("GET /_sim/orders/{id}/ledger", b.showBookings)
	handle("POST /_sim/orders/{id}/plan", b.steerPlan)
	handle("POST /_sim/orders/{id}/console", b.steerConsole)
	handle("POST /_sim/orders/{id}/callback", b.steerCallback)
	handle("GET /_sim/requests", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, b.journal.newest(r.URL.Query().Get("order_id")))
	})
	handle("GET /_sim/ledger", b.showLedger)
	handle("GET /_sim/clock", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, b.clockView()) })
	handle("POST /_sim/clock", b.steerClock)
	handle("GET /_sim/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, b.faults.all()) })
	handle("POST /_sim/faults", b.addFault)
	handle("POST /_sim/faults/clear", func(w http.ResponseWriter, _ *http.Request) { // HTML forms cannot send DELETE
		b.faults.clear()
		redirect(w, steeringPage)
	})
	handle("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		b.faults.clear()
		w.WriteHeader(http.StatusNoContent)
	})
	handle("GET /_sim/settings", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, b.currentSettings()) })
	handle("POST /_sim/settings", b.changeSettings)
	handle("GET /_sim/chaos", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, b.faults.currentChaos()) })
	handle("POST /_sim/chaos", b.steerChaos)
	handle("POST /_sim/seed", b.seedOrders)
	handle("POST /_sim/reset", b.reset)
}

// localOnly refuses requests whose Host is neither this machine nor the host of BaseURL.
// Otherwise a web page whose host name leads to this machine could read and steer the bank.
func (b *Bank) localOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		own := isLoopbackHost(host)
		if u, err := url.Parse(b.BaseURL); err == nil && b.BaseURL != "" {
			own = own || strings.EqualFold(u.Hostname(), host)
		}
		if !own && !b.AllowRemote {
			writeError(w, http.StatusForbidden, "steering is for this machine only")
			return
		}
		next(w, r)
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // the reader may be gone
}

func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

// steeringPage is the inspector's page for faults, chaos, clock and settings.
const steeringPage = "/_sim/inspect/steering"

// numberFields are the fields of steering requests that are numbers, flagFields those that
// are true or false. A form sends both as text.
var (
	numberFields = []string{"copies", "amount_minor", "delay_ms", "retries", "settle_ms", "offset_seconds", "advance_seconds",
		"percent", "count", "seed", "api", "callbacks", "payments"}
	flagFields = []string{"fixed"}
)

// readSteering decodes a steering request from JSON or from a form of the inspector, whose
// fields have names such as "callback.mode", and checks it. If it returns false, it has sent an
// error. Unknown fields are errors, so that a test cannot pass because it misspells a switch.
func readSteering(w http.ResponseWriter, r *http.Request, into interface{ check() error }) bool {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		writeError(w, http.StatusBadRequest, "unreadable body")
		return false
	}
	if isBrowserForm(r) {
		raw = formToJSON(string(raw))
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(into)
	}
	if err == nil {
		err = into.check()
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

// answerSteering answers a program with a value, and sends a browser to a page of the inspector.
func answerSteering(w http.ResponseWriter, r *http.Request, value any, page string) {
	if isBrowserForm(r) {
		redirect(w, page)
		return
	}
	writeJSON(w, http.StatusOK, value)
}

func isBrowserForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	// curl -d sends JSON with the content type of a form. Only a browser sends the second header.
	return kind == "application/x-www-form-urlencoded" && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

func formToJSON(raw string) []byte {
	form, err := url.ParseQuery(raw)
	if err != nil {
		return nil
	}
	if text := form.Get("json"); text != "" {
		return []byte(text) // the text area of the settings
	}
	out := map[string]any{}
	for name := range form {
		var value any = form.Get(name)
		if value == "" {
			continue
		}
		group, inner, nested := strings.Cut(name, ".")
		if slices.Contains(flagFields, name) {
			value = form.Get(name) == "true"
		}
		if slices.Contains(numberFields, cmp.Or(inner, group)) {
			if n, err := strconv.Atoi(form.Get(name)); err == nil {
				value = n
			}
		}
		if !nested {
			out[name] = value
			continue
		}
		if out[group] == nil {
			out[group] = map[string]any{}
		}
		out[group].(map[string]any)[inner] = value
	}
	return encode(out)
}
